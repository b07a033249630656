"""What Google Cloud says when something goes wrong on request, as its provider prints it.

Reasons after "Troubleshooting API errors" of Compute Engine (cloud.google.com: `rateLimitExceeded` with 403,
`backendError` with 503); a refresh token that is no longer valid as users of the provider report it.
"""

from wayfare.sandbox.behaviour import FaultKind, FaultText, Operation
from wayfare.sandbox.clouds.gcp.names import PROJECT

_DOING = {
    Operation.CREATE: "Error creating {}",
    Operation.READ: "Error when reading or editing {}",
    Operation.UPDATE: "Error updating {}",
    Operation.DELETE: "Error when reading or editing {}",
    Operation.INVOKE: "Error retrieving {}",
}


def _doing(operation: Operation, token: str) -> str:
    return _DOING[operation].format(token.rpartition(":")[2])


def _service(token: str) -> str:
    """`gcp:container/cluster:Cluster` → container.googleapis.com."""
    return f"{token.split(':')[1].partition('/')[0]}.googleapis.com"


def _throttled(operation: Operation, token: str) -> str:
    return (
        f"{_doing(operation, token)}: googleapi: Error 403: Quota exceeded for quota metric 'Queries' and limit "
        f"'Queries per minute' of service '{_service(token)}' for consumer 'projects/{PROJECT}'., rateLimitExceeded"
    )


def _server_error(operation: Operation, token: str) -> str:
    return (
        f"{_doing(operation, token)}: googleapi: Error 503: The service is currently unavailable. Please try again in "
        "30 seconds., backendError"
    )


def _expired(operation: Operation, token: str) -> str:
    url = f"https://{_service(token)}/v1/projects/{PROJECT}?alt=json&prettyPrint=false"
    return f'{_doing(operation, token)}: Post "{url}": oauth2: "invalid_grant" "Token has been expired or revoked."'


TEXTS: dict[FaultKind, FaultText] = {
    FaultKind.THROTTLED: _throttled,
    FaultKind.SERVER_ERROR: _server_error,
    FaultKind.EXPIRED_CREDENTIALS: _expired,
}
