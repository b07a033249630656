"""What a stack's history tells of whether it stands."""

import pytest

from wayfare.stacks.engine.state import History, Past, with_full_ones_deletable

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


def bucket(urn: str, *, flag: bool | None) -> dict[str, object]:
    inputs = {} if flag is None else {"forceDestroy": flag}
    return {"urn": urn, "type": "aws:s3/bucket:Bucket", "inputs": inputs, "outputs": {**inputs, "arn": "a"}}


def test_a_bucket_that_may_go_full_is_marked_so_and_no_other() -> None:
    deployment = {"resources": [bucket("one", flag=False), bucket("two", flag=False), {"urn": "stack"}]}
    changed = with_full_ones_deletable(deployment, {"one"})
    assert changed == {"resources": [bucket("one", flag=True), bucket("two", flag=False), {"urn": "stack"}]}
    assert changed is not None
    assert with_full_ones_deletable(changed, {"one"}) is None


@pytest.mark.parametrize("flag", [True, None])
def test_nothing_is_written_where_nothing_changes(flag: bool | None) -> None:
    assert with_full_ones_deletable({"resources": [bucket("one", flag=flag)]}, {"one"}) is None
