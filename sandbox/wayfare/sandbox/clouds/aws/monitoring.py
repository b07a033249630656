"""Amazon Managed Service for Prometheus, and SNS, by which it tells people."""

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from wayfare.sandbox.behaviour import Call, Made, Refused, ResourceRules, Row
from wayfare.sandbox.clouds.aws.common import (
    ACCOUNT,
    Violation,
    arn,
    exception,
    here,
    is_json,
    known,
    made,
    mapping,
    mappings,
    named,
    one_of,
    region_of,
    statements,
    strings,
    texts,
)
from wayfare.sandbox.clouds.aws.kms import key_of
from wayfare.sandbox.clouds.aws.routes import SUBNET

WORKSPACE, SCRAPER = "aws:amp/workspace:Workspace", "aws:amp/scraper:Scraper"
_RULES_OF, _ALERTS = (
    "aws:amp/ruleGroupNamespace:RuleGroupNamespace",
    "aws:amp/alertManagerDefinition:AlertManagerDefinition",
)
TOPIC = "aws:sns/topic:Topic"
_TOPIC_POLICY, _SUBSCRIPTION = "aws:sns/topicPolicy:TopicPolicy", "aws:sns/topicSubscription:TopicSubscription"
_CLUSTER = "aws:eks/cluster:Cluster"

#: SNS API reference, Subscribe.
_PROTOCOLS = ("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs")


def _uuid(call: Call) -> str:
    digits = call.store.new_id(32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _workspace(call: Call) -> Made:
    if (wanted := call.inputs.get("kmsKeyArn")) is not None and key_of(call, wanted) is None:
        text = f"Key '{wanted}' does not exist"
        doing = "creating Prometheus Workspace"
        raise Refused(exception(doing, "amp: CreateWorkspace", "ValidationException", text))
    id, region = f"ws-{_uuid(call)}", region_of(call)
    endpoint = f"https://aps-workspaces.{region}.amazonaws.com/workspaces/{id}/"
    return made(call, id, {"arn": arn("aps", region, f"workspace/{id}"), "prometheusEndpoint": endpoint})


def _of_workspace(call: Call, doing: str, operation: str) -> Row:
    row = here(call, WORKSPACE, call.inputs["workspaceId"])
    if row is None:
        text = f"Workspace not found. Workspace ID: {call.inputs['workspaceId']}"
        raise Refused(exception(doing, f"amp: {operation}", "ResourceNotFoundException", text, 404))
    return row


def _scraper_check(call: Call) -> Iterator[Violation]:
    found = _yaml(call.inputs.get("scrapeConfiguration"))
    if known(call.inputs.get("scrapeConfiguration")) and not mappings(mapping(found).get("scrape_configs")):
        yield "scrapeConfiguration", "is not a Prometheus configuration with scrape_configs"


def _scraper(call: Call) -> Made:
    """A cluster with a private endpoint and access entries, two zones (Managed Service for Prometheus User Guide, "Set
    up managed collectors for Amazon EKS"); without entries its role is bound by hand, which nobody does here."""
    inputs, region, doing = call.inputs, region_of(call), "creating Prometheus Scraper"
    source = mapping(mapping(inputs.get("source")).get("eks"))
    cluster = named(call.store.rows(_CLUSTER), "arn", source.get("clusterArn"), region)
    workspace = named(
        call.store.rows(WORKSPACE),
        "arn",
        mapping(mapping(inputs["destination"]).get("amp")).get("workspaceArn"),
        region,
    )
    subnets = [row for id in strings(source.get("subnetIds")) if (row := here(call, SUBNET, id)) is not None]
    reason = ""
    if cluster is None or workspace is None:
        reason = "The cluster or the workspace does not exist"
    elif not mapping(cluster.outputs["vpcConfig"]).get("endpointPrivateAccess"):
        reason = "The cluster's endpoint access must include private access"
    elif mapping(cluster.outputs["accessConfig"]).get("authenticationMode") == "CONFIG_MAP":
        reason = "The cluster has no access entries, and the collector's role is not in its aws-auth"
    elif len({row.outputs["availabilityZone"] for row in subnets}) < 2:
        reason = "Subnets must be in at least two Availability Zones"
    if reason:
        raise Refused(exception(doing, "amp: CreateScraper", "ValidationException", reason))
    id = f"s-{_uuid(call)}"
    role = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/scraper.aps.amazonaws.com/{id}"
    return made(call, id, {"arn": arn("aps", region, f"scraper/{id}"), "roleArn": role})


def _rules_check(call: Call) -> Iterator[Violation]:
    """Groups of rules, each with an expression (Managed Service for Prometheus User Guide, "Create a rules file")."""
    if not known(call.inputs.get("data")):
        return
    groups = mappings(mapping(_yaml(call.inputs["data"])).get("groups"))
    rules = [rule for group in groups for rule in mappings(group.get("rules"))]
    if not rules or not all(group.get("name") for group in groups):
        yield "data", "is not a rules file with named groups"
    for rule in rules:
        if not rule.get("expr") or bool(rule.get("alert")) == bool(rule.get("record")):
            yield "data", f"a rule has an expr, and an alert or a record: {rule}"


def _rules(call: Call) -> Made:
    name = str(call.inputs["name"])
    workspace = _of_workspace(call, f"creating Prometheus Rule Group Namespace ({name})", "CreateRuleGroupsNamespace")
    address = arn("aps", region_of(call), f"rulegroupsnamespace/{workspace.id}/{name}")
    return made(call, address, {"arn": address})


def _alerts_check(call: Call) -> Iterator[Violation]:
    """The alert manager's own configuration is a text in it; SNS alone receives (Managed Service for Prometheus User
    Guide, "Creating an alert manager configuration file")."""
    if not known(call.inputs.get("definition")):
        return
    inner = mapping(_yaml(mapping(_yaml(call.inputs["definition"])).get("alertmanager_config")))
    receivers = mappings(inner.get("receivers"))
    names = {row.get("name") for row in receivers}
    if mapping(inner.get("route")).get("receiver") not in names:
        yield "definition", "the route's receiver is not among the receivers"
    for row in receivers:
        if set(row) - {"name", "sns_configs", "pagerduty_configs"}:
            yield "definition", f"receivers are SNS topics and PagerDuty alone: {sorted(row)}"


def _alerts(call: Call) -> Made:
    doing = f"creating Prometheus Alert Manager Definition ({call.inputs['workspaceId']})"
    workspace = _of_workspace(call, doing, "CreateAlertManagerDefinition")
    if call.store.row(_ALERTS, workspace.id):
        text = "Alert manager definition already exists"
        raise Refused(exception(doing, "amp: CreateAlertManagerDefinition", "ConflictException", text, 409))
    return made(call, workspace.id, {}, tagged=False)


def _topic(call: Call) -> Made:
    name, region = str(call.inputs["name"]), region_of(call)
    address = arn("sns", region, name)
    return made(call, address, {"arn": address, "owner": ACCOUNT, "namePrefix": ""})


def _topic_policy(call: Call) -> Made:
    """A topic's policy is on itself (SNS API reference, SetTopicAttributes)."""
    topic = str(call.inputs["arn"])
    doing = f"setting SNS Topic ({topic}) attribute (Policy)"
    if here(call, TOPIC, topic) is None:
        raise Refused(exception(doing, "SNS: SetTopicAttributes", "NotFoundException", "Topic does not exist", 404))
    if any(each != topic for row in statements(call.inputs["policy"]) for each in texts(row.get("Resource"))):
        text = "Invalid parameter: Policy statement must apply to a single resource"
        raise Refused(exception(doing, "SNS: SetTopicAttributes", "InvalidParameterException", text))
    return made(call, topic, {"owner": ACCOUNT}, tagged=False)


def _subscription(call: Call) -> Made:
    topic = str(call.inputs["topic"])
    if here(call, TOPIC, topic) is None:
        doing = "creating SNS Topic Subscription"
        raise Refused(exception(doing, "SNS: Subscribe", "NotFoundException", "Topic does not exist", 404))
    address = f"{topic}:{_uuid(call)}"
    pending = str(call.inputs["protocol"]).startswith("email")
    return made(call, address, {"arn": address, "pendingConfirmation": pending}, tagged=False)


def _yaml(text: object) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(str(text or ""))  # pyright: ignore[reportUnknownMemberType] - untyped
    except YAMLError:
        return None


RULES: dict[str, ResourceRules] = {
    WORKSPACE: ResourceRules(
        seconds=10,
        delete_seconds=10,
        # UpdateWorkspaceAlias changes the alias alone.
        replace_on=frozenset({"kmsKeyArn"}),
        create=_workspace,
    ),
    SCRAPER: ResourceRules(
        seconds=600,
        delete_seconds=600,
        # "You can't use this function to update the source" (API reference, UpdateScraper).
        replace_on=frozenset({"source"}),
        check=lambda call: list(_scraper_check(call)),
        create=_scraper,
    ),
    _RULES_OF: ResourceRules(
        seconds=5,
        delete_seconds=5,
        replace_on=frozenset({"name", "workspaceId"}),
        check=lambda call: list(_rules_check(call)),
        create=_rules,
    ),
    _ALERTS: ResourceRules(
        seconds=5,
        delete_seconds=5,
        replace_on=frozenset({"workspaceId"}),
        check=lambda call: list(_alerts_check(call)),
        create=_alerts,
        tags=None,
    ),
    TOPIC: ResourceRules(
        seconds=2,
        delete_seconds=2,
        replace_on=frozenset({"name", "namePrefix", "fifoTopic"}),
        create=_topic,
    ),
    _TOPIC_POLICY: ResourceRules(
        seconds=1,
        delete_seconds=1,
        replace_on=frozenset({"arn"}),
        check=lambda call: list(is_json(call.inputs, "policy")),
        create=_topic_policy,
        tags=None,
    ),
    _SUBSCRIPTION: ResourceRules(
        seconds=1,
        delete_seconds=1,
        replace_on=frozenset({"topic", "protocol", "endpoint"}),
        check=lambda call: list(one_of(call.inputs.get("protocol"), "protocol", _PROTOCOLS)),
        create=_subscription,
        tags=None,
    ),
}
