"""What Azure does not delete while something depends on it, in a cluster as the components make it."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.dry_run import DryRun, dry_run
from tests.golden.cases import INFERENCE, request
from wayfare.blueprints import CloudName
from wayfare.sandbox.behaviour import Refused
from wayfare.sandbox.checks import Subject


@contextmanager
def cluster(directory: Path) -> Generator[DryRun]:
    """A cluster whose accelerators can be reserved."""
    with dry_run(directory, request(CloudName.AZURE, INFERENCE)) as run:
        assert run.refusals == []
        yield run


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Generator[DryRun]:
    """One that no test takes anything away from."""
    with cluster(tmp_path_factory.mktemp("standing")) as run:
        yield run


@pytest.fixture
def falling(tmp_path: Path) -> Generator[DryRun]:
    """One for each test."""
    with cluster(tmp_path) as run:
        yield run


def made(run: DryRun, type: str) -> tuple[str, str]:
    """Type and id of the only resource of a type that was made."""
    (found,) = ((token, id) for token, id in run.made if token.endswith(f":{type}"))
    return found


@pytest.mark.parametrize(
    ("type", "said"),
    [
        ("Subnet", "InUseSubnetCannotBeDeleted"),
        ("VirtualNetwork", "InUseSubnetCannotBeDeleted"),
        ("NatGateway", "is still configured on 1 subnets"),
        ("PublicIPAddress", "PublicIPAddressCannotBeDeleted"),
        ("CapacityReservation", "associated virtual machines"),
        ("CapacityReservationGroup", "member capacity reservations"),
    ],
)
def test_what_is_still_needed_is_not_deleted(standing: DryRun, type: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        standing.delete(*made(standing, type))


def test_a_subnet_is_in_use_by_the_system_pool_alone_too(falling: DryRun) -> None:
    falling.delete(*made(falling, "AgentPool"))
    with pytest.raises(Refused, match="/agentPools/system"):
        falling.delete(*made(falling, "Subnet"))


def test_the_engines_order_deletes_everything(falling: DryRun) -> None:
    own = [(token, id) for token, id in falling.made if token.startswith("azure-native:")]
    assert len(own) > 15
    for token, id in reversed(own):
        falling.delete(token, id)
    cloud = falling.clouds["azure-native"]
    assert [id for token, id in own if cloud.find(Subject(token, "", "", {}), id, {})] == []


def test_azure_deletes_identities_and_accounts_that_are_in_use(falling: DryRun) -> None:
    """Microsoft, "Manage user-assigned managed identities", "Recover a deleted storage account": nothing is asked."""
    for token, id in falling.made:
        if token.endswith((":UserAssignedIdentity", ":StorageAccount")):
            falling.delete(token, id)
