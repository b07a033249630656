"""What can go wrong with rclone.

CopyingError
├── RcloneMissing   rclone is not installed, or does not run
└── CopyFailed      it ended without having done what was asked; `kind` says why, as far as its words tell
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from wayfare.stacks.redaction import redacted


class Kind(StrEnum):
    """Why a copy, a listing or a reading failed."""

    CREDENTIALS = "credentials"
    NOT_FOUND = "not found"
    ARCHIVED = "archived"
    FULL = "no space left"
    THROTTLED = "rate-limited"
    NAME = "a name that the target cannot hold"
    CORRUPTED = "not what was sent"
    CHANGED = "changed meanwhile"
    UNREACHABLE = "unreachable"
    KILLED = "killed"
    UNKNOWN = "unknown"


class CopyingError(Exception):
    """Something between two buckets did not work; the message says what, where and what to try."""


class RcloneMissing(CopyingError):
    """rclone is not installed with Wayfare, or does not run."""


class CopyFailed(CopyingError):
    """rclone ended without having done what was asked. Calling again is always safe."""

    def __init__(self, kind: Kind, what: str, said: Sequence[str]) -> None:
        self.kind = kind
        self.said = tuple(redacted(line) for line in said)
        """rclone's words, the last ones last, without credentials."""
        words = f": {self.said[-1]}" if self.said else ""
        super().__init__(f"{what} failed ({kind}){words}\n  try: {_HINTS[kind]}")


_HINTS = {
    Kind.CREDENTIALS: "sign in to both clouds, or give this identity the right to list, read and write these buckets",
    Kind.NOT_FOUND: "look whether both buckets are there under these names; the target's is made by its stack",
    Kind.ARCHIVED: "restore or rehydrate what is archived on the source, then call again",
    Kind.FULL: "make room, or raise the account's quota, where the target keeps its bytes; then call again",
    Kind.THROTTLED: "call again with fewer objects at once or a bandwidth limit",
    Kind.NAME: "rename the objects on the source that rclone names above",
    Kind.CORRUPTED: "call again: what did not arrive whole is copied anew",
    Kind.CHANGED: "wait until nobody writes to it any more, then call again",
    Kind.UNREACHABLE: "look at the network and at the cloud's status, then call again: what has arrived stays",
    Kind.KILLED: "call again: what has arrived stays",
    Kind.UNKNOWN: "the words above are rclone's; call again, which is safe",
}

#: What rclone and the clouds say, the specific first. Codes: AWS, "Error responses" of S3; Microsoft, "Blob Storage
#: error codes"; Google, "HTTP status and error codes for JSON"; for folders the texts of errno(3).
_RULES: tuple[tuple[Kind, str], ...] = (
    # S3 says it with the status of a lack of rights.
    (Kind.ARCHIVED, r"InvalidObjectState|BlobArchived|BlobBeingRehydrated"),
    (
        Kind.CREDENTIALS,
        r"SignatureDoesNotMatch|InvalidAccessKeyId|AccessDenied|ExpiredToken|InvalidToken|RequestTimeTooSkewed|"
        r"AuthenticationFailed|AuthorizationFailure|AuthorizationPermissionMismatch|NoAuthenticationInformation|"
        r"InvalidAuthenticationInfo|InsufficientAccountPermissions|DefaultAzureCredential|get credentials|"
        r"could not find default credentials|invalid_grant|authError|"
        r"(?:Error|StatusCode:|RESPONSE) (?:401|403)\b|permission denied",
    ),
    (
        Kind.FULL,
        r"no space left on device|disk quota exceeded|file too large|too big for remaining disk space|"
        r"QuotaExceeded|InsufficientStorage|(?:Error|StatusCode:|RESPONSE) 507\b",
    ),
    (
        Kind.THROTTLED,
        r"SlowDown|TooManyRequests|ServerBusy|rateLimitExceeded|userRateLimitExceeded|RequestLimitExceeded|"
        r"(?:Error|StatusCode:|RESPONSE) 429\b",
    ),
    (
        Kind.NAME,
        r"KeyTooLong|InvalidResourceName|InvalidUri\b|unsupported characters|file name too long|invalid object name|"
        r"OutOfRangeInput|is a directory|not a directory",
    ),
    (Kind.CORRUPTED, r"corrupted on transfer|BadDigest|Md5Mismatch|hash(?:es)? differ"),
    (Kind.CHANGED, r"source file is being updated|object not found|BlobNotFound|NoSuchKey"),
    (
        Kind.NOT_FOUND,
        r"NoSuchBucket|ContainerNotFound|ContainerBeingDeleted|directory not found|no such host|"
        r"(?:Error|StatusCode:|RESPONSE) 404\b",
    ),
    (
        Kind.UNREACHABLE,
        r"connection refused|connection reset|i/o timeout|deadline exceeded|TLS handshake|unexpected EOF|broken pipe|"
        r"network is unreachable|(?:Error|StatusCode:|RESPONSE) 50[0234]\b",
    ),
)

#: rclone's exit codes where its words tell nothing (rclone.org, "Exit code"): 3 and 4 are what was not found, 5 what a
#: retry may help.
_CODES = {3: Kind.NOT_FOUND, 4: Kind.NOT_FOUND, 5: Kind.UNREACHABLE}


def classified(code: int, said: Sequence[str]) -> Kind:
    """Why rclone ended with a code, by its last words. A killed one has none of its own."""
    if code < 0 or code > 128:
        return Kind.KILLED
    for kind, pattern in _RULES:
        if any(re.search(pattern, line) for line in said):
            return kind
    return _CODES.get(code, Kind.UNKNOWN)
