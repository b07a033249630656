"""What may happen in the life of a cluster, and to a command while it runs; and how Hypothesis draws it."""

import signal
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.kills.killing import Victim
from wayfare.blueprints import CloudName

#: A region of each cloud, and the machine types that suit the blueprint there.
PLACES = {
    CloudName.AWS: ("us-east-1", ("us-east-1a", "us-east-1b"), ("g6.xlarge", "g4dn.xlarge")),
    CloudName.AZURE: ("westeurope", ("1", "2"), ("Standard_NV36ads_A10_v5", "Standard_NC4as_T4_v3")),
    CloudName.GCP: ("us-central1", ("us-central1-a", "us-central1-b"), ("g2-standard-4",)),
}

#: What may go wrong with: early, in the middle and late in a cluster's making, and what takes machines.
TOKENS = {
    CloudName.AWS: (
        *("aws:ec2/capacityReservation:CapacityReservation", "aws:ec2/vpc:Vpc", "aws:iam/role:Role"),
        *("aws:ec2/natGateway:NatGateway", "aws:s3/bucket:Bucket", "aws:eks/cluster:Cluster"),
        *("aws:eks/nodeGroup:NodeGroup", "aws:eks/podIdentityAssociation:PodIdentityAssociation"),
    ),
    CloudName.AZURE: (
        *("azure-native:resources:ResourceGroup", "azure-native:compute:CapacityReservation"),
        *("azure-native:network:VirtualNetwork", "azure-native:authorization:RoleAssignment"),
        *("azure-native:storage:StorageAccount", "azure-native:containerservice:ManagedCluster"),
        *("azure-native:containerservice:AgentPool", "azure-native:managedidentity:FederatedIdentityCredential"),
    ),
    CloudName.GCP: (
        *("gcp:compute/reservation:Reservation", "gcp:compute/network:Network", "gcp:serviceaccount/account:Account"),
        *("gcp:compute/routerNat:RouterNat", "gcp:storage/bucket:Bucket", "gcp:container/cluster:Cluster"),
        *("gcp:container/nodePool:NodePool", "gcp:projects/iAMMember:IAMMember"),
    ),
}
KINDS = ("throttled", "server-error", "expired-credentials")


@dataclass(frozen=True)
class Fault:
    """What is to go wrong in a cloud."""

    cloud: CloudName
    token: str
    operation: str
    kind: str | None
    """None: the provider dies."""
    after: int
    times: int


@dataclass(frozen=True)
class Strike:
    """Who gets which signal, and after how many of the command's events."""

    victim: Victim
    number: signal.Signals
    events: int


@dataclass(frozen=True)
class Rival:
    """A second operator, who comes after so many of the command's events."""

    command: str
    events: int


@dataclass(frozen=True)
class Wanted:
    """Another blueprint."""

    nodes: int
    label: str


@dataclass(frozen=True)
class Room:
    """A cloud runs short, or has room again: in one of two zones, or in all of the region."""

    cloud: CloudName
    zone: int | None
    nodes: int


@dataclass(frozen=True)
class Vanished:
    """Somebody deletes a resource by hand: the one so far down the inventory."""

    share: float


@st.composite
def faults(draw: st.DrawFn) -> Fault:
    """A fault that some call may meet."""
    cloud = draw(st.sampled_from(CloudName))
    return Fault(
        cloud,
        draw(st.sampled_from(TOKENS[cloud])),
        draw(st.sampled_from(("create", "create", "create", "delete", "read", "update"))),
        draw(st.sampled_from((*KINDS, None))),
        draw(st.integers(0, 1)),
        draw(st.integers(1, 2)),
    )


moments = st.integers(1, 45)
clouds = st.sampled_from(CloudName)
commands = st.sampled_from(("up", "up", "destroy"))
disturbances = st.one_of(
    st.none(),
    faults(),
    st.builds(Strike, st.sampled_from(Victim), st.just(signal.SIGKILL), moments),
    st.builds(Strike, st.just(Victim.TOOL), st.just(signal.SIGINT), moments),
    st.builds(Rival, commands, moments),
)
happenings = st.one_of(
    st.none(),
    st.builds(Wanted, st.integers(1, 3), st.sampled_from(("serving", "research"))),
    st.builds(Room, clouds, st.sampled_from((None, 0, 1)), st.sampled_from((0, 1, 64))),
    st.builds(Vanished, st.floats(0, 0.99)),
)
