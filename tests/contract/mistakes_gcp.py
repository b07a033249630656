"""Mistakes that Google Cloud would notice."""

from tests.contract.planted import Mistake
from wayfare.blueprints import CloudName

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        title="a pool of a fixed size that is a number in a text",
        cloud=CloudName.GCP,
        type="NodePool",
        name="accelerator-pool",
        edits={"nodeCount": "16"},
        path="nodeCount",
        said="expected a whole number, got a string",
    ),
)
