"""How Google Cloud says what went wrong.

The provider prints an operation's message without its code: a shortage of a reservation reads "Error waiting to create
Reservation: … The zone '…' does not have enough resources available to fulfill the request", never
`ZONE_RESOURCE_POOL_EXHAUSTED`. So sentences are matched beside codes. Through GKE the code stands in brackets:
`Not all instances running in IGM … Current errors: [GCE_STOCKOUT]: …`.
"""

from datetime import timedelta

from wayfare.components.failures import FailureKind, Rule, Scope

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

RULES: tuple[Rule, ...] = (
    Rule(
        r"could not find default credentials|invalid_grant|invalid authentication credentials|No credentials loaded"
        r"|IAM_PERMISSION_DENIED|PERMISSIONS_ERROR|Required '[^']+' permission|Permission '[^']+' denied"
        r"|does not have (any of the following )?[\w.]* ?(permission|access)|SERVICE_DISABLED|accessNotConfigured"
        r"|API has not been used in project",
        FailureKind.CREDENTIALS,
        lasts=timedelta(0),
    ),
    # The only quota that every region shares.
    Rule(r"GPUS_ALL_REGIONS", FailureKind.QUOTA, Scope.CLOUD, _HOUR),
    # No quota at all is asked for by a person, which takes a day or two; a full one may be free again soon.
    Rule(r"Quota '[^']+' exceeded\.?\s+Limit: 0(\.0)?\b", FailureKind.QUOTA, Scope.FAMILY, _DAY),
    Rule(r"project has a quota of '0(\.0)?'", FailureKind.QUOTA, Scope.FAMILY, _DAY),
    Rule(
        r"QUOTA_EXCEEDED|quotaExceeded|Quota '[^']+' exceeded|Insufficient (regional|zonal|global|project) quota"
        r"|google\.rpc\.QuotaFailure|Insufficient quota to satisfy",
        FailureKind.QUOTA,
        Scope.FAMILY,
        _HOUR,
    ),
    Rule(
        r"Reservation does not have enough resources for the request|specific reservation \S+ is insufficient"
        r"|reservation \S+ does not have (available|enough) resources",
        FailureKind.RESERVATION_FULL,
    ),
    Rule(
        r"(ZONE_)?RESOURCE_POOL_EXHAUSTED(_WITH_DETAILS)?|GCE_STOCKOUT|insufficientCapacity|state:STOCKOUT"
        r"|does not have enough resources available to fulfill( the)? request"
        r"|is currently unavailable in the \S+ zone",
        FailureKind.STOCKOUT,
        Scope.ZONE,
        _HOUR,
    ),
    Rule(r"IP_SPACE_EXHAUSTED|IP space .* is exhausted", FailureKind.ADDRESS_SPACE, lasts=timedelta(0)),
    Rule(
        r"UNSUPPORTED_OPERATION|Machine type with name '[^']+' does not exist in zone"
        r"|accelerator ?types? [^.]{0,120}(was not found|does not exist in zone|is not (supported|available) in zone)"
        r"|machine ?types? [^.]{0,120}(was not found|does not exist in zone|is not (supported|available) in zone)",
        FailureKind.NOT_OFFERED,
        Scope.ZONE,
        _DAY,
    ),
    Rule(
        r"RESOURCE_OPERATION_RATE_EXCEEDED|RESOURCE_NOT_READY|resourceNotReady|rateLimitExceeded|RATE_LIMIT_EXCEEDED"
        r"|googleapi: Error (429|5\d\d)\b|backendError|DEADLINE_EXCEEDED|incompatible operation"
        r"|connection reset by peer|TLS handshake timeout|i/o timeout",
        FailureKind.TRANSIENT,
        lasts=timedelta(minutes=1),
    ),
)
"""Specific before general: the first that is found decides. There is no catch-all, so the rest stays UNKNOWN."""
