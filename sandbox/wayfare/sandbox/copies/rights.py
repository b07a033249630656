"""Whether a pod may read the one bucket of a copy and write the other, as the clouds would say it."""

from collections.abc import Mapping
from typing import Protocol

from wayfare.sandbox.behaviour import Refused
from wayfare.sandbox.copies.acting import Acting
from wayfare.sandbox.copies.arriving import visitor
from wayfare.sandbox.copies.remotes import Remote
from wayfare.sandbox.visitors import Visitor

#: What the SDKs say before the words of whoever does not take a token.
_SIGNING_IN: Mapping[str, str] = {
    "AADSTS": "DefaultAzureCredential: failed to acquire a token. WorkloadIdentityCredential: ",
    "invalid_": "oauth2/google: could not get credentials: status code 400: ",
}


class Cloud(Protocol):
    """What keeps buckets."""

    def reads(self, visitor: Visitor, bucket: str) -> None:
        """Raises `Refused` where somebody may not read a bucket."""
        ...

    def writes(self, visitor: Visitor, bucket: str) -> None:
        """Raises `Refused` where somebody may not read a bucket and write into it."""
        ...


Clouds = Mapping[str, Cloud]
"""By package."""


def refused(acting: Acting, source: Remote, target: Remote, clouds: Clouds) -> str | None:
    """What rclone would end with, in the words of the cloud that refuses; None where both let it in."""
    for remote, write in ((source, False), (target, True)):
        cloud = clouds[remote.package]
        try:
            comes = visitor(acting, remote.package)
            (cloud.writes if write else cloud.reads)(comes, remote.named)
        except Refused as refusal:
            before = next((said for start, said in _SIGNING_IN.items() if str(refusal).startswith(start)), "")
            return f'Failed to create file system for "{remote.name}:{remote.path}": {before}{refusal}'
    return None
