"""Pods of a cluster on any cloud read a bucket on any other, and nobody else does, for as long as the trust stands."""

from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.dry_run import changed
from tests.contract.trusting import ELSEWHERE, Clusters, Stand, clusters
from tests.golden.cases import INFERENCE, PLACEMENTS
from wayfare.blueprints import CloudName
from wayfare.components.clouds import cloud
from wayfare.components.contract import NotFeasible
from wayfare.sandbox.behaviour import Properties, Refused

SOURCES: list[Stand] = [(name, PLACEMENTS[name, INFERENCE][0]) for name in CloudName]
READERS: list[Stand] = [(name, ELSEWHERE[name]) for name in CloudName]
PAIRS = [(source, reader) for source in SOURCES for reader in READERS]
NAMES = [f"{source[0]}-{reader[0]}" for source, reader in PAIRS]
ACROSS = [(source, reader) for source, reader in PAIRS if source[0] is not reader[0]]
ACROSS_NAMES = [f"{source[0]}-{reader[0]}" for source, reader in ACROSS]


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Generator[Clusters]:
    """Two clusters on each cloud."""
    with clusters(tmp_path_factory.mktemp("trusts")) as made:
        yield made


@pytest.mark.parametrize(("source", "reader"), PAIRS, ids=NAMES)
def test_the_readers_pods_read_while_the_trust_stands(everywhere: Clusters, source: Stand, reader: Stand) -> None:
    wanted = everywhere.wanted(source, reader)
    with everywhere.trust(wanted, source) as told:
        assert everywhere.run.refusals == []
        everywhere.reads(told, source, reader)
        before = told
    with pytest.raises(Refused):
        everywhere.reads(before, source, reader)


@pytest.mark.parametrize(("source", "reader"), ACROSS, ids=ACROSS_NAMES)
def test_nobody_else_does(everywhere: Clusters, source: Stand, reader: Stand) -> None:
    other = next(stand for stand in (*SOURCES, *READERS) if stand not in (source, reader))
    with everywhere.trust(everywhere.wanted(source, reader), source) as told:
        for changes in (
            {"subject": "system:serviceaccount:workload:other"},
            {"subject": "system:serviceaccount:other:workload"},
            {"audience": "https://kubernetes.default.svc"},
            {"issuer": everywhere.outputs[other]["issuer"]},
        ):
            with pytest.raises(Refused):
                everywhere.reads(told, source, reader, **changes)


AWS, AZURE, GCP = SOURCES
ISSUER, ROLE = "aws:iam/openIdConnectProvider:OpenIdConnectProvider", "aws:iam/role:Role"
POOL = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"
PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
GRANT = "gcp:storage/bucketIAMMember:BucketIAMMember"
FEDERATION = "azure-native:managedidentity:FederatedIdentityCredential"
RIGHTS = "azure-native:authorization:RoleAssignment"

#: The source, the type, the property and its wrong value; the path that is refused, and how.
MISTAKES: list[tuple[Stand, str, str, object, str, str]] = [
    (AWS, ISSUER, "url", "http://issuer.example", "url", "must begin with https://"),
    (AWS, ISSUER, "url", "https://issuer.example:8443/x", "url", "hold neither a port"),
    (AWS, ISSUER, "url", "https://oidc.eks.us-east-1.amazonaws.com/id/NONE", "", "OpenIdIdpCommunicationError"),
    (AWS, ISSUER, "clientIdLists", [], "clientIdLists", "expected 1 to 100 items"),
    (AWS, ISSUER, "thumbprintLists", ["short"], "thumbprintLists[0]", "40"),
    (AWS, ROLE, "name", "x" * 65, "name", "64"),
    (GCP, POOL, "workloadIdentityPoolId", "gcp-mine", "workloadIdentityPoolId", 'can not start with "gcp-"'),
    (GCP, POOL, "workloadIdentityPoolId", "x" * 33, "workloadIdentityPoolId", "doesn't match regexp"),
    (GCP, POOL, "displayName", "x" * 33, "displayName", "32"),
    (GCP, PROVIDER, "attributeMapping", {"attribute.sub": "assertion.sub"}, "attributeMapping", "google.subject"),
    (GCP, PROVIDER, "attributeCondition", "true", "attributeCondition", "must reference one of"),
    (GCP, PROVIDER, "oidc.issuerUri", "http://issuer.example", "oidc.issuerUri", "HTTPS"),
    (GCP, PROVIDER, "oidc.allowedAudiences", ["a"] * 11, "oidc.allowedAudiences", "at most 10"),
    (GCP, PROVIDER, "workloadIdentityPoolId", "another-pool", "", "Requested entity was not found"),
    (
        GCP,
        GRANT,
        "member",
        "principal://iam.googleapis.com/projects/408214973355/locations/global/workloadIdentityPools/nowhere/subject/x",
        "",
        "Identity Pool does not exist (nowhere)",
    ),
    (AZURE, FEDERATION, "audiences", ["a", "b"], "audiences", "exactly one audience"),
    (AZURE, FEDERATION, "issuer", "http://issuer.example", "issuer", "must be an https address"),
    (AZURE, RIGHTS, "scope", "/subscriptions/s/resourceGroups/none/providers/x", "", "could not be found"),
]


@pytest.mark.parametrize(
    ("source", "type", "path", "value", "at", "said"),
    MISTAKES,
    ids=[f"{row[1].rpartition(':')[2]}-{row[2]}-{number}" for number, row in enumerate(MISTAKES)],
)
def test_a_mistake_is_refused_where_it_is(
    everywhere: Clusters, source: Stand, type: str, path: str, value: object, at: str, said: str
) -> None:
    planted: list[str] = []

    def edit(made: str, name: str, inputs: Properties) -> Properties:
        if made != type:
            return inputs
        planted.append(name)
        return changed(inputs, path, value)

    reader = READERS[(SOURCES.index(source) + 1) % len(READERS)]
    with everywhere.trust(everywhere.wanted(source, reader), source, edit):
        assert planted
        first = everywhere.run.refusals[0]
        assert (first.type, first.path) == (type, at)
        assert said in first.text


def test_an_account_has_one_provider_of_an_issuer(everywhere: Clusters) -> None:
    wanted = everywhere.wanted(AWS, READERS[1])
    with everywhere.trust(wanted, AWS):
        everywhere.run.edit = lambda _type, _name, inputs: inputs
        with pytest.raises(Refused, match=r"EntityAlreadyExists.*already exists"):
            everywhere.run.make(ISSUER, "theirs", {"url": wanted.issuer, "clientIdLists": ["other"]})


def test_the_id_of_a_deleted_pool_is_not_free_for_a_month(everywhere: Clusters) -> None:
    run = everywhere.run
    wanted = {"workloadIdentityPoolId": "used-before"}
    run.delete(POOL, run.make(POOL, "pool", wanted))
    with pytest.raises(Refused, match="Requested entity already exists"):
        run.make(POOL, "pool", wanted)
    with run.clock.call():
        run.clock.wait(timedelta(days=31).total_seconds())
    run.delete(POOL, run.make(POOL, "pool", wanted))


def test_a_trust_made_anew_has_another_name(everywhere: Clusters) -> None:
    """What a move does for objects that come late: the same trust again, a minute after it was taken back."""
    wanted = everywhere.wanted(GCP, READERS[0])
    for name in ("again-01", "again-02"):
        with everywhere.trust(replace(wanted, name=name), GCP) as told:
            assert everywhere.run.refusals == []
            everywhere.reads(told, GCP, READERS[0])
    with everywhere.trust(replace(wanted, name="again-01"), GCP):
        assert "Requested entity already exists" in everywhere.run.refusals[0].text


@pytest.mark.parametrize("source", SOURCES, ids=lambda stand: stand[0])
def test_a_bucket_that_answers_inside_alone_is_not_opened(everywhere: Clusters, source: Stand) -> None:
    with pytest.raises(NotFeasible, match="no right lets pods"):
        cloud(source[0]).trust(everywhere.wanted(source, READERS[0], inside_only=True))


#: What an inventory shows of a trust, in the cloud's own words.
SHOWN = {
    AWS: {"iam:oidc-provider", "iam:role"},
    AZURE: {
        "microsoft.resources/subscriptions/resourcegroups",
        "microsoft.managedidentity/userassignedidentities",
    },
    GCP: {"iam.googleapis.com/WorkloadIdentityPool", "iam.googleapis.com/WorkloadIdentityPoolProvider"},
}


@pytest.mark.parametrize("source", SOURCES, ids=lambda stand: stand[0])
def test_what_is_left_of_a_trust_is_left_of_its_source(everywhere: Clusters, source: Stand) -> None:
    reader = READERS[(SOURCES.index(source) + 1) % len(READERS)]
    wanted = everywhere.wanted(source, reader)
    without = everywhere.inventory(source)
    with everywhere.trust(wanted, source):
        shown = everywhere.inventory(source)
        assert {each.kind for each in shown if each.trust == wanted.name} == SHOWN[source]
        assert [each for each in shown if each.trust is None] == without
        elsewhere = everywhere.inventory((source[0], ELSEWHERE[source[0]]))
        assert {each.trust for each in elsewhere} == {None}, "a cluster elsewhere has nothing to do with it"
    assert everywhere.inventory(source) == without
