"""What a stack's history tells of whether it stands."""

import pytest

from wayfare.stacks.engine.state import History, Past

UP, FAILED_UP, DESTROY, REFRESH = (
    Past("update", well=True),
    Past("update", well=False),
    Past("destroy", well=True),
    Past("refresh", well=True),
)


@pytest.mark.parametrize(
    ("entries", "is_up", "stands", "ended_well"),
    [
        ((), False, False, True),
        ((UP,), True, True, True),
        ((FAILED_UP,), False, False, False),
        ((FAILED_UP, UP), False, True, False),
        ((REFRESH, UP), False, True, True),
        ((DESTROY, UP), False, False, True),
        ((UP, DESTROY, UP), True, True, True),
    ],
)
def test_the_last_operation_comes_first(entries: tuple[Past, ...], is_up: bool, stands: bool, ended_well: bool) -> None:
    history = History(entries)
    assert (history.is_up, history.stands, history.ended_well) == (is_up, stands, ended_well)
