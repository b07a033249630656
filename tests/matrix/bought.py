"""What a person has bought before any cluster: reservations, made by a program of theirs that Wayfare never sees."""

from pathlib import Path

from tests.engine.rehearsal import Rehearsal
from wayfare.blueprints import CloudName

_SETTINGS = {
    CloudName.AWS: {"aws:region": "us-east-1"},
    CloudName.AZURE: {"azure-native:location": "eastus"},
    CloudName.GCP: {"gcp:region": "us-central1"},
}

_PROGRAMS = {
    CloudName.AWS: """
import pulumi, pulumi_aws as aws
made = aws.ec2.CapacityReservation("ours", instance_type="{machine}", instance_platform="Linux/UNIX",
    availability_zone="{zone}", instance_count={nodes}, instance_match_criteria="targeted", end_date_type="unlimited")
pulumi.export("id", made.id)
""",
    CloudName.AZURE: """
import pulumi, pulumi_azure_native as azure
group = azure.resources.ResourceGroup("ours", resource_group_name="ours", location="{region}")
reserved = azure.compute.CapacityReservationGroup("ours", capacity_reservation_group_name="ours",
    resource_group_name=group.name, location="{region}", zones=["{zone}"])
azure.compute.CapacityReservation("ours", capacity_reservation_name="ours",
    capacity_reservation_group_name=reserved.name, resource_group_name=group.name, location="{region}",
    sku={{"name": "{machine}", "capacity": {nodes}}}, zones=["{zone}"])
pulumi.export("id", reserved.id)
""",
    CloudName.GCP: """
import pulumi, pulumi_gcp as gcp
gcp.compute.Reservation("ours", name="ours", zone="{zone}", specific_reservation_required=True,
    specific_reservation={{"count": {nodes}, "instance_properties": {properties}}})
pulumi.export("id", "ours")
""",
}

_BLOCK = """
import pulumi, pulumi_aws as aws
made = aws.ec2.CapacityBlockReservation("ours", capacity_block_offering_id="cb-0123456789abcdefg",
    instance_platform="Linux/UNIX")
pulumi.export("id", made.id)
"""


_NO_INFINIBAND = """
import pulumi, pulumi_azure_native as azure
made = azure.features.SubscriptionFeatureRegistration("off", provider_namespace="Microsoft.ContainerService",
    feature_name="AKSInfinibandSupport", properties={"state": "Unregistered"})
pulumi.export("id", made.id)
"""


def without_infiniband(rehearsal: Rehearsal) -> None:
    """Take the subscription's feature for InfiniBand away, which excludes machines of NVLink domains."""
    _run(rehearsal, CloudName.AZURE, _NO_INFINIBAND)


def buy(
    rehearsal: Rehearsal,
    cloud: CloudName,
    machine: str,
    region: str,
    zone: str,
    nodes: int,
    *,
    properties: str = "",
) -> str:
    """Reserve machines, and give the reservation's id. `properties`: what GCP's reservation says of each machine."""
    text = _PROGRAMS[cloud].format(
        machine=machine,
        region=region,
        zone=zone,
        nodes=nodes,
        properties=properties or f'{{"machine_type": "{machine}"}}',
    )
    return _run(rehearsal, cloud, text)


def _run(rehearsal: Rehearsal, cloud: CloudName, text: str) -> str:
    folder: Path = rehearsal.directory / "bought"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: bought\nruntime: python\n", encoding="utf-8")
    (folder / "__main__.py").write_text(text, encoding="utf-8")
    rehearsal.pulumi("stack", "init", "bought", "--cwd", str(folder))
    for key, value in _SETTINGS[cloud].items():
        rehearsal.pulumi("config", "set", key, value, "--stack", "bought", "--cwd", str(folder))
    rehearsal.pulumi("up", "--yes", "--skip-preview", "--stack", "bought", "--cwd", str(folder))
    return str(rehearsal.pulumi("stack", "output", "id", "--stack", "bought", "--cwd", str(folder)).out.strip())
