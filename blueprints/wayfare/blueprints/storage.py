"""What a cluster stores: checkpoints, a shared file system, local scratch space, and data that it reads."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from wayfare.blueprints import patterns
from wayfare.blueprints.base import Model
from wayfare.blueprints.names import CloudName
from wayfare.blueprints.quantities import Capacity, Duration

#: Paths in a container that are not the workload's to be mounted over, and those that Wayfare mounts.
_TAKEN = ("/", "/dev", "/proc", "/sys", "/etc", "/usr", "/bin", "/lib", "/shared", "/scratch", "/checkpoints")

#: From the scheme of a bucket's URL to its cloud.
_SCHEMES = {"s3": CloudName.AWS, "https": CloudName.AZURE, "gs": CloudName.GCP}

Mount = Annotated[str, Field(pattern=patterns.MOUNT.regex, max_length=200, examples=["/data"])]


def free(value: str, what: str, such_as: str) -> str:
    """Refuse a place in the container that is not free for `what`; `such_as` is one that is, whatever else says."""
    for taken in _TAKEN:
        if value != such_as and (value == taken or (taken != "/" and value.startswith(f"{taken}/"))):
            raise ValueError(f"{taken} is not free in the container; mount {what} somewhere else, such as {such_as}")
    return value


class Checkpoints(Model):
    """The bucket in the cluster's own region that holds checkpoints or model weights."""

    keep: Literal["durable", "scratch"] = "durable"
    """`durable`: kept when the cluster is destroyed, unless by `--delete-data`; `scratch`: deleted with the cluster."""
    expire_after: Duration | None = None
    """Objects older than this are deleted by the cloud, whole days such as `30d`; unset keeps them."""

    @field_validator("expire_after")
    @classmethod
    def _whole_days(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value % timedelta(days=1):
            raise ValueError("must be whole days, such as 30d: no cloud's lifecycle rule is finer")
        return value


class SharedStore(Model):
    """A parallel file system (Lustre) that all nodes mount at `/shared`."""

    capacity: Capacity
    """Least size, such as `48TiB`. Rounded up to the cloud's own increments; the plan shows to what."""
    throughput: Annotated[float | None, Field(alias="throughputGBps", gt=0, le=10_000, allow_inf_nan=False)] = None
    """Least throughput of the whole, in GB/s (10^9 bytes a second); unset takes the cloud's cheapest tier."""
    keep: Literal["durable", "scratch"] = "scratch"
    """`durable`: survives `wayfare destroy`, unless by `--delete-data`; `scratch`: deleted with the cluster."""


class Scratch(Model):
    """The nodes' local NVMe disks as one volume, mounted at `/scratch`; lost with the node."""

    per_node: Capacity
    """Least size on each node, such as `6TiB`. Machine types without such disks are left out."""


class DataSet(Model):
    """Objects of a bucket that exists already, mounted into the workload to be read."""

    source: Annotated[str, Field(alias="from", pattern=patterns.BUCKET_URL.regex, max_length=400)]
    """`s3://BUCKET/PREFIX`, `https://ACCOUNT.blob.core.windows.net/CONTAINER/PREFIX` or `gs://BUCKET/PREFIX`."""
    mount: Mount
    """Where the workload sees it, such as `/data`."""
    elsewhere: Literal["refuse", "copy"] = "refuse"
    """On another cloud than its bucket's. `refuse`: such placements are left out. `copy`: a move copies it into the
    cluster's own bucket and mounts it from there; nothing else does, so that an `up` leaves them out still."""

    @property
    def cloud(self) -> CloudName:
        """The cloud that its bucket is on."""
        return _SCHEMES[self.source.partition("://")[0]]

    @property
    def bucket(self) -> str:
        """AWS, Google: the bucket. Azure: `ACCOUNT/CONTAINER`."""
        return self._parts[0]

    @property
    def prefix(self) -> str:
        """What the names of its objects begin with, without slashes at either end; empty for all of them."""
        return self._parts[1]

    @property
    def _parts(self) -> tuple[str, str]:
        place = self.source.partition("://")[2].strip("/")
        if self.cloud is not CloudName.AZURE:
            bucket, _, prefix = place.partition("/")
            return bucket, prefix
        host, _, rest = place.partition("/")
        container, _, prefix = rest.partition("/")
        return f"{host.partition('.')[0]}/{container}", prefix

    @field_validator("mount")
    @classmethod
    def _is_free(cls, value: str) -> str:
        return free(value, "data", "/data")


class Storage(Model):
    """What the cluster stores."""

    checkpoints: Checkpoints = Checkpoints()
    """The bucket for checkpoints or model weights."""
    shared: SharedStore | None = None
    """A parallel file system for all nodes; unset makes none."""
    scratch: Scratch | None = None
    """The nodes' local disks as one volume; unset asks for none."""
    data: Annotated[tuple[DataSet, ...], Field(max_length=20)] = ()
    """Data that the workload reads, each from a bucket on the cluster's own cloud, or one that a move copies from."""

    @model_validator(mode="after")
    def _mounts_differ(self) -> "Storage":
        seen: list[str] = []
        for data in self.data:
            for other in seen:
                if data.mount == other or data.mount.startswith(f"{other}/") or other.startswith(f"{data.mount}/"):
                    raise ValueError(f"data is mounted at {data.mount} and at {other}, one within the other")
            seen.append(data.mount)
        return self

    @model_validator(mode="after")
    def _copies_stay(self) -> "Storage":
        if self.checkpoints.expire_after is not None and any(data.elsewhere == "copy" for data in self.data):
            raise ValueError(
                "`checkpoints.expireAfter` would delete the data that a move copies into the same bucket; leave it "
                "out, or `elsewhere: copy`"
            )
        return self
