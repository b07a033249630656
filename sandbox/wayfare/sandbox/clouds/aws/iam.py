"""IAM roles and CloudWatch's log groups."""

from wayfare.sandbox.behaviour import Call, Made, Refused, ResourceRules, Row
from wayfare.sandbox.clouds.aws.common import (
    ACCOUNT,
    Violation,
    api_error,
    arn,
    exception,
    exclusive,
    is_json,
    known,
    made,
    mapping,
    matches,
    named,
    region_of,
    statements,
    texts,
)
from wayfare.sandbox.clouds.aws.kms import key_of, lets_logs

ROLE = "aws:iam/role:Role"
_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
POLICY = "aws:iam/rolePolicy:RolePolicy"
_LOGS = "aws:cloudwatch/logGroup:LogGroup"

_ARN = "a managed policy's ARN"

#: Days that CloudWatch can keep logs; 0 keeps them for good.
_DAYS = (
    *(0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288),
    3653,
)


def _role_check(call: Call) -> list[Violation]:
    return [
        *exclusive(call.inputs, "name", "namePrefix"),
        *is_json(call.inputs, "assumeRolePolicy"),
    ]


def _role(call: Call) -> Made:
    name, path = str(call.inputs["name"]), str(call.inputs.get("path", "/"))
    if named(call.store.rows(ROLE), "name", name):
        text = f"Role with name {name} already exists."
        raise Refused(exception(f"creating IAM Role ({name})", "IAM: CreateRole", "EntityAlreadyExists", text, 409))
    return made(
        call,
        name,
        {
            "arn": f"arn:aws:iam::{ACCOUNT}:role{path}{name}",
            "createDate": call.store.now().isoformat().replace("+00:00", "Z"),
            "forceDetachPolicies": call.inputs.get("forceDetachPolicies", False),
            "managedPolicyArns": [],
            "inlinePolicies": [],
            "maxSessionDuration": call.inputs.get("maxSessionDuration", 3600),
            "namePrefix": "",
            "path": path,
            "uniqueId": f"AROA{call.store.new_id(17).upper()}",
        },
        regional=False,
    )


def role_by_arn(call: Call, arn: object) -> Row | None:
    """The role with an ARN."""
    return named(call.store.rows(ROLE), "arn", arn)


def trusts(role: Row, service: str, *actions: str) -> bool:
    """Whether a role's trust policy lets a service do all of these (IAM User Guide, "How to use trust policies")."""
    allowed: set[str] = set()
    for statement in statements(role.outputs.get("assumeRolePolicy")):
        principals = texts(mapping(statement.get("Principal")).get("Service"))
        if statement.get("Effect") == "Allow" and service in principals:
            allowed |= {action.lower() for action in texts(statement.get("Action"))}
    return all({action.lower(), f"{action.partition(':')[0]}:*", "*"} & allowed for action in actions)


def attached(call: Call, role: Row) -> set[str]:
    """Names of the managed policies that are attached to a role."""
    rows = call.store.rows(_ATTACHMENT)
    return {str(row.outputs["policyArn"]).rpartition("/")[2] for row in rows if _is_of(row, role)}


def has_own_policies(call: Call, role: Row) -> bool:
    """Whether a role has permissions that AWS does not manage: they may grant anything."""
    own = (row for row in call.store.rows(_ATTACHMENT) if f"::{ACCOUNT}:" in str(row.outputs["policyArn"]))
    return any(_is_of(row, role) for row in (*own, *call.store.rows(POLICY)))


def _is_of(row: Row, role: Row) -> bool:
    return row.outputs.get("role") == role.outputs["name"]


def _role_free(call: Call) -> None:
    for token in (_ATTACHMENT, POLICY):
        if named(call.store.rows(token), "role", call.outputs["name"]):
            text = "Cannot delete entity, must detach all policies first."
            doing = f"deleting IAM Role ({call.id})"
            raise Refused(exception(doing, "IAM: DeleteRole", "DeleteConflict", text, 409))


def _attachment(call: Call) -> Made:
    role, policy = call.inputs["role"], str(call.inputs["policyArn"])
    if named(call.store.rows(ROLE), "name", role) is None:
        text = f"The role with name {role} cannot be found."
        doing = f"attaching IAM Policy ({policy}) to IAM Role ({role})"
        raise Refused(api_error(doing, "IAM: AttachRolePolicy", "NoSuchEntity", text, 404))
    return made(call, f"{role}/{policy}", {}, tagged=False, regional=False)


def _policy(call: Call) -> Made:
    name, role = str(call.inputs.get("name") or call.name), call.inputs["role"]
    if named(call.store.rows(ROLE), "name", role) is None:
        text, doing = f"The role with name {role} cannot be found.", f"putting IAM Role ({role}) Policy ({name})"
        raise Refused(api_error(doing, "IAM: PutRolePolicy", "NoSuchEntity", text, 404))
    return made(call, f"{call.inputs['role']}:{name}", {"name": name, "namePrefix": ""}, tagged=False, regional=False)


def _log_group_check(call: Call) -> list[Violation]:
    found = [*exclusive(call.inputs, "name", "namePrefix")]
    days = call.inputs.get("retentionInDays")
    if known(days) and days not in _DAYS:
        found.append(("retentionInDays", f"expected one of {list(_DAYS)}, got {days}"))
    return found


def _log_group(call: Call) -> Made:
    name, region = str(call.inputs["name"]), region_of(call)
    if named(call.store.rows(_LOGS), "name", name, region):
        text = "The specified log group already exists"
        doing = f"creating CloudWatch Logs Log Group ({name})"
        operation = "CloudWatch Logs: CreateLogGroup"
        raise Refused(exception(doing, operation, "ResourceAlreadyExistsException", text))
    address = arn("logs", region, f"log-group:{name}")
    if (wanted := call.inputs.get("kmsKeyId")) is not None:
        key = key_of(call, wanted)
        if key is None or not lets_logs(key, address):
            text = f"The specified KMS key does not exist or is not allowed to be used with Arn '{address}'"
            doing = f"creating CloudWatch Logs Log Group ({name})"
            raise Refused(exception(doing, "CloudWatch Logs: CreateLogGroup", "InvalidParameterException", text))
    outputs = {"arn": address, "logGroupClass": "STANDARD", "namePrefix": ""}
    return made(call, name, outputs)


RULES: dict[str, ResourceRules] = {
    ROLE: ResourceRules(
        seconds=2,
        delete_seconds=1,
        # UpdateRole changes neither name nor path.
        replace_on=frozenset({"name", "namePrefix", "path"}),
        check=_role_check,
        create=_role,
        delete=_role_free,
    ),
    _ATTACHMENT: ResourceRules(
        seconds=1,
        delete_seconds=1,
        replace_on=frozenset({"*"}),
        check=lambda call: list(matches(call.inputs, "policyArn", r"arn:aws[\w-]*:iam::(aws|\d{12}):policy/.+", _ARN)),
        create=_attachment,
        tags=None,
    ),
    POLICY: ResourceRules(
        seconds=1,
        delete_seconds=1,
        replace_on=frozenset({"name", "namePrefix", "role"}),
        check=lambda call: list(is_json(call.inputs, "policy")),
        create=_policy,
        tags=None,
    ),
    _LOGS: ResourceRules(
        seconds=1,
        delete_seconds=1,
        # CloudWatch Logs has no call that changes a group's class.
        replace_on=frozenset({"name", "namePrefix", "logGroupClass"}),
        check=_log_group_check,
        create=_log_group,
    ),
}
