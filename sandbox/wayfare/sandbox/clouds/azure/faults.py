"""What Azure says when something goes wrong on request.

Codes as the management API returns them: "Understand how Azure Resource Manager throttles requests" (429), "Common
Azure Resource Manager error codes" (learn.microsoft.com); an expired token as users of Azure's clients report it.
"""

from wayfare.sandbox.behaviour import FaultKind, FaultText, Operation
from wayfare.sandbox.clouds.azure.names import SUBSCRIPTION, error

_METHODS = {Operation.CREATE: "PUT", Operation.UPDATE: "PUT", Operation.DELETE: "DELETE"}


def _throttled(operation: Operation, token: str) -> str:
    kind = "/".join(token.split(":")[1:]).upper()
    asked = f"{_METHODS.get(operation, 'GET')}/SUBSCRIPTIONS/RESOURCEGROUPS/PROVIDERS/MICROSOFT.{kind}"
    return error(
        "SubscriptionRequestsThrottled",
        f"Number of requests for subscription '{SUBSCRIPTION}' and operation '{asked}' exceeded the backend storage "
        "limit. Please try again after '6' seconds.",
    )


def _server_error(operation: Operation, token: str) -> str:
    del operation, token
    return error("InternalServerError", "The server encountered an internal error. Please retry the request.")


def _expired(operation: Operation, token: str) -> str:
    del operation, token
    expiry, now = "1/1/2026 1:00:00 AM", "1/1/2026 1:00:07 AM"
    return error(
        "ExpiredAuthenticationToken",
        f"The access token expiry UTC time '{expiry}' is earlier than current UTC time '{now}'.",
    )


TEXTS: dict[FaultKind, FaultText] = {
    FaultKind.THROTTLED: _throttled,
    FaultKind.SERVER_ERROR: _server_error,
    FaultKind.EXPIRED_CREDENTIALS: _expired,
}
