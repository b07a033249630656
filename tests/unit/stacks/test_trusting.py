"""A trust's settings, and what its stack is called."""

import pytest

from wayfare.blueprints import CloudName
from wayfare.components.trusting import Trusted
from wayfare.stacks.moving.order import new_id
from wayfare.stacks.project import StackName, StackSettingsInvalid
from wayfare.stacks.trusting import PROJECT_NAME, TrustSettings, TrustStack, exported

SETTINGS = TrustSettings(
    mode="sandbox",
    cluster="llm",
    cloud=CloudName.AWS,
    region="us-east-1",
    bucket="s3://llm",
    own_key=True,
    reader=CloudName.GCP,
    reader_region="us-east4",
    issuer="https://container.googleapis.com/v1/projects/p/locations/us-east4/clusters/llm",
    identity="principalSet://iam.googleapis.com/x",
    name="llm-20261129-4f2a-9c1d",
)


def test_what_is_configured_is_read_back() -> None:
    said = {key.removeprefix(f"{PROJECT_NAME}:"): value for key, value in SETTINGS.as_configuration().items()}
    assert said["ownKey"] == "true"
    assert TrustSettings.read(said) == SETTINGS
    assert SETTINGS.request.subject == "system:serviceaccount:workload:workload"


def test_what_is_missing_or_unknown_is_named() -> None:
    with pytest.raises(StackSettingsInvalid, match="wayfare-trust:issuer: Field required"):
        TrustSettings.read({**SETTINGS.model_dump(by_alias=True), "issuer": None})
    with pytest.raises(StackSettingsInvalid, match="wayfare-trust:reader: Input should be"):
        TrustSettings.read({**SETTINGS.model_dump(by_alias=True), "reader": "elsewhere"})


@pytest.mark.parametrize("sandbox", [True, False])
def test_its_stack_is_never_taken_for_a_clusters(sandbox: bool) -> None:
    stack = TrustStack(new_id("llm"), "llm", CloudName.AWS, "us-east-1", sandbox=sandbox)
    assert StackName.parse(str(stack)) is None
    assert str(stack).endswith(".sandbox") is sandbox


def test_all_that_the_container_is_told_is_exported() -> None:
    assert exported(Trusted({"A": "x"}, {"f": "y"}, "aud", {"profile": "p"})) == {
        "environment": {"A": "x"},
        "files": {"f": "y"},
        "audience": "aud",
        "settings": {"profile": "p"},
    }
