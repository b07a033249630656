"""What each cloud makes of a trust: names that hold, one reader, one bucket, and nothing where no right would help."""

import json
from dataclasses import replace

import pytest

from wayfare.blueprints import CloudName
from wayfare.components.aws import trust_plan as aws
from wayfare.components.azure import trust_plan as azure
from wayfare.components.contract import NotFeasible
from wayfare.components.gcp import trust_plan as gcp
from wayfare.components.trusting import TOKEN, TrustRequest

#: The longest that there is: a cluster's name of 24 characters, a day, two numbers.
NAME = "a-name-of-24-characters--20261129-4f2a-9c1d"
SUBJECT = "system:serviceaccount:workload:workload"
ISSUER = "https://oidc.eks.us-east-1.amazonaws.com/id/ABC"

BUCKETS = {
    CloudName.AWS: "s3://llm-123456789012-us-east-1",
    CloudName.AZURE: "https://llm1a2b.blob.core.windows.net/checkpoints",
    CloudName.GCP: "gs://project-llm-1a2b",
}
PLANS = {CloudName.AWS: aws.trust_plan, CloudName.AZURE: azure.trust_plan, CloudName.GCP: gcp.trust_plan}


def asked(source: CloudName, reader: CloudName, **changes: object) -> TrustRequest:
    """A request as a move makes it."""
    made = TrustRequest(
        name=NAME,
        cluster="llm",
        bucket=BUCKETS[source],
        region="somewhere",
        reader=reader,
        reader_region="elsewhere",
        issuer=ISSUER,
        subject=SUBJECT,
        identity="arn:aws:iam::123456789012:role/wayfare/us-west-2/llm/llm-1a2b-workload",
    )
    return replace(made, **changes)  # pyright: ignore[reportArgumentType] - a test's own


@pytest.mark.parametrize("source", CloudName)
@pytest.mark.parametrize("reader", CloudName)
def test_a_bucket_that_answers_inside_alone_is_not_opened(source: CloudName, reader: CloudName) -> None:
    with pytest.raises(NotFeasible, match="no right lets pods of another cluster in"):
        PLANS[source](asked(source, reader, inside_only=True))


def test_aws_names_the_bucket_and_the_key_and_lets_nothing_be_written() -> None:
    plan = aws.trust_plan(asked(CloudName.AWS, CloudName.GCP, own_key=True))
    assert plan.federation is not None
    assert len(plan.federation.role) <= 64
    assert plan.federation.roles_path == "/wayfare/somewhere/llm/trust/"
    read, objects, decrypt = json.loads(aws.read_alone(plan.bucket, "arn:key", plan.region))["Statement"]
    assert (read["Resource"], objects["Resource"]) == (
        "arn:aws:s3:::llm-123456789012-us-east-1",
        "arn:aws:s3:::llm-123456789012-us-east-1/*",
    )
    assert objects["Action"] == ["s3:GetObject"]
    assert decrypt["Resource"] == "arn:key"
    assert decrypt["Condition"] == {"StringEquals": {"kms:ViaService": "s3.somewhere.amazonaws.com"}}
    assert len(json.loads(aws.read_alone(plan.bucket, None, plan.region))["Statement"]) == 2


def test_aws_compares_issuer_subject_and_audience_as_they_are() -> None:
    plan = aws.trust_plan(asked(CloudName.AWS, CloudName.AZURE, issuer="https://eastus.oic.prod-aks.azure.com/t/c/"))
    assert plan.federation is not None
    (statement,) = json.loads(aws.assumed_by("arn:provider", plan.federation))["Statement"]
    assert statement["Principal"] == {"Federated": "arn:provider"}
    assert statement["Condition"] == {
        "StringEquals": {
            "eastus.oic.prod-aks.azure.com/t/c/:aud": "sts.amazonaws.com",
            "eastus.oic.prod-aks.azure.com/t/c/:sub": SUBJECT,
        }
    }


def test_on_aws_itself_the_pods_role_gets_the_right() -> None:
    plan = aws.trust_plan(asked(CloudName.AWS, CloudName.AWS))
    assert plan.federation is None
    assert plan.role == "llm-1a2b-workload"


def test_azure_names_the_container_alone() -> None:
    plan = azure.trust_plan(asked(CloudName.AZURE, CloudName.AWS))
    assert isinstance(plan.reader, azure.FederationPlan)
    assert len(plan.reader.group) <= 90
    assert len(plan.reader.name) <= 128
    assert plan.scope("s").endswith(
        "-data/providers/Microsoft.Storage/storageAccounts/llm1a2b/blobServices/default/containers/checkpoints"
    )
    own = azure.trust_plan(asked(CloudName.AZURE, CloudName.AZURE))
    assert isinstance(own.reader, azure.ReaderPlan)
    assert own.reader.name == f"{own.reader.group}-workload"
    assert own.reader.group != plan.group.removesuffix("-data"), "the reader's region is another"


def test_google_takes_a_pool_of_its_own_for_every_trust() -> None:
    plan = gcp.trust_plan(asked(CloudName.GCP, CloudName.AWS))
    again = gcp.trust_plan(asked(CloudName.GCP, CloudName.AWS, name=f"{NAME[:-1]}e"))
    assert plan.federation is not None
    assert again.federation is not None
    assert plan.federation.pool != again.federation.pool
    assert plan.federation.audience != again.federation.audience
    assert 4 <= len(plan.federation.pool) <= 32
    assert not plan.federation.pool.startswith("gcp-")
    assert len(plan.federation.title) <= 32
    assert plan.federation.condition == f'assertion.sub == "{SUBJECT}"'
    assert gcp.trust_of(plan.federation.description) == NAME
    assert gcp.trust_of("somebody's own") is None


def test_googles_credential_holds_nothing_secret() -> None:
    said = json.loads(gcp.credential("projects/1/locations/global/workloadIdentityPools/p/providers/reader"))
    assert said["audience"] == (
        "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/reader"
    )
    assert said["credential_source"]["file"] == TOKEN
    assert "service_account_impersonation_url" not in said
