"""Mistakes that Azure would notice."""

from tests.contract.planted import Mistake
from wayfare.blueprints import CloudName

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        title="a pool's name of more than twelve characters",
        cloud=CloudName.AZURE,
        type="AgentPool",
        edits={"agentPoolName": "acceleratorpool"},
        path="agentPoolName",
        said="does not match",
    ),
)
