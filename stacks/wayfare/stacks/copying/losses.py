"""What a copy between two stores does not bring along. Pure; the plan of a move prints it."""

from collections.abc import Mapping

from wayfare.stacks.copying.buckets import Store

#: What each store keeps of an object besides its bytes, and no copy by rclone carries as it is called here. In the
#: stores' own words (S3 User Guide; Microsoft, "Introduction to Blob Storage"; Google, "Object metadata").
_KEPT: Mapping[Store, tuple[str, ...]] = {
    Store.S3: (
        "older versions and delete markers",
        "metadata of your own: Azure refuses names that S3 allows, and rclone writes none to Cloud Storage",
        "object tags, ACLs, retention and legal holds",
        "storage classes: the target's default holds; what lies in Glacier must be restored beforehand",
    ),
    Store.AZURE: (
        "older versions, snapshots and what was deleted softly",
        "metadata of your own: rclone writes none to Cloud Storage",
        "index tags, immutability policies and legal holds, leases",
        "access tiers: the target's default holds; what is archived must be rehydrated beforehand",
        "the kinds of append and page blobs: they arrive as ordinary objects",
    ),
    Store.GOOGLE: (
        "older versions and what was deleted softly",
        "metadata of your own: rclone reads none from Cloud Storage",
        "ACLs, retention and holds, contexts",
        "storage classes: the target's default holds",
    ),
    Store.FOLDER: ("symbolic links, owners and modes",),
}

_ALWAYS = (
    "empty objects whose names end with a slash: they stand for folders",
    "the store's own times of writing; rclone notes the source's as metadata `mtime`",
)

#: What a target cannot hold under the same name. Such a copy fails, or the proof finds the object missing.
_NAMES: Mapping[Store, str] = {
    Store.S3: "names of more than 1,024 bytes, and parts of names that are `.` or `..`",
    Store.AZURE: "names of more than 1,024 signs, with `\\`, or with a dot at the end of a part",
    Store.GOOGLE: "names of more than 1,024 bytes, with a line's end, or parts of names that are `.` or `..`",
    Store.FOLDER: "names with a slash at an end or two in a row, and names that are the beginning of another's path",
}


def losses(source: Store, target: Store) -> tuple[str, ...]:
    """What stays behind, the gravest first; what comes along are current objects with their content type."""
    names = f"not copied but refused, or found missing by the proof: {_NAMES[target]}"
    return (*_KEPT[source], *_ALWAYS, names)
