"""From a cluster's name to an order for its move, and what that would do. Asks the accounts, and changes nothing."""

from dataclasses import replace

from wayfare.blueprints import BlueprintInvalid, CloudName, Loaded, dump, load
from wayfare.components.catalog import shipped_rows
from wayfare.components.clouds import cloud
from wayfare.components.requesting import fitting
from wayfare.stacks.copying.buckets import STORES
from wayfare.stacks.copying.commands import Pace
from wayfare.stacks.copying.losses import losses
from wayfare.stacks.copying.running import Rclone
from wayfare.stacks.moving import references
from wayfare.stacks.moving.book import NotMovable
from wayfare.stacks.moving.cargo import Cargo
from wayfare.stacks.moving.datasets import DataSets, located, to_bring
from wayfare.stacks.moving.images import Images
from wayfare.stacks.moving.journey import Stopped, Through
from wayfare.stacks.moving.order import Order, contract, ordered
from wayfare.stacks.moving.outlook import ASSUMED_RATE, Outlook
from wayfare.stacks.moving.weights import DataWeight, ImageWeight
from wayfare.stacks.parity import Planned, differences
from wayfare.stacks.placement import Candidate
from wayfare.stacks.plans import Plans
from wayfare.stacks.project import StackName, StackSettings
from wayfare.stacks.prospect import Prospect, Wish, look, placeable, promised, standing_stacks
from wayfare.stacks.session import Session


def prepare(
    session: Session,
    cluster: str,
    wish: Wish,
    *,
    version: str,
    bandwidth: int | None,
    keep_data: bool,
    through: Through = Through.CLUSTER,
    image: str | None = None,
    without_secrets: bool = False,
) -> tuple[Order, Outlook]:
    """An order, and what it would do. `without_secrets`: go even where the target names none. Raises NotMovable."""
    assert wish.cloud is not None  # noqa: S101 - a move names a cloud
    if through is Through.CLUSTER and session.sandbox is not None and session.sandbox.has_kubernetes:
        raise NotMovable(
            "pods of a rehearsed Kubernetes run no container, so that none of them copies; give --copy-through here"
        )
    stack, settings = _standing(session, cluster)
    loaded = _as_it_stands(session, stack, settings)
    if not without_secrets and (lacking := references.missing(loaded.blueprint, stack.cloud, wish.cloud)) is not None:
        raise NotMovable(lacking)
    here = _placed(loaded, settings)
    agreement = contract(loaded)
    if not agreement.portable:
        wish = replace(wish, maker=here.accelerator.name.maker)
    options = {"bandwidth": bandwidth, "keep_data": keep_data, "copy_through": through, "copy_image": image}
    order = ordered(session.mode, loaded, stack, wish, version, **options)
    prospect = look(loaded, wish, session, leaving=stack)
    there = _first(prospect, wish, stack)
    plans = Plans(loaded, promised(loaded))
    objects, size = Cargo(session, agreement, session.project.root, Rclone(), Pace()).weight(stack)
    images, data = _weights(session, loaded, stack, settings, there.cloud)
    outlook = Outlook(
        source=stack,
        here=here,
        there=there,
        others=sum(each.rejected is None for each in prospect.candidates) - 1,
        objects=objects,
        size=size,
        images=images,
        data=data,
        rate=bandwidth or ASSUMED_RATE,
        through=through,
        contract=agreement,
        differences=differences(*(Planned(each, cloud(each.cloud).gives(plans.of(each))) for each in (here, there))),
        lost=(
            *left_behind(loaded),
            *references.told(loaded.blueprint, here.cloud, there.cloud),
            *losses(STORES[here.cloud], STORES[there.cloud]),
        ),
        keeps_data=keep_data,
    )
    return order, outlook


def _weights(
    session: Session, loaded: Loaded, stack: StackName, settings: StackSettings, target: CloudName
) -> tuple[tuple[ImageWeight, ...], tuple[DataWeight, ...]]:
    """What the images and data sets weigh that come along. Asks where they are whether they can be had."""
    wanted = to_bring(loaded.blueprint, settings.along, target)
    try:
        own = Images(session, loaded.blueprint, lambda _: None).weights(stack, settings.along)
        return own, DataSets(located(session), wanted, session.project.root, Rclone(), Pace()).weights()
    except Stopped as stopped:
        raise NotMovable(str(stopped)) from None


def left_behind(loaded: Loaded) -> tuple[str, ...]:
    """What of a blueprint's own wishes stays behind."""
    spec = loaded.blueprint.spec
    told = {
        "what lies in the shared store, which is scratch": spec.storage.shared is not None,
        "what lies on the nodes' disks": spec.storage.scratch is not None,
        "images in the source's own registry that the blueprint does not name, and all tags there": (
            spec.registry == "private"
        ),
    }
    return tuple(words for words, is_so in told.items() if is_so)


def _standing(session: Session, cluster: str) -> tuple[StackName, StackSettings]:
    session.refuse_other_mode(cluster)
    standing = standing_stacks(session, session.names(cluster))
    if not standing:
        raise NotMovable(f"no cluster {cluster!r} stands on the {session.mode}; `wayfare get` lists what there is")
    if len(standing) > 1:
        where = ", ".join(map(str, standing))
        raise NotMovable(f"{cluster} stands in more than one place ({where}): destroy what should not be, then move it")
    settings = session.settings(standing[0])
    if settings is None:
        raise NotMovable(
            f"{session.project.settings_file(str(standing[0]))} is missing; run `wayfare up`, then move it"
        )
    return standing[0], settings


def _as_it_stands(session: Session, stack: StackName, settings: StackSettings) -> Loaded:
    """The blueprint, if it is what the cluster was brought up from: a move changes a place and nothing else."""
    path = session.project.root / settings.blueprint
    try:
        loaded = load(path)
    except BlueprintInvalid as invalid:
        raise NotMovable(f"the cluster's blueprint cannot be read: {invalid}") from None
    if session.stacks.outputs(str(stack)).get("blueprint") != dump(loaded.blueprint):
        raise NotMovable(
            f"{path} is not what {stack} was brought up from, and a move changes a place and nothing else; run "
            f"`wayfare up {path}` first"
        )
    return loaded


def _placed(loaded: Loaded, settings: StackSettings) -> Candidate:
    """Where the cluster stands."""
    machine = shipped_rows(settings.cloud).machine_type(settings.machine_type)
    accelerator = fitting(loaded.blueprint, machine, settings.alternative)
    assert accelerator is not None  # noqa: S101 - it stands for one
    wish = (settings.alternative or 0, 0)
    spec = loaded.blueprint.spec
    reservation = next((each for each in spec.reservations if each.id == settings.reservation), None)
    return Candidate(
        settings.cloud, accelerator, settings.purchase, wish, settings.region, settings.zone, machine, reservation
    )


def _first(prospect: Prospect, wish: Wish, leaving: StackName) -> Candidate:
    if prospect.stacks:
        others = ", ".join(map(str, prospect.stacks))
        raise NotMovable(
            f"there are other stacks of {leaving.cluster}: {others}; end what they are from first (`wayfare moves`, or "
            "`wayfare destroy` once the cluster is where it should be)"
        )
    known = [placeable(candidate, prospect) for candidate in prospect.candidates]
    found = next((candidate for candidate in known if candidate.rejected is None), None)
    if found is None:
        there = [each for each in known if each.cloud is wish.cloud]
        reasons = dict.fromkeys(each.rejected for each in there or known if each.rejected)
        raise NotMovable(
            "\n  ".join([f"nothing is left of the blueprint's wishes on {wish.cloud}:", *map(str, reasons)])
        )
    return found
