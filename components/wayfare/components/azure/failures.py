"""How Azure says what went wrong.

Compute's own code is what decides. AKS wraps it: `InvalidTemplateDeployment` or `ResourceOperationFailure` with the
code in `details[]`, or `ReconcileVMSSAgentPoolFailed` with the code in its message. A capacity reservation fails with
the code itself. Some clients print the sentence without its code, so the sentences are matched, too.
"""

from datetime import timedelta

from wayfare.components.failures import FailureKind, Rule, Scope

_MINUTES = timedelta(minutes=10)
_HOUR = timedelta(hours=1)
_DAY = timedelta(hours=23)

_QUOTA = r"QuotaExceeded|exceeding (approved|quota limits)|InsufficientVCPUQuota|Insufficient (regional )?vcpu quota"
_NOT_SOLD = r"is currently not available in location"

RULES: tuple[Rule, ...] = (
    Rule(
        r"\b(Linked)?AuthorizationFailed\b|\b(Invalid|Expired)AuthenticationToken\w*|\bAuthenticationFailed\b"
        r"|ReadOnlyDisabledSubscription|ClientAuthenticationError|\bSubscriptionNotFound\b|InvalidSubscriptionId"
        r"|does not have authorization to perform action|AADSTS\d{4,}|MissingSubscriptionRegistration"
        r"|please run:? '?az login|no (valid )?credentials? (found|configured)",
        FailureKind.CREDENTIALS,
        lasts=timedelta(0),
    ),
    Rule(
        r"\bSubnetIsFull\b|InsufficientSubnetSize|SubnetWithInsufficient\w*",
        FailureKind.ADDRESS_SPACE,
        lasts=timedelta(0),
    ),
    # A quota of nothing is raised by a person; a full one may have room again soon.
    Rule(rf"({_QUOTA})[\s\S]{{0,400}}Current Limit: 0\b", FailureKind.QUOTA, Scope.FAMILY, _HOUR),
    Rule(_QUOTA, FailureKind.QUOTA, Scope.FAMILY, _MINUTES),
    # SkuNotAvailable: "tier" is said of spot machines, "size" of others; "zones" where only a zone is meant.
    Rule(rf"requested tier for resource[\s\S]{{0,400}}{_NOT_SOLD}", FailureKind.RESTRICTED, Scope.REGION, _HOUR),
    Rule(rf"{_NOT_SOLD} '[^']+' zones? '[^']+'", FailureKind.RESTRICTED, Scope.ZONE, _DAY),
    Rule(
        rf"\bSkuNotAvailable\b|{_NOT_SOLD}|NotAvailableForSubscription"
        r"|is not (allowed|available) in your subscription in location",
        FailureKind.RESTRICTED,
        Scope.REGION,
        _DAY,
    ),
    Rule(
        r"AvailabilityZoneNotSupported|zone\(s\) [^.]{0,80} for resource [^.]{0,200} (is|are) not supported",
        FailureKind.NOT_OFFERED,
        Scope.ZONE,
        _DAY,
    ),
    Rule(
        r"VMSizeNotSupported|VMSizeDoesNotExist|VM size [^.]{0,120} (is not supported|does not exist)",
        FailureKind.NOT_OFFERED,
        Scope.REGION,
        _DAY,
    ),
    Rule(r"\bOverconstrainedZonalAllocationRequest\b", FailureKind.OVERCONSTRAINED, Scope.ZONE, _HOUR),
    Rule(r"\bOverconstrainedAllocationRequest\b", FailureKind.OVERCONSTRAINED, Scope.REGION, _HOUR),
    Rule(
        r"\bZonalAllocationFailed\b|sufficient capacity for the requested VM size in this zone",
        FailureKind.STOCKOUT,
        Scope.ZONE,
        _HOUR,
    ),
    Rule(
        r"constraints cannot be allocated, because the condition is too restrictive[\s\S]{0,200}Availability Zone",
        FailureKind.OVERCONSTRAINED,
        Scope.ZONE,
        _HOUR,
    ),
    Rule(
        r"\bAllocationFailed\b|sufficient capacity for the requested VM size in this region",
        FailureKind.STOCKOUT,
        Scope.REGION,
        _HOUR,
    ),
    Rule(
        r"\bTooManyRequests\b|SubscriptionRequestsThrottled|OperationNotAllowed[\s\S]{0,200}in progress"
        r"|AnotherOperationInProgress|OperationPreempted|ConflictingConcurrentWrite\w*|RetryableError"
        r"|InternalServerError|InternalOperationError|InternalExecutionError|InternalError|\bServerTimeout\b"
        r"|ServiceUnavailable|GatewayTimeout|BadGateway|PrincipalNotFound|(status ?code|status)[=: ]+\"?(429|5\d\d)\b"
        r"|context deadline exceeded|connection reset by peer|TLS handshake timeout|i/o timeout",
        FailureKind.TRANSIENT,
        lasts=timedelta(minutes=1),
    ),
)
"""Specific before general: the first that is found decides. There is no catch-all, so the rest stays UNKNOWN."""
