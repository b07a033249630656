"""`wayfare doctor` on a sandbox: all is well, and then an account does not answer."""

from tests.engine.rehearsal import Rehearsal

SMALL = "blueprints/serve-small.yaml"


def test_each_finding_has_a_line_that_mends_it(rehearsal: Rehearsal) -> None:
    rehearsal.sandbox.start()
    well = rehearsal.wayfare("doctor", SMALL, "--sandbox", "-o", "json").data["findings"]
    assert {each["health"] for each in well} == {"well"}
    assert {"engine", "rclone", "state backend", "aws account", "azure account", "gcp account"} <= {
        each["about"] for each in well
    }
    asked = "gcp:compute/getZones:getZones"
    rehearsal.sandbox.fail("gcp", asked, operation="invoke", kind="expired-credentials", times=9)
    told = rehearsal.wayfare("doctor", "--cloud", "gcp", "--sandbox", expect=1)
    assert "ILL  gcp account" in told.out
    assert "mend it: gcloud auth application-default login" in told.out
