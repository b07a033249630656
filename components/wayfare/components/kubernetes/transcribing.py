"""Planned objects as resources of a Pulumi program."""

from collections.abc import Mapping
from copy import copy

import pulumi

from wayfare.components.pods import ClusterObject

#: Pulumi would otherwise wait until the image is pulled and the model loaded, or the whole training has ended. What
#: the workload does is its own affair; that its objects were accepted is the stack's.
_NO_WAIT = {"pulumi.com/skipAwait": "true"}

#: What cannot change of a kind; a new object under the same name comes after the old one has gone. A set of jobs cannot
#: change once it was started, and a volume cannot have another source.
_FIXED: Mapping[str, str] = {"JobSet": "spec", "PersistentVolume": "spec.csi"}


def transcribed(name: str, wanted: ClusterObject, opts: pulumi.ResourceOptions) -> pulumi.CustomResource:
    """An object of whatever kind, as it was planned."""
    manifest = wanted.manifest()
    metadata = manifest["metadata"]
    # What becomes of it on the nodes is told by the pods.
    notes = {**metadata.get("annotations", {}), **({} if wanted.outlives else _NO_WAIT)}
    metadata |= {"annotations": notes} if notes else {}
    return pulumi.CustomResource(
        f"kubernetes:{_group(wanted.api_version)}:{wanted.kind}",
        name,
        manifest,
        pulumi.ResourceOptions.merge(_gone_first(opts) if wanted.outlives else opts, _replaced(wanted.kind)),
    )


def _gone_first(opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """For an object that is deleted by its own, and not merely with its cluster."""
    alone = copy(opts)
    alone.deleted_with = None
    return alone


def _replaced(kind: str) -> pulumi.ResourceOptions:
    if kind not in _FIXED:
        return pulumi.ResourceOptions()
    return pulumi.ResourceOptions(delete_before_replace=True, replace_on_changes=[_FIXED[kind]])


def _group(api_version: str) -> str:
    """As Pulumi's tokens have it, in which the first kinds of all have a group, too."""
    return "core/v1" if api_version == "v1" else api_version
