"""What a project gets once, for all clusters: services, keys, a bucket for state. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from wayfare.components.gcp.plan_platform import KeyPlan

#: Google recommends 90 days ("Key rotation", Cloud KMS). Older versions stay, and open what they closed.
ROTATION = timedelta(days=90)

#: What clusters call, and what calls for them (each product's "Before you begin").
SERVICES = (
    "artifactregistry.googleapis.com",
    "cloudasset.googleapis.com",
    "cloudkms.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "compute.googleapis.com",
    "container.googleapis.com",
    "containerscanning.googleapis.com",
    "dns.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "lustre.googleapis.com",
    "monitoring.googleapis.com",
    "secretmanager.googleapis.com",
    "servicedirectory.googleapis.com",
    "servicenetworking.googleapis.com",
    "storage.googleapis.com",
    "sts.googleapis.com",
)

#: By what is encrypted, the domain of the service agent that uses the key for it ("Service agents", IAM). The agent of
#: Cloud Storage is asked of Cloud Storage, which makes it then.
AGENTS: Mapping[str, str] = {
    "disks": "compute-system.iam.gserviceaccount.com",
    "kubernetes": "container-engine-robot.iam.gserviceaccount.com",
    "images": "gcp-sa-artifactregistry.iam.gserviceaccount.com",
    "lustre": "gcp-sa-lustre.iam.gserviceaccount.com",
}

#: Services whose agent does not exist before it is asked for.
ASKED_FOR = ("artifactregistry.googleapis.com", "container.googleapis.com", "lustre.googleapis.com")


@dataclass(frozen=True)
class StatePlan:
    """The bucket for stacks' state. `suffix` follows the project's id, which makes the name unique in the world."""

    suffix: str
    location: str


@dataclass(frozen=True)
class BootstrapPlan:
    """All that a project gets once."""

    services: tuple[str, ...]
    asked_for: tuple[str, ...]
    agents: Mapping[str, str]
    keys: tuple[KeyPlan, ...]
    rotation_seconds: int
    state: StatePlan
    operator_role: str
    """Id of a role of the project's own: whoever operates clusters with private endpoints has it."""
    operator_permissions: tuple[str, ...]
    labels: Mapping[str, str]


def bootstrap_plan(regions: Sequence[str]) -> BootstrapPlan:
    """What the provider's project gets for clusters in these regions; state is first kept in the first.

    Raises ValueError without a region.
    """
    if not regions:
        raise ValueError("name at least one region: keys are regional, and the bucket for state is in the first")
    return BootstrapPlan(
        services=SERVICES,
        asked_for=ASKED_FOR,
        agents=AGENTS,
        keys=tuple(KeyPlan(region) for region in dict.fromkeys(regions)),
        rotation_seconds=int(ROTATION.total_seconds()),
        state=StatePlan(suffix="wayfare-state", location=regions[0].upper()),
        operator_role="wayfareBucketOperator",
        # Reads, changes and deletes the bucket itself from outside of the networks that it is open to, and none of its
        # objects (Cloud Storage, "Bypass bucket IP filtering rules"). No predefined role has it.
        operator_permissions=("storage.buckets.exemptFromIpFilter",),
        labels={"wayfare-bootstrap": "true"},
    )
