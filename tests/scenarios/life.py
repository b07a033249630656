"""The life of a cluster in which anything may happen: a state machine that Hypothesis drives through the engine."""

import logging
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.engine.rehearsal import ANY, Rehearsal
from tests.kills.killing import Victim, struck
from wayfare.blueprints import CloudName
from wayfare.stacks.cli.exits import Exit

LOG = logging.getLogger(__name__)

BLUEPRINT, CLUSTER = "blueprints/serve-small.yaml", "serve-small"
EMPTY: dict[str, list[Any]] = {"resources": [], "kubernetes": []}

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

#: How often a command is called, once nothing goes wrong any more, before it must have succeeded: each call may be told
#: of an engine that still ends.
_CALLS = 3


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


@st.composite
def faults(draw: st.DrawFn) -> Fault:
    """A fault that some call may meet."""
    cloud = draw(st.sampled_from(CloudName))
    return Fault(
        cloud,
        draw(st.sampled_from(TOKENS[cloud])),
        draw(st.sampled_from(("create", "delete", "read", "update"))),
        draw(st.sampled_from((*KINDS, None))),
        draw(st.integers(0, 1)),
        draw(st.integers(1, 2)),
    )


def strikes() -> st.SearchStrategy[Strike]:
    """A SIGKILL of anybody, or a person's Ctrl-C."""
    moments = st.integers(1, 45)
    return st.one_of(
        st.builds(Strike, st.sampled_from(Victim), st.just(signal.SIGKILL), moments),
        st.builds(Strike, st.just(Victim.TOOL), st.just(signal.SIGINT), moments),
    )


disturbances = st.one_of(st.none(), faults(), strikes())
clouds = st.sampled_from(CloudName)
places = st.sampled_from((*CloudName, None))


def _at(cloud: CloudName | None) -> tuple[str, ...]:
    """Arguments of `up` for one place, or for wherever there is room."""
    return () if cloud is None else ("--cloud", cloud, "--region", PLACES[cloud][0])


class Life(RuleBasedStateMachine):
    """One cluster, the three clouds that it may be on, and whoever works on it."""

    def __init__(self, directory: Path) -> None:
        """`directory`: where this life may write."""
        super().__init__()
        self._open = ExitStack()
        place = Path(tempfile.mkdtemp(dir=directory))
        self._made: Callable[[], Rehearsal] = lambda: self._open.enter_context(Rehearsal.running(place))
        self._well = True
        self._tampered = False
        """Whether something was taken away behind the engine's back."""

    @initialize(number=st.integers(0, 2**32))
    def begin(self, number: int) -> None:
        """Start the clouds; not for Hypothesis's simplest life, which would be the same for every seed."""
        assume(number)
        self.rehearsal = self._made()
        self.sandbox = self.rehearsal.sandbox
        self.blueprint = self.rehearsal.project.root / BLUEPRINT
        self.text = self.blueprint.read_text(encoding="utf-8")

    @rule(cloud=places, disturbance=disturbances)
    def up(self, cloud: CloudName | None, disturbance: Fault | Strike | None) -> None:
        """Bring the cluster up, or to its blueprint."""
        self._call(("up", BLUEPRINT, "--sandbox", "--yes", *_at(cloud)), disturbance)

    @rule(disturbance=disturbances)
    def destroy(self, disturbance: Fault | Strike | None) -> None:
        """Destroy it."""
        self._call(("destroy", CLUSTER, "--sandbox", "--yes", "--delete-data"), disturbance)

    @rule(nodes=st.integers(1, 3), label=st.sampled_from(("serving", "research")))
    def want(self, nodes: int, label: str) -> None:
        """Write another blueprint."""
        changed = self.text.replace("nodes: 2 }", f"nodes: {nodes} }}").replace("team: serving", f"team: {label}")
        self.blueprint.write_text(changed, encoding="utf-8")

    @rule(cloud=clouds, zone=st.sampled_from((None, 0, 1)), nodes=st.sampled_from((0, 0, 1, 64)))
    def capacity(self, cloud: CloudName, zone: int | None, nodes: int) -> None:
        """A cloud runs short, or has room again."""
        region, zones, machine_types = PLACES[cloud]
        LOG.info("%s in %s: %s nodes", cloud, "all zones" if zone is None else zones[zone], nodes)
        for machine_type in machine_types:
            chosen = None if zone is None else zones[zone]
            self.sandbox.set_capacity(cloud, region, machine_type, nodes, chosen)

    @rule(share=st.floats(0, 0.99))
    @precondition(lambda self: self.sandbox.inventory()["resources"])
    def vanish(self, share: float) -> None:
        """Somebody deletes a resource by hand."""
        rows = self.sandbox.inventory()["resources"]
        row = rows[int(share * len(rows))]
        LOG.info("vanishes: %s %s", row["token"], row["name"])
        self.sandbox.remove_behind(row["package"], row["token"], row["id"])
        self._tampered = True

    @rule(cloud=places, second=st.sampled_from(("up", "destroy")), events=st.integers(1, 20))
    def rival(self, cloud: CloudName | None, second: str, events: int) -> None:
        """A second operator comes while the first brings the cluster up: one of them works."""
        with self._step():
            LOG.info("up, and %s of a second operator after %s events", second, events)
            since = len(self.sandbox.events())
            first = subprocess.Popen(
                [sys.executable, "-m", "wayfare.stacks.cli", "up", BLUEPRINT, "--sandbox", "--yes", *_at(cloud)],
                cwd=self.rehearsal.project.root,
                env=self.rehearsal.shell,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            while len(self.sandbox.await_events(since, events, timeout=2.0)) < events and first.poll() is None:
                pass
            subject = BLUEPRINT if second == "up" else CLUSTER
            told = self.rehearsal.wayfare(second, subject, "--sandbox", "--yes", expect=ANY)
            still = first.poll() is None
            self._look(f"exit {first.wait()}")
            self._look(f"exit {told.code}\n{told.err}")
            if still:
                assert told.code == Exit.ERROR, told.err
                assert f"(process {first.pid}), which runs `wayfare up` since 20" in told.err

    def teardown(self) -> None:
        """Once nothing goes wrong any more, the cluster stands as it is recorded, and goes without a trace."""
        with self._open:
            if self._well and hasattr(self, "rehearsal"):
                self._end()

    def _end(self) -> None:
        for cloud, (region, _, machine_types) in PLACES.items():
            for machine_type in machine_types:
                self.sandbox.set_capacity(cloud, region, machine_type, 64)
        if not self._tampered:
            self._until_done("up", BLUEPRINT)
            self._stands_as_recorded()
        self._until_done("destroy", CLUSTER, "--delete-data")
        assert self.sandbox.inventory() == EMPTY
        assert self.rehearsal.stacks() == []
        assert self.rehearsal.settings_files() == []

    def _call(self, arguments: tuple[str, ...], disturbance: Fault | Strike | None) -> None:
        """Call a command, with or without something that goes wrong, and look at what it leaves."""
        with self._step():
            LOG.info("%s, disturbed by %s", " ".join(arguments), disturbance)
            if isinstance(disturbance, Fault):
                fault = disturbance
                self.sandbox.fail(
                    *(fault.cloud, fault.token),
                    kind=fault.kind,
                    dead=fault.kind is None,
                    operation=fault.operation,
                    after=fault.after,
                    times=fault.times,
                )
            if isinstance(disturbance, Strike):
                told = struck(self.rehearsal, arguments, disturbance.victim, disturbance.events, disturbance.number)
            else:
                done = self.rehearsal.wayfare(*arguments, expect=ANY)
                told = f"exit {done.code}\n{done.err}"
            self._look(told)

    def _until_done(self, *arguments: str) -> None:
        """Call a command until it has succeeded; each call may meet a fault that was asked for earlier."""
        told: list[str] = []
        left = sum(int(row["remaining"]) for row in self.sandbox.status()["faults"])
        for _ in range(_CALLS + left):
            LOG.info("at last: %s", " ".join(arguments))
            done = self.rehearsal.wayfare(*arguments, "--sandbox", "--yes", expect=ANY)
            told.append(f"exit {done.code}\n{done.err}")
            self._look(told[-1])
            if done.code == 0 or (arguments[0] == "destroy" and "there is no cluster" in done.err):
                return
        raise AssertionError("\n".join(["nothing goes wrong any more, but:", *told]))

    @contextmanager
    def _step(self) -> Generator[None]:
        """A step after which the sandbox runs; where it fails, no further look is taken."""
        self._well = False
        yield
        self._well = True

    def _look(self, told: str) -> None:
        """What holds after every command, however it ended."""
        LOG.info("\n".join(line for line in told.splitlines() if line[:1] not in set("│┏┃┡└━╇")))
        self.sandbox.start()
        code = int(told.split(maxsplit=2)[1])
        assert code in {*Exit, -signal.SIGKILL}, told
        assert "Traceback" not in told, told
        rows = self.sandbox.inventory()
        made = Counter((row["token"], row["region"], row["name"]) for row in rows["resources"] + rows["kubernetes"])
        assert not [each for each, count in made.items() if count > 1], told

    def _stands_as_recorded(self) -> None:
        """What the clouds have is what the one stack's state has, and nothing else."""
        (stack,) = self.rehearsal.stacks()
        rows = self.sandbox.inventory()
        there = sorted((row["token"], row["id"]) for row in rows["resources"] + rows["kubernetes"])
        recorded = sorted(
            (row["type"], row["id"])
            for row in self.rehearsal.resources(stack)
            if row["custom"] and not row["type"].startswith("pulumi:") and not row.get("external")
        )
        assert there == recorded
        assert not [row for row in rows["resources"] if row["failed"]]
