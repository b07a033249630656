"""What a move has brought along, and where it lies."""

from hypothesis import given
from hypothesis import strategies as st

from wayfare.blueprints import Checkpoint
from wayfare.blueprints.checkpoints import complete
from wayfare.components.along import DATA, Along, prefix


@given(st.lists(st.sampled_from(["*", "step-*", "*.done", "a*", "w*"]), min_size=1, max_size=5))
def test_no_contract_takes_data_for_a_checkpoint(parts: list[str]) -> None:
    contract = Checkpoint.model_validate({"complete": "/".join(parts), "step": r"(\d+)"})
    names = [f"{prefix('s3://corpus')}/{'/'.join(['1200'] * deep)}" for deep in range(1, 5)]
    assert complete([*names, f"{DATA}/1200", f"{DATA}/step-1200/DONE"], contract) == []


def test_a_data_set_lies_where_its_source_says_and_a_slash_makes_no_difference() -> None:
    assert prefix("s3://corpus/v7/") == prefix("s3://corpus/v7") != prefix("s3://corpus/v8")
    assert prefix("s3://corpus/v7").startswith(f"{DATA}/")


def test_what_two_moves_have_brought_is_kept_and_the_later_image_counts() -> None:
    first = Along({"a:1": "one/a@sha256:1", "b:1": "one/b@sha256:2"}, ("s3://corpus",))
    both = first.with_(Along({"a:1": "two/a@sha256:1"}, ("gs://more", "s3://corpus")))
    assert both.image("a:1") == "two/a@sha256:1"
    assert both.image("b:1") == "one/b@sha256:2"
    assert both.image("c:1") == "c:1"
    assert both.data == ("s3://corpus", "gs://more")
