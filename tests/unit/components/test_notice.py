"""How a training's grace compares with the notice of spot nodes."""

from datetime import timedelta

import pytest

from wayfare.blueprints import Checkpoint, CloudName
from wayfare.components.notice import NOTICE, caution


def contract(seconds: int) -> Checkpoint:
    return Checkpoint(complete="step-*/DONE", step=r"step-(\d+)/", grace=timedelta(seconds=seconds))


@pytest.mark.parametrize("cloud", CloudName)
def test_a_grace_within_the_notice_is_no_matter_and_a_longer_one_is_told_with_both(cloud: CloudName) -> None:
    notice = int(NOTICE[cloud].total_seconds())
    assert caution(cloud, contract(notice)) is None
    said = caution(cloud, contract(notice + 1))
    assert said is not None
    assert f"a spot node of {cloud} leaves its pods {notice} seconds, not the {notice + 1}" in said
