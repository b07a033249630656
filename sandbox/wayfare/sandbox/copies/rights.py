"""Whether a pod may read the one bucket of a copy and write the other, as the clouds would say it."""

from wayfare.sandbox.copies import aws, azure, gcp
from wayfare.sandbox.copies.acting import Acting
from wayfare.sandbox.copies.denied import Denied
from wayfare.sandbox.copies.remotes import Remote


def refused(acting: Acting, source: Remote, target: Remote) -> str | None:
    """What rclone would end with, in the words of the cloud that refuses; None where both let it in."""
    for remote, write in ((source, False), (target, True)):
        try:
            _ask(acting, remote, write=write)
        except Denied as denied:
            return f'Failed to create file system for "{remote.name}:{remote.path}": {denied}'
    return None


def _ask(acting: Acting, remote: Remote, *, write: bool) -> None:
    match remote.package:
        case "aws":
            aws.refuse(acting, remote.bucket, write=write)
        case "azure-native":
            azure.refuse(acting, remote.account, remote.bucket, write=write)
        case _:
            gcp.refuse(acting, remote.bucket, write=write)
