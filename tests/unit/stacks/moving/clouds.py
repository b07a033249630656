"""In what the three clouds differ for whoever moves a training from one to another."""

from dataclasses import dataclass
from itertools import permutations

from wayfare.blueprints import CloudName


@dataclass(frozen=True)
class Cloud:
    """One of them."""

    name: CloudName
    region: str
    held: tuple[str, ...]
    """What holds the capacity until the pool runs, made before all that waits for it; it is given back then."""
    made: tuple[str, ...]
    """Everything else, in its order."""
    hashes_up_to: int | None
    """Bytes of the largest object whose MD5 the store tells; of larger ones the bytes are read. None: of every one."""
    empties: bool
    """Whether a full bucket is emptied object by object before it goes; elsewhere all goes at once."""

    @property
    def stack(self) -> str:
        """Of the cluster there."""
        return f"llm.{self.name}-{self.region}"

    def hashes(self, content: bytes) -> bool:
        """Whether the store tells an object's MD5."""
        return self.hashes_up_to is None or len(content) <= self.hashes_up_to


#: As the library's pretraining cluster is declared on each. With the account's own key S3's ETag is no MD5; of what is
#: written in blocks Azure has none; Cloud Storage computes it. `forceDestroy` empties buckets of AWS and Google.
AWS = Cloud(
    CloudName.AWS,
    "us-east-1",
    ("placement group", "capacity reservation"),
    (
        *("vpc", "subnet", "nat gateway", "route table", "flow log", "role", "bucket", "bucket policy", "cluster"),
        *("access entry", "system pool", "pool", "pod identity", "queue", "workload"),
    ),
    hashes_up_to=-1,
    empties=True,
)
AZURE = Cloud(
    CloudName.AZURE,
    "eastus",
    (),
    (
        *("resource group", "public address", "nat gateway", "virtual network", "subnet", "identity", "bucket"),
        *("container", "lifecycle", "rights", "cluster", "pool", "federated credential", "queue", "workload"),
    ),
    hashes_up_to=20,
    empties=False,
)
GCP = Cloud(
    CloudName.GCP,
    "us-east4",
    ("reservation",),
    (
        *("network", "subnetwork", "router", "nat", "service account", "member", "bucket", "bucket member"),
        *("cluster", "system pool", "pool", "queue", "workload"),
    ),
    hashes_up_to=None,
    empties=True,
)

DIRECTIONS = tuple(permutations((AWS, AZURE, GCP), 2))
