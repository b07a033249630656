"""Whether AWS lets a pod at a bucket's objects, by the roles, policies and issuers that the sandbox holds."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from wayfare.sandbox.clouds.aws.common import ACCOUNT, mapping, statements, strings, texts
from wayfare.sandbox.copies.acting import Acting
from wayfare.sandbox.copies.denied import Denied

_BUCKET, _ROLE, _POLICY = "aws:s3/bucket:Bucket", "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
_PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
_ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"

_READ = (("s3:ListBucket", ""), ("s3:GetObject", "/*"))
_WRITE = (*_READ, ("s3:PutObject", "/*"))


def refuse(acting: Acting, bucket: str, *, write: bool) -> None:
    """Raise `Denied` in S3's words, or in those of the SDK that cannot sign in."""
    role = _signed_in(acting)
    if not any(row.get("bucket") == bucket for row in acting.rows(_BUCKET)):
        raise Denied(_s3(404, "NoSuchBucket: The specified bucket does not exist"))
    allowed = [
        statement
        for policy in acting.rows(_POLICY)
        if policy.get("role") == role["name"]
        for statement in statements(policy["policy"])
    ]
    for action, below in _WRITE if write else _READ:
        resource = f"arn:aws:s3:::{bucket}{below}"
        if not any(_allows(statement, action, resource) for statement in allowed):
            name = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role['name']}/wayfare"
            said = f"User: {name} is not authorized to perform: {action} on resource: {resource} because no "
            raise Denied(_s3(403, f"AccessDenied: {said}identity-based policy allows the {action} action"))


def _signed_in(acting: Acting) -> Mapping[str, Any]:
    """The role that the SDK's chain ends with (AWS SDKs and Tools Reference Guide, "Credential provider chain")."""
    environment = acting.environment
    arn, file = environment.get("AWS_ROLE_ARN"), environment.get("AWS_WEB_IDENTITY_TOKEN_FILE")
    if arn and file:
        return _by_token(acting, arn, file)
    wanted = (acting.cluster.outputs.get("name"), acting.namespace, acting.account)
    for row in acting.rows(_ASSOCIATION) if acting.on_eks else ():
        if (row.get("clusterName"), row.get("namespace"), row.get("serviceAccount")) == wanted:
            found = _role(acting, str(row["roleArn"]))
            if found is not None and _assumed_by(found, "Service", "pods.eks.amazonaws.com", "sts:AssumeRole", {}):
                return found
    raise Denied(_sdk("failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds"))


def _by_token(acting: Acting, arn: str, file: str) -> Mapping[str, Any]:
    """STS, AssumeRoleWithWebIdentity."""
    audience = acting.tokens.get(file)
    if audience is None:
        raise Denied(_sdk(f"failed to retrieve jwt from provide source, unable to read file at {file}"))
    issuer = acting.issuer.removeprefix("https://")
    provider = next(
        (row for row in acting.rows(_PROVIDER) if str(row.get("url", "")).removeprefix("https://") == issuer), None
    )
    if provider is None:
        said = f"No OpenIDConnect provider found in your account for https://{issuer}"
        raise Denied(_sts(400, f"InvalidIdentityToken: {said}"))
    if audience not in strings(provider.get("clientIdLists")):
        raise Denied(_sts(400, "InvalidIdentityToken: Incorrect token audience"))
    role = _role(acting, arn)
    said = {f"{issuer}:aud": audience, f"{issuer}:sub": acting.subject}
    by = str(provider["arn"])
    if role is None or not _assumed_by(role, "Federated", by, "sts:AssumeRoleWithWebIdentity", said):
        raise Denied(_sts(403, "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"))
    return role


def _role(acting: Acting, arn: str) -> Mapping[str, Any] | None:
    return next((row for row in acting.rows(_ROLE) if row.get("arn") == arn), None)


def _assumed_by(role: Mapping[str, Any], kind: str, principal: str, action: str, said: Mapping[str, str]) -> bool:
    """Whether a role's trust policy lets somebody have it, who says this of itself."""
    return any(
        statement.get("Effect") == "Allow"
        and principal in texts(mapping(statement.get("Principal")).get(kind))
        and action in texts(statement.get("Action"))
        and _holds(mapping(statement.get("Condition")), said)
        for statement in statements(role.get("assumeRolePolicy"))
    )


def _holds(condition: Mapping[str, Any], said: Mapping[str, str]) -> bool:
    """Whether a condition is true of what is said; of an operator that is not known here it is not."""
    for operator, wanted in condition.items():
        for key, values in mapping(wanted).items():
            if (given := said.get(key)) is None or not _matches(operator, given, texts(values)):
                return False
    return True


def _matches(operator: str, given: str, values: Sequence[str]) -> bool:
    match operator:
        case "StringEquals":
            return given in values
        case "StringLike":
            return any(fnmatchcase(given, value) for value in values)
        case _:
            return False


def _allows(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    """Objects are not looked at one by one: a right to some of them alone is none to all."""
    return (
        statement.get("Effect") == "Allow"
        and not statement.get("Condition")
        and any(fnmatchcase(action.lower(), each.lower()) for each in texts(statement.get("Action")))
        and any(fnmatchcase(resource, each) for each in texts(statement.get("Resource")))
    )


def _s3(status: int, said: str) -> str:
    return f"operation error S3: ListObjectsV2, https response error StatusCode: {status}, api error {said}"


def _sts(status: int, said: str) -> str:
    return _sdk(
        "failed to refresh cached credentials, failed to retrieve credentials, operation error STS: "
        f"AssumeRoleWithWebIdentity, https response error StatusCode: {status}, {said}"
    )


def _sdk(said: str) -> str:
    return f"operation error S3: ListObjectsV2, get identity: get credentials: {said}"
