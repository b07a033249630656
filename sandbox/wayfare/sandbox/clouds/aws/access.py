"""EKS: who may use a cluster, and what its pods act as."""

from wayfare.sandbox.behaviour import Call, Made, Refused, ResourceRules
from wayfare.sandbox.clouds.aws.common import arn, exception, made, mapping, matches, region_of
from wayfare.sandbox.clouds.aws.eks import in_cluster
from wayfare.sandbox.clouds.aws.iam import role_by_arn, trusts

_ENTRY = "aws:eks/accessEntry:AccessEntry"


def _entry(call: Call) -> Made:
    """Entries are for the modes with API (EKS User Guide, "Access entries"); a role must exist (CreateAccessEntry)."""
    cluster, principal = call.inputs["clusterName"], str(call.inputs["principalArn"])
    doing, operation = f"creating EKS Access Entry ({cluster}:{principal})", "EKS: CreateAccessEntry"
    host = in_cluster(call, doing, "CreateAccessEntry")
    if mapping(host.outputs["accessConfig"]).get("authenticationMode") == "CONFIG_MAP":
        text = "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this "
        raise Refused(exception(doing, operation, "InvalidRequestException", f"{text}operation."))
    if call.store.row(_ENTRY, f"{cluster}:{principal}"):
        text = "The specified access entry resource is already in use on this cluster."
        raise Refused(exception(doing, operation, "ResourceInUseException", text, 409))
    kind, _, name = principal.rpartition(":")[2].partition("/")
    now = call.store.now().isoformat().replace("+00:00", "Z")
    rest = f"access-entry/{cluster}/{kind}/{principal.split(':')[4]}/{name.rpartition('/')[2]}/{call.store.new_id(8)}"
    return made(
        call,
        f"{cluster}:{principal}",
        {
            "accessEntryArn": arn("eks", region_of(call), rest),
            "createdAt": now,
            "modifiedAt": now,
            "kubernetesGroups": call.inputs.get("kubernetesGroups", []),
            "type": call.inputs.get("type", "STANDARD"),
            "userName": call.inputs.get("userName", principal),
        },
    )


def _policy(call: Call) -> Made:
    cluster, principal, policy = (call.inputs[name] for name in ("clusterName", "principalArn", "policyArn"))
    doing = f"creating EKS Access Policy Association ({cluster})"
    in_cluster(call, doing, "AssociateAccessPolicy")
    if call.store.row(_ENTRY, f"{cluster}:{principal}") is None:
        text = f"The specified principalArn could not be found: {principal}"
        raise Refused(exception(doing, "EKS: AssociateAccessPolicy", "ResourceNotFoundException", text, 404))
    now = call.store.now().isoformat().replace("+00:00", "Z")
    return made(call, f"{cluster}#{principal}#{policy}", {"associatedAt": now, "modifiedAt": now}, tagged=False)


def _pod_identity(call: Call) -> Made:
    """The role trusts EKS to take it and to tag its session (EKS User Guide, "EKS Pod Identity role")."""
    id, cluster, wanted = f"a-{call.store.new_id(17)}", call.inputs["clusterName"], call.inputs["roleArn"]
    doing, operation = f"creating EKS Pod Identity Association ({cluster})", "EKS: CreatePodIdentityAssociation"
    in_cluster(call, doing, "CreatePodIdentityAssociation")
    role = role_by_arn(call, wanted)
    if role is None:
        text = f"Role provided in the request does not exist: {wanted}"
        raise Refused(exception(doing, operation, "InvalidParameterException", text))
    if not trusts(role, "pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"):
        text = "Trust policy of the role provided is invalid. Follow the official documentation to resolve the issue."
        raise Refused(exception(doing, operation, "InvalidParameterException", text))
    whose = (cluster, call.inputs["namespace"], call.inputs["serviceAccount"])
    for row in call.store.rows(call.token):
        if tuple(row.outputs.get(name) for name in ("clusterName", "namespace", "serviceAccount")) == whose:
            text = f"Association already exists: {row.outputs['associationId']}"
            raise Refused(exception(doing, operation, "ResourceInUseException", text, 409))
    rest = f"podidentityassociation/{cluster}/{id}"
    return made(call, f"{cluster},{id}", {"associationArn": arn("eks", region_of(call), rest), "associationId": id})


RULES: dict[str, ResourceRules] = {
    _ENTRY: ResourceRules(
        seconds=1,
        delete_seconds=1,
        replace_on=frozenset({"clusterName", "principalArn", "type"}),
        check=lambda call: list(
            matches(call.inputs, "principalArn", r"arn:aws:iam::\d{12}:(role|user)/.+", "a role's or a user's ARN")
        ),
        create=_entry,
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": ResourceRules(
        seconds=1, delete_seconds=1, replace_on=frozenset({"*"}), create=_policy, tags=None
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": ResourceRules(
        seconds=1,
        delete_seconds=1,
        replace_on=frozenset({"clusterName", "namespace", "serviceAccount"}),
        create=_pod_identity,
    ),
}
