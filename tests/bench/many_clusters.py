"""The program of the large stack: so many clusters of one blueprint, under names of their own, in one stack."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pulumi

from wayfare.blueprints import CloudName, Purchase
from wayfare.components.cluster import Cluster
from wayfare.components.contract import Holding
from wayfare.stacks.program import request_for
from wayfare.stacks.project import Project, StackSettings

SETTINGS = StackSettings(
    blueprint="blueprints/serve-small.yaml",
    cloud=CloudName.AWS,
    region="us-east-1",
    zone="us-east-1a",
    machine_type="g6.xlarge",
    purchase=Purchase.ON_DEMAND,
    capacity=Holding.HELD,
    mode="sandbox",
)

request = request_for(SETTINGS, Project.locate(Path.cwd()).root, datetime.now(UTC))
blueprint = request.blueprint
for number in range(pulumi.Config("wayfare").require_int("clusters")):
    metadata = blueprint.metadata.model_copy(update={"name": f"many-{number}"})
    Cluster(replace(request, blueprint=blueprint.model_copy(update={"metadata": metadata})))
