"""For each field of a blueprint two values of it, in blueprints that differ in nothing else: no wish is passed over.

What is written here is the `spec`'s own YAML; keys that a row leaves out are the base's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wayfare.blueprints import CloudName

ALL = tuple(CloudName)
AWS, AZURE, GCP = ((name,) for name in CloudName)


@dataclass(frozen=True)
class Variation:
    """Two blueprints that differ in one field."""

    before: str
    after: str
    clouds: tuple[CloudName, ...] = ALL
    """The clouds that it is about."""


BASE: Mapping[str, str] = {
    "accelerators": "accelerators: [{name: H100, nodes: 2}]",
    "access": "access: {allow: [203.0.113.0/24]}",
    "workload": "workload: {image: 'registry.example/train:1'}",
}

_GROUP = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ours"
_SUBNETS = f"{_GROUP}/providers/Microsoft.Network/virtualNetworks/ours/subnets"

_RESERVED = {
    CloudName.AWS: "{cloud: aws, id: cr-0123456789abcdef0, region: us-east-1, zone: us-east-1a",
    CloudName.AZURE: "{cloud: azure, region: eastus, zone: '1', "
    f"id: {_GROUP}/providers/Microsoft.Compute/capacityReservationGroups/ours",
    CloudName.GCP: "{cloud: gcp, id: ours, region: us-east4, zone: us-east4-a",
}


def _reserved(**changes: tuple[str, str]) -> str:
    """A reservation on each cloud; `changes` puts something in the place of something else."""
    rows = ", ".join(f"{row}}}" for row in _RESERVED.values())
    for before, after in changes.values():
        assert before in rows
        rows = rows.replace(before, after)
    return f"purchase: [reserved]\nreservations: [{rows}]"


def _block(start: str = "2026-02-01", end: str = "2026-02-08") -> str:
    rows = ", ".join(
        f"{_RESERVED[name]}, start: '{start}T00:00:00Z', end: '{end}T00:00:00Z'}}"
        for name in (CloudName.AWS, CloudName.GCP)
    )
    return f"purchase: [block]\nreservations: [{rows}]"


_THERE = {
    CloudName.AWS: "cloud: aws, region: us-east-1, vpc: vpc-0123456789abcdef0, "
    "clusterSubnets: [subnet-0123456789abcdef0, subnet-0123456789abcdef1], "
    "acceleratorSubnets: {us-east-1a: subnet-0123456789abcdef2}, reach: '10.20.0.2:443'",
    CloudName.AZURE: f"cloud: azure, region: eastus, nodes: {_SUBNETS}/nodes, reach: '10.20.0.2:443'",
    CloudName.GCP: "cloud: gcp, region: us-east4, "
    "subnetwork: projects/our-project/regions/us-east4/subnetworks/nodes, "
    "network: projects/our-project/global/networks/ours, pods: pods, services: services, reach: '10.20.0.2:443'",
}
_EVERYWHERE = f"existing: [{', '.join(f'{{{there}}}' for there in _THERE.values())}]"


def _there(name: CloudName, before: str, after: str, more: str = "") -> Variation:
    """The network of one cloud, with something in the place of something else."""
    was = _THERE[name]
    assert before in was
    now = was.replace(before, after)
    return Variation(f"network: {{existing: [{{{was}}}]{more}}}", f"network: {{existing: [{{{now}}}]{more}}}", (name,))


def _more(name: CloudName, key: str, more: str = "", beside: str = "") -> Variation:
    """The network of one cloud, without and with one more key."""
    was = _THERE[name]
    return Variation(
        f"network: {{existing: [{{{was}}}]{more}}}\n{beside}",
        f"network: {{existing: [{{{was}, {key}}}]{more}}}\n{beside}",
        (name,),
    )


def _contract(before: str, after: str, clouds: tuple[CloudName, ...] = tuple(CloudName)) -> Variation:
    """A contract about checkpoints, with something in the place of something else."""
    was = 'path: /checkpoints, complete: "step-*/DONE", step: "step-([0-9]+)/", grace: 1m'
    assert before in was
    workload = "workload: {{image: 'registry.example/train:1', checkpoint: {{{}}}}}"
    return Variation(workload.format(was), workload.format(was.replace(before, after)), clouds)


_UNPRICED = "accelerators: [{name: B200, nodes: 2}]\npurchase: [spot]"

VARIATIONS: Mapping[str, Variation] = {
    "metadata.name": Variation("", ""),
    "metadata.labels": Variation("", ""),
    "spec.accelerators[].name": Variation("", "accelerators: [{name: H200, nodes: 2}]"),
    "spec.accelerators[].perNode": Variation("", "accelerators: [{name: H100, perNode: 1, nodes: 2}]"),
    "spec.accelerators[].nodes": Variation("", "accelerators: [{name: H100, nodes: 4}]"),
    "spec.accelerators[].memoryGiB": Variation(
        "accelerators: [{name: A100, nodes: 2}]", "accelerators: [{name: A100, nodes: 2, memoryGiB: 80}]"
    ),
    "spec.accelerators[].interconnectGbps": Variation(
        "", "accelerators: [{name: H100, nodes: 2, interconnectGbps: 50000}]"
    ),
    "spec.accelerators[].image": Variation("", "accelerators: [{name: H100, nodes: 2, image: 'registry.example/b:1'}]"),
    "spec.accelerators[].topology": Variation(
        "accelerators: [{name: TPUv6e, topology: 2x4}]", "accelerators: [{name: TPUv6e, topology: 4x4}]", GCP
    ),
    "spec.purchase": Variation("purchase: [on-demand]", "purchase: [spot]"),
    "spec.reservations[].cloud": Variation("", _reserved()),
    "spec.reservations[].id": Variation(
        _reserved(),
        _reserved(aws=("abcdef0", "abcdef1"), azure=("Groups/ours", "Groups/b"), gcp=("id: ours", "id: theirs")),
    ),
    "spec.reservations[].region": Variation(
        _reserved(),
        _reserved(
            aws=("region: us-east-1", "region: us-east-2"),
            azure=("region: eastus", "region: westus3"),
            gcp=("region: us-east4", "region: us-central1"),
        ),
    ),
    "spec.reservations[].zone": Variation(
        _reserved(),
        _reserved(
            aws=("zone: us-east-1a", "zone: us-east-1b"),
            azure=("zone: '1'", "zone: '2'"),
            gcp=("zone: us-east4-a", "zone: us-east4-b"),
        ),
    ),
    "spec.reservations[].start": Variation(_block(), _block(start="2025-12-31"), (CloudName.AWS, CloudName.GCP)),
    "spec.reservations[].end": Variation(_block(), _block(end="2026-02-07"), AWS),
    "spec.budget.perHour": Variation("budget: {perHour: 1}", "budget: {perHour: 100000}"),
    "spec.budget.unknownPrice": Variation(
        f"{_UNPRICED}\nbudget: {{perHour: 1000}}", f"{_UNPRICED}\nbudget: {{perHour: 1000, unknownPrice: allow}}", GCP
    ),
    "spec.placement.clouds": Variation("", "placement: {clouds: [aws]}", (CloudName.AZURE, CloudName.GCP)),
    "spec.placement.within": Variation("", "placement: {within: [uk]}"),
    "spec.placement.avoid": Variation("", "placement: {avoid: [aws/us-east-1, azure/eastus, gcp/us-east4]}"),
    "spec.storage.checkpoints.keep": Variation("", "storage: {checkpoints: {keep: scratch}}"),
    "spec.storage.checkpoints.expireAfter": Variation("", "storage: {checkpoints: {expireAfter: 30d}}"),
    "spec.storage.shared.capacity": Variation(
        "storage: {shared: {capacity: 48TiB}}", "storage: {shared: {capacity: 96TiB}}"
    ),
    "spec.storage.shared.throughputGBps": Variation(
        "storage: {shared: {capacity: 48TiB}}", "storage: {shared: {capacity: 48TiB, throughputGBps: 20}}"
    ),
    "spec.storage.shared.keep": Variation(
        "storage: {shared: {capacity: 48TiB}}", "storage: {shared: {capacity: 48TiB, keep: durable}}"
    ),
    "spec.storage.scratch.perNode": Variation("", "storage: {scratch: {perNode: 1TiB}}"),
    "spec.storage.data[].from": Variation("", "storage: {data: [{from: 's3://corpus/v7', mount: /data}]}"),
    "spec.storage.data[].mount": Variation(
        "storage: {data: [{from: 'gs://corpus/v7', mount: /data}]}",
        "storage: {data: [{from: 'gs://corpus/v7', mount: /more}]}",
        GCP,
    ),
    "spec.encryption": Variation("", "encryption: own"),
    "spec.network.space": Variation("", "network: {space: 10.32.0.0/11}"),
    "spec.network.endpoints": Variation("", "network: {endpoints: private}"),
    "spec.network.existing[].cloud": Variation("", f"network: {{{_EVERYWHERE}}}"),
    "spec.network.existing[].region": Variation(
        f"network: {{{_EVERYWHERE}}}",
        "network: {"
        + _EVERYWHERE.replace("region: us-east-1", "region: us-east-2")
        .replace("region: eastus", "region: westus3")
        .replace("region: us-east4", "region: us-central1")
        + "}",
    ),
    "spec.network.existing[].vpc": _there(CloudName.AWS, "vpc-0123456789abcdef0", "vpc-0123456789abcdef1"),
    "spec.network.existing[].clusterSubnets": _there(CloudName.AWS, "[subnet-0123456789abcdef0", "[subnet-01234567"),
    "spec.network.existing[].acceleratorSubnets": _there(CloudName.AWS, "subnet-0123456789abcdef2", "subnet-01234568"),
    "spec.network.existing[].nodes": _there(CloudName.AZURE, "subnets/nodes", "subnets/more"),
    "spec.network.existing[].outbound": _more(CloudName.AZURE, "outbound: route-table"),
    "spec.network.existing[].endpoints": _more(
        CloudName.AZURE, f"endpoints: {_SUBNETS}/endpoints", ", endpoints: private"
    ),
    "spec.network.existing[].storage": _more(
        CloudName.AZURE, f"storage: {_SUBNETS}/lustre", beside="storage: {shared: {capacity: 48TiB}}"
    ),
    "spec.network.existing[].subnetwork": _there(CloudName.GCP, "subnetworks/nodes", "subnetworks/more"),
    "spec.network.existing[].network": _there(CloudName.GCP, "networks/ours", "networks/theirs"),
    "spec.network.existing[].pods": _there(CloudName.GCP, "pods: pods", "pods: others"),
    "spec.network.existing[].services": _there(CloudName.GCP, "services: services", "services: others"),
    "spec.access.api": Variation(
        f"network: {{{_EVERYWHERE}}}",
        f"network: {{{_EVERYWHERE}}}\naccess: {{api: private, allow: [10.20.0.0/16]}}",
    ),
    "spec.access.allow": Variation("", "access: {allow: [198.51.100.0/24]}"),
    "spec.admins.aws": Variation("", "admins: {aws: ['arn:aws:iam::123456789012:role/platform']}", AWS),
    "spec.admins.azure": Variation("", "admins: {azure: [00000000-0000-0000-0000-00000000000a]}", AZURE),
    "spec.admins.gcp": Variation("", "admins: {gcp: [platform@example.com]}", GCP),
    "spec.secrets.aws": Variation(
        "", "secrets: {aws: ['arn:aws:secretsmanager:us-east-1:123456789012:secret:token-abcdef']}", AWS
    ),
    "spec.secrets.azure": Variation(
        "", f"secrets: {{azure: [{_GROUP}/providers/Microsoft.KeyVault/vaults/ours/secrets/token]}}", AZURE
    ),
    "spec.secrets.gcp": Variation("", "secrets: {gcp: [projects/our-project/secrets/token]}", GCP),
    "spec.registry": Variation("", "registry: private"),
    "spec.kubernetes.version": Variation("kubernetes: {version: '1.34'}", "kubernetes: {version: '1.35'}"),
    "spec.monitoring.metrics": Variation("", "monitoring: {metrics: managed}"),
    "spec.monitoring.notify": Variation(
        "monitoring: {metrics: managed}", "monitoring: {metrics: managed, notify: [oncall@example.com]}"
    ),
    "spec.deletionProtection": Variation("", "deletionProtection: true"),
    "spec.workload.image": Variation("", "workload: {image: 'registry.example/other:1'}"),
    "spec.workload.command": Variation("", "workload: {image: 'registry.example/train:1', command: [train]}"),
    "spec.workload.checkpoint.path": _contract("path: /checkpoints", "path: /state"),
    "spec.workload.checkpoint.complete": _contract('complete: "step-*/DONE"', 'complete: "step-*/OK"'),
    "spec.workload.checkpoint.step": _contract("step-([0-9]+)/", "step-([0-9]+)"),
    # Of effect in a move alone: tests/unit/stacks/moving/test_departure.py.
    "spec.workload.checkpoint.portable": _contract("grace: 1m", "grace: 1m, portable: true", ()),
    "spec.workload.checkpoint.grace": _contract("grace: 1m", "grace: 5m"),
    "spec.workload.probe.framework": Variation(
        "", "workload: {image: 'registry.example/train:1', probe: {framework: jax}}"
    ),
    "spec.workload.probe.atLeast": Variation(
        "", "workload: {image: 'registry.example/train:1', probe: {atLeast: 0.75}}"
    ),
    "spec.workload.apply": Variation("", "workload: {image: 'registry.example/train:1', apply: elsewhere}"),
}

ELSEWHERE: Mapping[str, str] = {
    "apiVersion": "the reader refuses all others",
    "kind": "tests/golden: a Job with its nodes close to each other, or a Deployment",
    "spec.network.existing[].reach": "tests/unit/stacks/test_readiness.py: tried before anything is created",
    "spec.storage.data[].elsewhere": "tests/contract/test_brought_data.py: only a move brings what is elsewhere",
    "spec.exceptions[].control": "the policy pack, which no plan knows",
    "spec.exceptions[].reason": "the policy pack, which no plan knows",
}
"""Fields that no cloud sees, and who does."""
