"""The program under plain `pulumi` on the clouds that `tests/engine` leaves out."""

import pytest

from tests.engine.by_hand import AZURE, GCP, Place, live
from tests.engine.rehearsal import Rehearsal


@pytest.mark.parametrize("place", [AZURE, GCP], ids=lambda place: place.cloud)
def test_a_cluster_comes_up_stays_as_it_is_and_goes(rehearsal: Rehearsal, place: Place) -> None:
    live(rehearsal, place)
