"""How the process in place of a training's pods names checkpoints, and which it takes for whole."""

import pytest

from wayfare.sandbox.training.contract import Broken, Contract, Whole

FORMS = [
    (Contract("step-*/DONE", r"step-(\d+)/"), "step-1200/DONE", "step-1200/"),
    (Contract("step-*.done", r"step-(\d+)"), "step-1200.done", "step-1200"),
    (Contract("run/epoch_*/meta/_SUCCESS", r"epoch_([0-9]+)"), "run/epoch_1200/meta/_SUCCESS", "run/epoch_1200/"),
    (Contract("global_step*/latest", r"global_step(\d{8})"), "global_step00001200/latest", "global_step00001200/"),
    (Contract("ckpt-*", r"ckpt-(\d+)$"), "ckpt-1200", "ckpt-1200"),
    (Contract("step-*/*", r"step-(\d+)/"), "step-1200/1200", "step-1200/"),
]


@pytest.mark.parametrize(("contract", "marker", "prefix"), FORMS)
def test_a_step_has_a_name_from_which_it_is_read_again(contract: Contract, marker: str, prefix: str) -> None:
    made = contract.at(1200)
    assert made == Whole(1200, marker, prefix)
    assert contract.newest([marker, contract.at(7).marker]) == made


@pytest.mark.parametrize("contract", [contract for contract, _, _ in FORMS])
def test_what_a_checkpoint_consists_of_marks_none(contract: Contract) -> None:
    made = contract.at(12)
    objects = contract.objects(made)
    assert len(set(objects)) == 3
    assert contract.newest(objects) is None
    for name in objects:
        assert name.startswith(made.prefix)
        # An object of step 12 is none of step 1.
        assert not name[len(made.prefix) :].startswith(tuple("0123456789"))


@pytest.mark.parametrize(
    "name",
    [
        "step-7/part/DONE",
        "other/step-7/DONE",
        "step-7/DONE.tmp",
        "step-x/DONE",
        "step-7",
        "",
        "step-1234567890123456789/DONE",
    ],
)
def test_other_names_mark_nothing(name: str) -> None:
    assert Contract("step-*/DONE", r"step-(\d+)/").newest([name]) is None


def test_a_star_stands_for_no_dot_at_the_beginning() -> None:
    contract = Contract("*-7/DONE", r"(\d+)/")
    assert contract.newest([".step-7/DONE"]) is None
    assert contract.newest(["step-7/DONE"]) == Whole(7, "step-7/DONE", "step-7/")


def test_steps_are_numbers_and_not_texts() -> None:
    contract = Contract("step-*/DONE", r"step-(\d+)/")
    names = [f"step-{step}/DONE" for step in ("9", "10", "0008")]
    newest = contract.newest(names)
    assert newest is not None
    assert newest.step == 10


@pytest.mark.parametrize(
    "contract",
    [
        Contract("../*/DONE", r"(\d+)/"),
        Contract("/step-*", r"step-(\d+)"),
        Contract("step-*/DONE", r"(\d+"),
        Contract("step-*/DONE", r"epoch-(\d+)"),
    ],
)
def test_what_no_checkpoint_can_be_written_by_is_refused(contract: Contract) -> None:
    with pytest.raises(Broken):
        contract.at(1)
