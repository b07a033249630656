"""Mistakes that AWS would notice."""

from tests.contract.planted import Mistake
from wayfare.blueprints import CloudName

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        title="a misspelt property",
        cloud=CloudName.AWS,
        type="NodeGroup",
        name="accelerator-nodes",
        edits={"amiType": ..., "amiTyp": "AL2023_x86_64_NVIDIA"},
        path="amiTyp",
        said="unknown property 'amiTyp'; did you mean 'amiType'?",
    ),
)
