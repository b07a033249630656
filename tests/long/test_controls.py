"""A control that the engine holds a program to, and an exception that lets it pass."""

from tests.engine.rehearsal import Rehearsal
from tests.engine.test_controls import ADDED, SMALL, excepting, programmed

#: The same, once the engine knows what the cluster's blueprint excepts.
AFTER = (
    ADDED.replace("\nrun()", "\ncluster = run()")
    .replace("    location=", "    opts=pulumi.ResourceOptions(depends_on=[cluster]),\n    location=")
    .replace("import pulumi_gcp", "import pulumi\nimport pulumi_gcp")
)


def test_the_engine_refuses_what_a_program_adds_unless_the_blueprint_excepts_the_control(rehearsal: Rehearsal) -> None:
    programmed(rehearsal, ADDED)
    done = rehearsal.wayfare("up", SMALL, "--sandbox", "--yes", "--cloud", "gcp", expect=4)
    assert "control gcp-bucket-public-access" in done.out
    assert "trying gcp/us-central1/us-central1-a" in done.err
    assert done.err.count("trying ") == 1
    made = {row["name"] for row in rehearsal.sandbox.inventory()["resources"]}
    assert not {name for name in made if "own" in name}

    programmed(rehearsal, AFTER)
    excepting(rehearsal.project.root / SMALL, "gcp-bucket-public-access")
    done = rehearsal.wayfare("up", SMALL, "--sandbox", "--yes", "--cloud", "gcp")
    reason = "the bucket is for the public on purpose"
    assert "excepted: control gcp-bucket-public-access" in done.err
    assert reason in done.err
    # The program sees the cluster alone, and says that of it.
    idle = "warning: the exception of gcp-bucket-public-access excepts nothing: all of the cluster's own fulfils"
    assert done.err.count(idle) == 1
    planned = rehearsal.wayfare("plan", SMALL, "--sandbox", "-o", "json").data["exceptions"]
    assert [(row["control"], row["reason"]) for row in planned] == [("gcp-bucket-public-access", reason)]
