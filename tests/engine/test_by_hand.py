"""The program under plain `pulumi`. That it does on Azure and GCP what it does on AWS, `tests/long` shows."""

from collections.abc import Mapping

from tests.engine.by_hand import AWS, live
from tests.engine.rehearsal import Rehearsal


def test_a_cluster_comes_up_stays_as_it_is_and_goes(rehearsal: Rehearsal) -> None:
    live(rehearsal, AWS)


#: What is wrong, the edit of the stack's settings that makes it so, and what the person must read.
MISTAKES = (
    (
        "a region that is not the placement's",
        ("aws:region: us-east-1", "aws:region: us-west-2"),
        "aws:region is us-west-2, but the placement is in us-east-1; set it with: pulumi config set aws:region us-",
    ),
    (
        "a machine type that the blueprint does not want",
        ("machineType: p5.48xlarge", "machineType: g6.xlarge"),
        "blueprints/pretrain-h100-16.yaml: g6.xlarge (1 x L4) fulfils none of its alternatives: 8 x H100, 8 x H200",
    ),
    (
        "a placement without its zone",
        ("    zone: us-east-1a\n", ""),
        "wayfare:placement.zone: Field required; set it with: pulumi config set --path wayfare:placement.zone VALUE",
    ),
    (
        "a stack of the clouds in a shell of the sandbox",
        ("wayfare:mode: sandbox", "wayfare:mode: cloud"),
        f"stack {AWS.stack} belongs to the cloud, but this shell works on the sandbox",
    ),
)


def test_a_mistake_is_one_clear_error_before_anything_is_declared(rehearsal: Rehearsal) -> None:
    rehearsal.configure(AWS.stack, AWS.configuration)
    settings = rehearsal.project.settings_file(AWS.stack)
    right = settings.read_text(encoding="utf-8")
    for mistake, (there, instead), sentence in MISTAKES:
        assert there in right, mistake
        settings.write_text(right.replace(there, instead), encoding="utf-8")
        assert_refused(rehearsal, sentence, rehearsal.sandbox_shell)
    settings.write_text(right, encoding="utf-8")

    shell_of_the_clouds = {key: value for key, value in rehearsal.sandbox_shell.items() if key != "WAYFARE_SANDBOX"}
    sentence = f"stack {AWS.stack} belongs to the sandbox, but this shell works on the cloud"
    assert_refused(rehearsal, sentence, shell_of_the_clouds)

    blueprint = rehearsal.project.root / "blueprints" / "pretrain-h100-16.yaml"
    blueprint.write_text(blueprint.read_text(encoding="utf-8").replace("kind: Tr", "kind: Dr", 1), encoding="utf-8")
    assert_refused(rehearsal, "pretrain-h100-16.yaml:6:7: ", rehearsal.sandbox_shell)
    assert [row["type"] for row in rehearsal.resources(AWS.stack)] == ["pulumi:pulumi:Stack"]


def assert_refused(rehearsal: Rehearsal, sentence: str, shell: Mapping[str, str]) -> None:
    """`pulumi up` fails with the sentence, said once and without a traceback, and nothing was asked of the cloud."""
    done = rehearsal.pulumi("up", "--yes", "--skip-preview", expect=None, shell=shell)
    _, found, diagnostics = done.out.partition("Diagnostics:")
    assert found, done.out + done.err
    assert diagnostics.count(sentence) == 1, diagnostics
    assert "Traceback" not in done.out + done.err
    assert rehearsal.sandbox.events() == []
