"""How AWS says what went wrong, in the order in which it is looked for.

Codes as EC2, EKS and Auto Scaling return them: EC2 API reference ("Error codes"), EKS ("Issue" of a managed node
group's health), as Pulumi and the managed node groups wrap them. What no rule knows stops.
"""

from datetime import timedelta

from wayfare.components.failures import FailureKind, Rule, Scope

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

RULES: tuple[Rule, ...] = (
    Rule(
        r"UnauthorizedOperation|\bAccessDenied(Exception)?\b|\bAuthFailure\b|InvalidClientTokenId|ExpiredToken|"
        r"RequestExpired|UnrecognizedClientException|SignatureDoesNotMatch|MissingAuthenticationToken|OptInRequired|"
        r"InvalidCloudCredentials|no valid credential sources|failed to refresh cached credentials|"
        r"is not authorized to perform",
        FailureKind.CREDENTIALS,
    ),
    Rule(r"InsufficientFreeAddresses|not enough free addresses", FailureKind.ADDRESS_SPACE),
    # vCPUs are counted for a family of machine types; the other limits for the region.
    Rule(
        r"VcpuLimitExceeded|InstanceLimitExceeded|MaxSpotInstanceCountExceeded|"
        r"Max spot instance count exceeded|current vCPU limit",
        FailureKind.QUOTA,
        Scope.FAMILY,
        _HOUR,
    ),
    Rule(
        r"MaxFleetCountExceeded|quota for maximum Fleet Requests|"
        r"\b(Vpc|Address|NatGateway|InternetGateway|SecurityGroup|PlacementGroup|Resource|TooManyBuckets)LimitExceeded|"
        r"TooManyBuckets|\bServiceQuotaExceeded",
        FailureKind.QUOTA,
        Scope.REGION,
        _HOUR,
    ),
    Rule(r"ReservationCapacityExceeded", FailureKind.RESERVATION_FULL),
    # EKS has no room for a control plane in one of its zones: another zone for the nodes does not help.
    Rule(r"UnsupportedAvailabilityZoneException", FailureKind.NOT_OFFERED, Scope.REGION, _DAY),
    Rule(r"PendingVerification", FailureKind.RESTRICTED, Scope.REGION, _HOUR),
    Rule(
        r"InsufficientInstanceCapacity|InsufficientCapacity\b|InsufficientHostCapacity|UnfulfillableCapacity|"
        r"do not have sufficient \S+ capacity|no Spot capacity available",
        FailureKind.STOCKOUT,
        Scope.ZONE,
        _HOUR,
    ),
    Rule(
        r"\bUnsupported(:| -)|instance type \S+ is not supported in your requested Availability Zone|"
        r"supplied instance types do not exist",
        FailureKind.NOT_OFFERED,
        Scope.ZONE,
        _DAY,
    ),
    Rule(
        r"RequestLimitExceeded|\bRequest limit exceeded|\bThrottling(Exception)?\b|TooManyRequestsException|"
        r"\bServiceUnavailable|\bInternal(Error|Failure)\b|\bServerException\b|StatusCode: 5\d\d|RequestTimeout|"
        r"connection reset by peer|i/o timeout|TLS handshake timeout",
        FailureKind.TRANSIENT,
        Scope.ZONE,
        timedelta(minutes=1),
    ),
)
