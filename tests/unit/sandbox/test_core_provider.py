"""The provider protocol, called over loopback as the engine calls it."""

import json
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from wayfare.blueprints import CloudName
from wayfare.sandbox.behaviour import UNKNOWN, Behaviour, Call, Made, Nodes, Refused, ResourceRules
from wayfare.sandbox.clouds.kubernetes import BEHAVIOUR as KUBERNETES
from wayfare.sandbox.scenario import CapacityRow
from wayfare.sandbox.server import Server, make_server
from wayfare.sandbox.wire import from_struct, plain, secret, to_struct

CLUSTER, POOL, VPC = "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup", "aws:ec2/vpc:Vpc"
NAMESPACE, CONFIG_MAP = "kubernetes:core/v1:Namespace", "kubernetes:core/v1:ConfigMap"
SECRET_VERSION = "aws:secretsmanager/secretVersion:SecretVersion"  # noqa: S105 - a type
POOL_INPUTS: dict[str, Any] = {
    "clusterName": "c",
    "nodeRoleArn": "r",
    "subnetIds": ["s"],
    "instanceTypes": ["p5.48xlarge"],
    "scalingConfig": {"desiredSize": 2, "minSize": 0, "maxSize": 2},
}


def make_cluster(call: Call) -> Made:
    id = str(call.inputs["name"])
    if call.store.row(call.token, id):
        raise Refused(f"ResourceInUseException: Cluster already exists with name: {id}")
    return Made(id, {**call.inputs, "endpoint": f"https://{id}.eks.test", "status": "ACTIVE", "arn": f"arn:{id}"})


def pool_nodes(call: Call) -> Nodes:
    count = call.inputs["scalingConfig"]["desiredSize"]
    return Nodes("us-east-1a", call.inputs["instanceTypes"][0], "on-demand", count, reserves=False)


def unpopular(call: Call) -> list[tuple[str, str]]:
    return [("cidrBlock", "is not wanted")] if not str(call.inputs.get("cidrBlock")).startswith("10.") else []


AWS = Behaviour(
    package="aws",
    autonames=True,
    healthy_status="ACTIVE",
    rules={
        CLUSTER: ResourceRules(seconds=600, create=make_cluster, replace_on=frozenset({"name", "roleArn"})),
        POOL: ResourceRules(seconds=120, nodes=pool_nodes, half_made=True),
        VPC: ResourceRules(check=unpopular, replace_on=frozenset({"cidrBlock"})),
    },
    invokes={"aws:index/getRegion:getRegion": lambda _, configuration, __: {"name": configuration["region"]}},
    stockout=lambda nodes, region: f"InsufficientInstanceCapacity: {nodes.count} in {region}",
    over_quota=lambda nodes, region, family, limit, wanted: f"VcpuLimitExceeded: {family} {limit} < {wanted}",  # noqa: ARG005
    account={"accountId": "123456789012"},
)


class Engine:
    """One provider instance's connection."""

    def __init__(self, server: Server, package: str, configuration: Mapping[str, Any]) -> None:
        # Channels to the same address share a connection unless told otherwise; the engine's do not.
        options = [("grpc.use_local_subchannel_pool", 1)]
        self.channel = grpc.insecure_channel(f"127.0.0.1:{server.ports[package]}", options)
        self.stub: Any = provider_pb2_grpc.ResourceProviderStub(self.channel)
        self.stub.Configure(provider_pb2.ConfigureRequest(args=to_struct(configuration)))

    @staticmethod
    def urn(token: str, name: str) -> str:
        return f"urn:pulumi:dev::proj::wayfare:aws:Network${token}::{name}"

    def check(self, token: str, name: str, news: dict[str, Any], olds: dict[str, Any] | None = None) -> Any:
        request = provider_pb2.CheckRequest(
            urn=self.urn(token, name), olds=to_struct(olds or {}), news=to_struct(news), randomSeed=b"seed"
        )
        return self.stub.Check(request)

    def create(self, token: str, name: str, inputs: dict[str, Any], *, preview: bool = False) -> tuple[str, Any]:
        request = provider_pb2.CreateRequest(urn=self.urn(token, name), properties=to_struct(inputs), preview=preview)
        response = self.stub.Create(request)
        return response.id, from_struct(response.properties)

    def read(self, token: str, name: str, id: str, inputs: dict[str, Any] | None = None) -> tuple[str, Any, Any]:
        request = provider_pb2.ReadRequest(urn=self.urn(token, name), id=id, inputs=to_struct(inputs or {}))
        response = self.stub.Read(request)
        return response.id, from_struct(response.properties), from_struct(response.inputs)

    def diff(
        self, token: str, name: str, old: dict[str, Any], new: dict[str, Any], ignore: tuple[str, ...] = ()
    ) -> Any:
        request = provider_pb2.DiffRequest(
            urn=self.urn(token, name), id="x", old_inputs=to_struct(old), news=to_struct(new), ignoreChanges=ignore
        )
        return self.stub.Diff(request)

    def update(
        self, token: str, name: str, id: str, old: dict[str, Any], new: dict[str, Any], *, preview: bool = False
    ) -> Any:
        request = provider_pb2.UpdateRequest(
            urn=self.urn(token, name),
            id=id,
            old_inputs=to_struct(old),
            olds=to_struct(old),
            news=to_struct(new),
            preview=preview,
        )
        return from_struct(self.stub.Update(request).properties)

    def delete(self, token: str, name: str, id: str) -> None:
        self.stub.Delete(provider_pb2.DeleteRequest(urn=self.urn(token, name), id=id))

    def cluster(self, name: str) -> dict[str, Any]:
        inputs = {"name": name, "roleArn": "r", "vpcConfig": {"subnetIds": ["s"]}}
        return self.create(CLUSTER, name, inputs)[1]


def kubeconfig(server: str) -> str:
    return json.dumps(
        {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": server}}],
        }
    )


def detail_of(error: Any) -> Any:
    (data,) = [value for key, value in error.trailing_metadata() if key == "grpc-status-details-bin"]
    status, detail = status_pb2.Status(), provider_pb2.ErrorResourceInitFailed()
    status.ParseFromString(data)
    assert status.details[0].Unpack(detail)
    return detail


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("schemas")


@pytest.fixture
def server(tmp_path: Path, cache: Path) -> Generator[Server]:
    running = make_server(tmp_path, {"aws": AWS, "kubernetes": KUBERNETES}, catalog={}, quiet=0.0, cache=cache)
    running.listen({})
    yield running
    running.close()


@pytest.fixture
def aws(server: Server) -> Generator[Engine]:
    engine = Engine(server, "aws", {"region": "us-east-1", "defaultTags": '{"tags":{"owner":"me"}}'})
    yield engine
    engine.channel.close()


def test_a_name_is_given_and_kept(aws: Engine) -> None:
    inputs = {"roleArn": "r", "vpcConfig": {"subnetIds": ["s"]}}
    name = from_struct(aws.check(CLUSTER, "c", inputs).inputs)["name"]
    assert name.startswith("c-")
    again = aws.check(CLUSTER, "c", inputs, {**inputs, "name": "c-old"})
    assert from_struct(again.inputs)["name"] == "c-old"


def test_check_tells_schema_and_rules_apart_from_what_is_unknown(aws: Engine) -> None:
    assert [failure.property for failure in aws.check(VPC, "v", {"cidrBlok": "10.0.0.0/16"}).failures] == ["cidrBlok"]
    assert [failure.reason for failure in aws.check(VPC, "v", {"cidrBlock": "192.168.0.0/16"}).failures] == [
        "is not wanted"
    ]
    assert not aws.check(VPC, "v", {"cidrBlock": UNKNOWN}).failures
    with pytest.raises(grpc.RpcError, match="unknown resource type 'aws:ec2/vpc:Vcp'; did you mean 'aws:ec2/vpc:Vpc'"):
        aws.check("aws:ec2/vpc:Vcp", "v", {})


def test_a_secret_stays_secret_and_the_store_tells_the_value_back(aws: Engine) -> None:
    inputs = {"secretId": "x", "secretString": secret("hush"), "tags": {}}
    inputs.pop("tags")
    assert from_struct(aws.check(SECRET_VERSION, "s", inputs).inputs)["secretString"] == secret("hush")
    id, outputs = aws.create(SECRET_VERSION, "s", inputs)
    assert outputs["secretString"] == secret("hush")
    _, outputs, read = aws.read(SECRET_VERSION, "s", id, inputs)
    assert outputs["secretString"] == read["secretString"] == secret("hush")


def test_a_preview_creates_nothing_and_knows_nothing_of_outputs(server: Server, aws: Engine) -> None:
    inputs = {"name": "c", "roleArn": "r", "vpcConfig": {"subnetIds": ["s"]}}
    id, outputs = aws.create(CLUSTER, "c", inputs, preview=True)
    assert id == ""
    assert (outputs["name"], outputs["endpoint"], outputs["arn"]) == ("c", UNKNOWN, UNKNOWN)
    assert server.store.resources() == []


def test_a_create_takes_virtual_time_and_carries_the_providers_tags(server: Server, aws: Engine) -> None:
    aws.create(CLUSTER, "c", {"name": "c", "roleArn": "r", "vpcConfig": {}, "tags": {"wayfare-cluster": "t"}})
    assert server.clock.elapsed == 600
    (row,) = server.store.resources()
    assert (row.region, row.tags) == ("us-east-1", {"owner": "me", "wayfare-cluster": "t"})
    assert server.store.meta("elapsed") == "600.0"


def test_a_refusal_is_the_clouds_text_and_leaves_nothing(server: Server, aws: Engine) -> None:
    aws.cluster("c")
    with pytest.raises(grpc.RpcError, match="ResourceInUseException: Cluster already exists with name: c"):
        aws.cluster("c")
    assert len(server.store.resources()) == 1
    assert [event["kind"] for event in server.store.events()] == ["create", "created", "refused"]


def test_a_half_made_pool_stays_and_the_next_update_heals_it(server: Server, aws: Engine) -> None:
    capacity = CapacityRow(cloud=CloudName.AWS, region="us-east-1", machine_type="p5.48xlarge", nodes=1)
    server.control.answer("POST", "/capacity", capacity.model_dump(mode="json", by_alias=True))
    with pytest.raises(grpc.RpcError) as failure:
        aws.create(POOL, "p", POOL_INPUTS)
    detail = detail_of(failure.value)
    assert list(detail.reasons) == ["InsufficientInstanceCapacity: 2 in us-east-1"]
    assert from_struct(detail.properties)["status"] == "CREATE_FAILED"
    assert server.clock.elapsed == 120, "the shortage shows only after the pool was tried"
    with pytest.raises(grpc.RpcError) as unhealthy:
        aws.read(POOL, "p", detail.id, POOL_INPUTS)
    assert plain(from_struct(detail_of(unhealthy.value).inputs)) == POOL_INPUTS
    with pytest.raises(grpc.RpcError):
        aws.update(POOL, "p", detail.id, POOL_INPUTS, POOL_INPUTS)
    server.control.answer("POST", "/capacity", {**capacity.model_dump(mode="json", by_alias=True), "nodes": 2})
    assert aws.update(POOL, "p", detail.id, POOL_INPUTS, POOL_INPUTS)["clusterName"] == "c"
    (row,) = server.store.resources()
    assert (row.failed, row.nodes) == (False, Nodes("us-east-1a", "p5.48xlarge", "on-demand", 2, reserves=False))
    grown = {**POOL_INPUTS, "scalingConfig": {"desiredSize": 3, "minSize": 0, "maxSize": 3}}
    with pytest.raises(grpc.RpcError, match="InsufficientInstanceCapacity"):
        aws.update(POOL, "p", detail.id, POOL_INPUTS, grown)
    assert server.store.resources()[0].inputs == POOL_INPUTS


def test_faults_come_before_anything_else_and_end(server: Server, aws: Engine) -> None:
    server.control.answer("POST", "/fault", {"cloud": "aws", "token": VPC, "message": "VpcLimitExceeded"})
    with pytest.raises(grpc.RpcError, match="VpcLimitExceeded"):
        aws.create(VPC, "v", {"cidrBlock": "10.0.0.0/16"})
    assert aws.create(VPC, "v", {"cidrBlock": "10.0.0.0/16"})[0]


def test_read_tells_drift_in_inputs_too_and_what_is_gone(server: Server, aws: Engine) -> None:
    inputs = {"cidrBlock": "10.0.0.0/16", "tags": {"a": "1"}}
    id, _ = aws.create(VPC, "v", inputs)
    drift = {"package": "aws", "token": VPC, "id": id, "property": "tags", "value": {"a": "2"}}
    server.control.answer("POST", "/drift", drift)
    _, outputs, read = aws.read(VPC, "v", id, inputs)
    assert (outputs["tags"], read) == ({"a": "2"}, {"cidrBlock": "10.0.0.0/16", "tags": {"a": "2"}})
    assert aws.read(VPC, "v", id)[2]["cidrBlock"] == "10.0.0.0/16", "an import asks without inputs"
    aws.delete(VPC, "v", id)
    assert aws.read(VPC, "v", id, inputs)[0] == ""
    aws.delete(VPC, "v", id)


def test_differences_have_paths_and_say_what_replaces(aws: Engine) -> None:
    old = {"cidrBlock": "10.0.0.0/16", "tags": {"a": "1", "b/c": "2"}}
    new = {"cidrBlock": "10.1.0.0/16", "tags": {"a": "1", "d": "3"}}
    found = aws.diff(VPC, "v", old, new)
    kinds = {path: provider_pb2.PropertyDiff.Kind.Name(entry.kind) for path, entry in found.detailedDiff.items()}
    assert kinds == {"cidrBlock": "UPDATE_REPLACE", "tags.b/c": "DELETE", "tags.d": "ADD"}
    assert list(found.replaces) == ["cidrBlock"]
    same = aws.diff(VPC, "v", old, {**new, "cidrBlock": old["cidrBlock"]}, ignore=("tags",))
    assert same.changes == provider_pb2.DiffResponse.DIFF_NONE
    secretive = aws.diff(VPC, "v", old, {**old, "cidrBlock": secret("10.0.0.0/16")})
    assert secretive.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_an_update_keeps_what_the_cloud_added_itself(aws: Engine) -> None:
    inputs = {"cidrBlock": "10.0.0.0/16", "tags": {"a": "1"}}
    id, made = aws.create(VPC, "v", inputs)
    new = {**inputs, "tags": {"b": "2"}}
    previewed = aws.update(VPC, "v", id, inputs, {**inputs, "tags": UNKNOWN}, preview=True)
    assert previewed["tags"] == UNKNOWN
    outputs = aws.update(VPC, "v", id, inputs, new)
    assert (outputs["tags"], outputs["arn"]) == ({"b": "2"}, made["arn"])
    assert outputs["tagsAll"] == {"owner": "me", "b": "2"}


def test_provider_instances_are_told_apart(server: Server, aws: Engine) -> None:
    other = Engine(server, "aws", {"region": "eu-west-1"})
    regions = [
        from_struct(
            getattr(engine.stub.Invoke(provider_pb2.InvokeRequest(tok="aws:index/getRegion:getRegion")), "return")
        )
        for engine in (aws, other)
    ]
    assert regions == [{"name": "us-east-1"}, {"name": "eu-west-1"}]
    with pytest.raises(grpc.RpcError, match="does not answer the function 'aws:index/getSun:getSun'"):
        other.stub.Invoke(provider_pb2.InvokeRequest(tok="aws:index/getSun:getSun"))
    other.channel.close()


def test_cancel_lets_a_waiting_create_end(tmp_path: Path, cache: Path) -> None:
    running = make_server(tmp_path, {"aws": AWS}, catalog={}, quiet=3600.0, cache=cache)
    running.listen({})
    engine = Engine(running, "aws", {"region": "us-east-1"})
    inputs = to_struct({"name": "c", "roleArn": "r", "vpcConfig": {}})
    creating = engine.stub.Create.future(provider_pb2.CreateRequest(urn=engine.urn(CLUSTER, "c"), properties=inputs))
    assert running.clock.await_waits(1, timeout=10)
    engine.stub.Cancel(empty_pb2.Empty())
    assert creating.result(timeout=10).id == "c"
    assert running.clock.elapsed == 0
    engine.channel.close()
    running.close()


def test_kubernetes_objects_live_and_die_with_their_cluster(server: Server, aws: Engine) -> None:
    engines = [Engine(server, "kubernetes", {"kubeconfig": kubeconfig(aws.cluster(name)["endpoint"])}) for name in "ab"]
    for engine in engines:
        assert engine.create(NAMESPACE, "ns", {"metadata": {"name": "work"}})[0] == "work"
        inputs = {"kind": "ConfigMap", "metadata": {"name": "cm", "namespace": "work"}, "data": {"a": "b"}}
        id, outputs = engine.create(CONFIG_MAP, "cm", inputs)
        assert id == "work/cm"
        assert {"uid", "resourceVersion", "creationTimestamp"} <= outputs["metadata"].keys()
        with pytest.raises(grpc.RpcError, match=r'AlreadyExists: configmaps "cm" already exists'):
            engine.create(CONFIG_MAP, "again", inputs)
    engines[0].delete(NAMESPACE, "ns", "work")
    assert [row.region for row in server.store.resources("kubernetes")] == ["aws/us-east-1/b"] * 2
    aws.delete(CLUSTER, "b", "b")
    assert server.store.resources("kubernetes") == []
    with pytest.raises(grpc.RpcError, match=r"configured Kubernetes cluster is unreachable.*no such host"):
        engines[1].create(NAMESPACE, "ns", {"metadata": {"name": "work"}})
    for engine in engines:
        engine.channel.close()


def test_kubernetes_names_what_has_none_and_asks_for_namespaces_and_definitions(server: Server, aws: Engine) -> None:
    engine = Engine(server, "kubernetes", {"kubeconfig": kubeconfig(aws.cluster("a")["endpoint"])})
    inputs = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}}
    checked = from_struct(engine.check(CONFIG_MAP, "cm", inputs).inputs)
    assert checked["metadata"]["name"].startswith("cm-")
    later = from_struct(engine.check(CONFIG_MAP, "cm", inputs, {**checked, "metadata": checked["metadata"]}).inputs)
    assert later == checked
    with pytest.raises(grpc.RpcError, match='namespaces "nowhere" not found'):
        engine.create(CONFIG_MAP, "cm", {**inputs, "metadata": {"name": "x", "namespace": "nowhere"}})
    queue = "kubernetes:kueue.x-k8s.io/v1beta1:ClusterQueue"
    with pytest.raises(grpc.RpcError, match=r'no matches for kind "ClusterQueue" in version "kueue\.x-k8s'):
        engine.create(queue, "q", {"metadata": {"name": "q"}})
    engine.create("kubernetes:helm.sh/v3:Release", "kueue", {"chart": "kueue", "name": "kueue"})
    assert engine.create(queue, "q", {"metadata": {"name": "q"}, "spec": {"x": 1}})[0] == "q"
    engine.channel.close()


def test_another_cluster_replaces_the_kubernetes_provider(server: Server) -> None:
    engine = Engine(server, "kubernetes", {})
    old, new = ({"kubeconfig": kubeconfig(f"https://{name}.test")} for name in "ab")
    same = {"kubeconfig": kubeconfig("https://a.test:443/")}
    replaced = [
        list(engine.stub.DiffConfig(provider_pb2.DiffRequest(old_inputs=to_struct(old), news=to_struct(news))).replaces)
        for news in (new, same)
    ]
    assert replaced == [["kubeconfig"], []]
    engine.channel.close()
