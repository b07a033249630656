"""What is to be moved: an order, made from a cluster that stands, and what it must fulfil. Pure."""

import secrets
from datetime import UTC, datetime
from importlib import metadata

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from wayfare.blueprints import Checkpoint, CloudName, Loaded, Maker, dump
from wayfare.stacks.moving.book import NotMovable
from wayfare.stacks.moving.journey import Through
from wayfare.stacks.project import StackName
from wayfare.stacks.prospect import Wish


class Order(BaseModel):
    """What is to be moved: written into the journal when a move begins, and never changed."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    cluster: str
    mode: str
    """`cloud` or `sandbox`."""
    source: str
    """The stack."""
    cloud: CloudName
    region: str | None = None
    """None: wherever the cloud has capacity."""
    maker: Maker | None = None
    """Of the accelerators; None where the checkpoints are portable."""
    blueprint: str
    """Path of its file."""
    digest: str
    text: str
    """The blueprint itself."""
    version: str
    """Of the tool."""
    bandwidth: int | None = None
    """Bytes a second that the copy may take."""
    copy_through: Through = Through.CLUSTER
    """What copies."""
    copy_image: str | None = None
    """rclone's, where the target's pods copy and are not to have its makers' own."""
    keep_data: bool = False
    """Whether durable stores of the source stay."""

    @property
    def stack(self) -> StackName:
        """The source's stack."""
        name = StackName.parse(self.source)
        assert name is not None  # noqa: S101 - it was a stack when this was written
        return name

    @property
    def wish(self) -> Wish:
        """Where it goes."""
        return Wish(self.cloud, self.region, self.maker)


def ordered(mode: str, loaded: Loaded, source: StackName, wish: Wish, version: str, **options: object) -> Order:
    """An order for a cluster that stands in `source`. Raises NotMovable where no move of it could end well."""
    assert wish.cloud is not None  # noqa: S101 - a move names a cloud
    spec = loaded.blueprint.spec
    contract(loaded)
    if spec.workload.apply != "stack":
        raise NotMovable(
            "the workload is applied elsewhere (workload.apply), so that no stack could hold it; suspend it there, "
            "bring the cluster up on the other cloud, and copy its bucket"
        )
    if spec.deletion_protection:
        raise NotMovable(
            "deletionProtection keeps the source from being destroyed; set it to false, run `wayfare up`, move the "
            "cluster, and set it again"
        )
    if spec.storage.shared is not None and spec.storage.shared.keep == "durable":
        raise NotMovable(
            "the shared store is durable, and a move does not export it; copy what counts into the checkpoint bucket, "
            "set storage.shared.keep to scratch, and run `wayfare up`"
        )
    return Order.model_validate(
        {
            "cluster": loaded.blueprint.metadata.name,
            "mode": mode,
            "source": str(source),
            "cloud": wish.cloud,
            "region": wish.region,
            "maker": wish.maker,
            "blueprint": str(loaded.path.resolve()),
            "digest": loaded.digest,
            "text": dump(loaded.blueprint),
            "version": version,
            **options,
        }
    )


def new_id(cluster: str) -> str:
    """An id for a move: `llm-pretrain-20261129-4f2a`."""
    return f"{cluster}-{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(2)}"


def version() -> str:
    """Of this Wayfare."""
    return metadata.version("wayfare")


def contract(loaded: Loaded) -> Checkpoint:
    """How the training writes its checkpoints. Raises NotMovable where that is not said."""
    blueprint = loaded.blueprint
    if blueprint.kind != "TrainingCluster":
        raise NotMovable(
            "only trainings can be moved; bring another cluster up under a name of its own, and destroy this"
        )
    found = blueprint.spec.workload.checkpoint
    if found is None:
        raise NotMovable(
            "the blueprint does not say how its checkpoints are written (workload.checkpoint), so that nobody knows "
            "what a training could go on from; add it and run `wayfare up`"
        )
    return found
