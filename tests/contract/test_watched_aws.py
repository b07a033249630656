"""A watched cluster on AWS, and one with every wish at once."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.contract.asked import request, rows
from tests.contract.dry_run import changed, dry_run
from tests.contract.platform_aws import (
    CLUSTER,
    TAGGED,
    WATCHED,
    of,
    policy,
    wish,
    with_key,
)
from tests.contract.test_dependents_aws import ORDER
from tests.golden.cases import INFERENCE, TRAINING
from wayfare.blueprints import AcceleratorName, CloudName, Purchase
from wayfare.components.adoption import by_template
from wayfare.components.alerts import alerts_for
from wayfare.components.aws import adoption
from wayfare.components.contract import Lost
from wayfare.components.controls import Resource, violations
from wayfare.components.controls.terms import terms_of
from wayfare.sandbox.behaviour import Refused


def test_a_watched_cluster_has_a_collector_the_rules_and_a_way_to_tell(tmp_path: Path) -> None:
    """Amazon Managed Service for Prometheus User Guide: "Set up managed collectors for Amazon EKS", "Giving permission
    to send alert messages to your Amazon SNS topic"."""
    with dry_run(tmp_path, wish(monitoring=WATCHED, encryption="own"), before=with_key) as run:
        (workspace,) = of(run, "aws:amp/workspace:Workspace")
        assert workspace.inputs["kmsKeyArn"].startswith("arn:aws:kms:")
        (cluster,) = of(run, CLUSTER)
        (collector,) = of(run, "aws:amp/scraper:Scraper")
        source = collector.inputs["source"]["eks"]
        assert source["clusterArn"] == cluster.outputs["arn"]
        assert source["securityGroupIds"] == [cluster.outputs["vpcConfig"]["clusterSecurityGroupId"]]
        assert len(source["subnetIds"]) == 2
        assert collector.inputs["destination"] == {"amp": {"workspaceArn": workspace.outputs["arn"]}}
        scraped = str(json.loads(collector.inputs["scrapeConfiguration"]))
        assert all(name in scraped for name in ("dcgm-exporter;9400", "kube-state-metrics;8080", "node-exporter;9100"))
        exporters = {row.inputs["addonName"] for row in of(run, "aws:eks/addon:Addon")}
        assert {"kube-state-metrics", "prometheus-node-exporter"} <= exporters
        (rules,) = of(run, "aws:amp/ruleGroupNamespace:RuleGroupNamespace")
        (group,) = json.loads(rules.inputs["data"])["groups"]
        assert {rule["alert"]: rule["expr"] for rule in group["rules"]} == {
            each.name: each.expression for each in alerts_for(AcceleratorName.H100)
        }
        (topic,) = of(run, "aws:sns/topic:Topic")
        assert topic.inputs["kmsMasterKeyId"] == workspace.inputs["kmsKeyArn"]
        (let_in,) = policy(of(run, "aws:sns/topicPolicy:TopicPolicy")[0])
        assert let_in["Principal"] == {"Service": "aps.amazonaws.com"}
        assert set(let_in["Action"]) == {"sns:Publish", "sns:GetTopicAttributes"}
        assert let_in["Condition"]["ArnEquals"] == {"aws:SourceArn": workspace.outputs["arn"]}
        mails = of(run, "aws:sns/topicSubscription:TopicSubscription")
        assert {(row.inputs["protocol"], row.inputs["endpoint"]) for row in mails} == {
            ("email", "oncall@example.com"),
            ("email", "platform@example.com"),
        }
        (alerts,) = of(run, "aws:amp/alertManagerDefinition:AlertManagerDefinition")
        assert topic.id in json.loads(alerts.inputs["definition"])["alertmanager_config"]


def test_metrics_without_anybody_to_tell_make_no_topic(tmp_path: Path) -> None:
    with dry_run(tmp_path, wish(monitoring={"metrics": "managed"})) as run:
        assert len(of(run, "aws:amp/scraper:Scraper")) == 1
        assert not [row for row in run.resources if row.type.startswith("aws:sns/") or "alertManager" in row.type]


def test_neuron_devices_are_told_of_by_aws_own_exporter(tmp_path: Path) -> None:
    """Neuron documentation, "Neuron Monitor DaemonSet": port 8000, and a container that may read the devices."""
    machine = next(row for row in rows(CloudName.AWS) if row.name == "trn2.48xlarge")
    asked = request(CloudName.AWS, machine, Purchase.ON_DEMAND)
    data = asked.blueprint.model_dump(by_alias=True, exclude_unset=True)
    data["spec"]["monitoring"] = WATCHED
    with dry_run(tmp_path, replace(asked, blueprint=type(asked.blueprint).model_validate(data, strict=False))) as run:
        (exporter,) = of(run, "kubernetes:apps/v1:DaemonSet")
        (collector,) = of(run, "aws:amp/scraper:Scraper")
        assert "neuron-monitor;8000|" in collector.inputs["scrapeConfiguration"]
        pod = exporter.inputs["spec"]["template"]
        assert pod["metadata"]["labels"] == {"app.kubernetes.io/name": "neuron-monitor"}
        assert pod["spec"]["tolerations"] == [
            {"key": "aws.amazon.com/neuron", "operator": "Exists", "effect": "NoSchedule"}
        ]
        (container,) = pod["spec"]["containers"]
        assert container["ports"] == [{"name": "metrics", "containerPort": 8000}]
        # The exporter is the one object that may reach into its node, and every control holds else.
        seen = [Resource(row.type, row.name, row.inputs) for row in run.resources]
        assert [str(each) for each in violations(seen, terms_of(asked.blueprint)) if exporter.name in str(each)] == []


@pytest.mark.parametrize(
    ("type", "path", "value", "said"),
    [
        ("aws:eks/cluster:Cluster", "vpcConfig.endpointPrivateAccess", False, "must include private access"),
        ("aws:amp/scraper:Scraper", "source.eks.subnetIds[1]", ..., "at least two Availability Zones"),
        ("aws:amp/ruleGroupNamespace:RuleGroupNamespace", "data", "groups: [{rules: [{alert: A}]}]", "has an expr"),
        ("aws:sns/topicPolicy:TopicPolicy", "policy", '{"Statement": [{"Resource": "*"}]}', "to a single resource"),
        (
            "aws:amp/alertManagerDefinition:AlertManagerDefinition",
            "definition",
            "alertmanager_config: 'route: {receiver: a}'",
            "not among the receivers",
        ),
    ],
)
def test_what_aws_refuses_of_a_watched_cluster(tmp_path: Path, type: str, path: str, value: Any, said: str) -> None:
    def edit(made: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - an `Edit`
        return changed(inputs, path, value) if made == type else inputs

    with dry_run(tmp_path, wish(monitoring=WATCHED), edit) as run:
        assert said in " ".join(refusal.text for refusal in run.refusals)


@pytest.mark.parametrize("blueprint", [TRAINING, INFERENCE])
def test_every_wish_at_once_is_refused_nowhere_and_found_by_what_was_asked_for(tmp_path: Path, blueprint: str) -> None:
    """Tagged, listed by the inventory, and adopted where its maker died: what a cluster with everything consists of."""
    named = "arn:aws:secretsmanager:us-east-1:123456789012:secret:hub-AbCdEf"
    everything = wish(
        blueprint,
        network={"endpoints": "private", "space": "10.64.0.0/10"},
        registry="private",
        encryption="own",
        monitoring=WATCHED,
        admins={"aws": ["arn:aws:iam::123456789012:role/oncall"]},
        secrets={"aws": [named]},
    )
    with dry_run(tmp_path, everything, before=with_key) as run:
        assert run.refusals == []
        rows = [row for row in run.resources if row.type.startswith("aws:")]
        lost = [Lost(row.urn, row.type, row.name, row.inputs) for row in rows]
        tagged = run.clouds["aws"].invoke(TAGGED, {"tagFilters": []}, {"region": run.region})
        found = by_template(adoption.BY_NAME, lost)
        found |= {row.urn: id for row in lost if (id := adoption.route_id(row)) is not None}
        listed: set[str] = set()
        for row in tagged["resourceTagMappingLists"]:
            found |= adoption.by_tag(row["resourceArn"], row["tags"].get("Name", ""), lost)
            listed.add(row["resourceArn"])
        unnamed = {"aws:ec2/routeTableAssociation:RouteTableAssociation"}
        # SNS answers with the subscription that is there when it is asked for again.
        unnamed |= {"aws:sns/topicSubscription:TopicSubscription"}
        wanted = {row.urn: row.id for row in rows if row.type not in unnamed}
        assert found == wanted
        arns = [row.outputs["arn"] for row in rows if row.inputs.get("tags") and "arn" in row.outputs]
        assert {each for each in arns if ":iam:" not in each} <= listed


def test_all_of_it_goes_before_what_it_stands_on(tmp_path: Path) -> None:
    """EC2 API reference, DeleteSubnet: interfaces of endpoints and of the collector are in the subnets."""
    wanted = wish(network={"endpoints": "private"}, registry="private", monitoring=WATCHED)
    with dry_run(tmp_path, wanted) as run:
        subnet = of(run, "aws:ec2/subnet:Subnet", "cluster-0")[0]
        (group,) = of(run, "aws:ec2/securityGroup:SecurityGroup", "callers")
        for row in (subnet, group):
            with pytest.raises(Refused, match=r"has (dependencies|a dependent object)"):
                run.delete(row.type, row.id)
        first = ("aws:amp/", "aws:sns/", "aws:ecr/")
        for row in [row for row in run.resources if row.type.startswith(first)]:
            run.delete(row.type, row.id)
        for type in ORDER:
            for row in [row for row in run.resources if row.type == type]:
                run.delete(type, row.id)
        assert [row.token for row in run.store.resources("aws") if row.token in ORDER] == []
