"""What AWS says when something goes wrong on request.

Each service has codes of its own: "Error codes for the Amazon EC2 API", "Common Errors" of EKS and IAM, "Error
Responses" of S3 (docs.aws.amazon.com). EC2 says of expired credentials that the request has expired.
"""

from typing import NamedTuple

from wayfare.sandbox.behaviour import FaultKind, FaultText, Operation
from wayfare.sandbox.clouds.aws.common import api_error


class _Words(NamedTuple):
    status: int
    code: str
    message: str


_EXPIRED = _Words(403, "ExpiredToken", "The security token included in the request is expired")

#: Of services that have no row for a kind, the general one is said.
_GENERAL = {
    FaultKind.THROTTLED: _Words(400, "Throttling", "Rate exceeded"),
    FaultKind.SERVER_ERROR: _Words(500, "InternalFailure", "The request processing has failed because of an error."),
    FaultKind.EXPIRED_CREDENTIALS: _EXPIRED,
}
_OF_SERVICE = {
    "ec2": {
        FaultKind.THROTTLED: _Words(503, "RequestLimitExceeded", "Request limit exceeded."),
        FaultKind.SERVER_ERROR: _Words(500, "InternalError", "An internal error has occurred"),
        FaultKind.EXPIRED_CREDENTIALS: _Words(400, "RequestExpired", "Request has expired."),
    },
    "eks": {
        FaultKind.THROTTLED: _Words(429, "TooManyRequestsException", "Rate exceeded"),
        FaultKind.SERVER_ERROR: _Words(500, "ServerException", "Internal server error"),
        FaultKind.EXPIRED_CREDENTIALS: _Words(403, "ExpiredTokenException", _EXPIRED.message),
    },
    "s3": {
        FaultKind.THROTTLED: _Words(503, "SlowDown", "Please reduce your request rate."),
        FaultKind.SERVER_ERROR: _Words(500, "InternalError", "We encountered an internal error. Please try again."),
        FaultKind.EXPIRED_CREDENTIALS: _Words(400, "ExpiredToken", "The provided token has expired."),
    },
}
_SERVICES = {"ec2": "EC2", "eks": "EKS", "iam": "IAM", "s3": "S3", "sts": "STS"}
_VERBS = {
    Operation.CREATE: ("creating", "Create"),
    Operation.READ: ("reading", "Describe"),
    Operation.UPDATE: ("updating", "Modify"),
    Operation.DELETE: ("deleting", "Delete"),
    Operation.INVOKE: ("reading", "Describe"),
}
#: Types whose call has another name than theirs.
_NOUNS = {"NodeGroup": "Nodegroup", "OpenIdConnectProvider": "OpenIDConnectProvider"}


def _text(kind: FaultKind) -> FaultText:
    def say(operation: Operation, token: str) -> str:
        _, module, name = token.split(":")
        key = module.partition("/")[0]
        service = _SERVICES.get(key, key.upper())
        words = _OF_SERVICE.get(key, _GENERAL)[kind]
        doing, verb = _VERBS[operation]
        # A function is named after what it asks: `getAvailabilityZones`.
        noun = _NOUNS.get(name, name.removeprefix("get"))
        call = f"{service}: {verb}{noun}"
        return api_error(f"{doing} {service} {noun}", call, words.code, words.message, words.status)

    return say


TEXTS: dict[FaultKind, FaultText] = {kind: _text(kind) for kind in _GENERAL}
