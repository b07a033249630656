"""What goes into a comment fits there, hides credentials, and mentions and breaks nothing."""

from wayfare.blueprints import CloudName
from wayfare.stacks.changes import Difference, Effect
from wayfare.stacks.cli.markdown import LONGEST, bounded, drifts
from wayfare.stacks.project import StackName

STACK = StackName("llm", CloudName.GCP, "us-east4")


def test_what_is_too_long_ends_at_a_line_and_says_so() -> None:
    text = "```text\n" + "a line of words\n" * 5000 + "```\n"
    cut = bounded(text)
    assert len(cut) < 65_536
    assert cut[:LONGEST].startswith("```text\na line of words\n")
    assert cut.count("```") == 2, "what was open is closed"
    assert "more characters do not fit here" in cut
    assert bounded("short\n") == "short\n"


def test_credentials_are_hidden() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJwbGFudGVkIjoidG9rZW4ifQ.cGxhbnRlZA"  # noqa: S105 - planted
    assert token not in bounded(f"Authorization: Bearer {token}")


def test_a_drift_names_its_stacks_and_what_changed() -> None:
    assert "No cluster stands." in drifts({})
    quiet = drifts({STACK: ()})
    assert "llm.gcp-us-east4: the cloud holds what the state records" in quiet
    told = drifts({STACK: (Difference("accelerator pool: 20 → 16 nodes ``` @somebody", Effect.IN_PLACE, ()),)})
    assert "accelerator pool: 20 → 16 nodes ''' @somebody" in told
    assert told.count("```") == 2, "nobody's words end the block that they stand in"
