"""Wishes of a blueprint that a cloud's package may not fulfil yet: they are refused when planning."""

from collections.abc import Callable, Collection, Mapping

from wayfare.blueprints import CloudName, Purchase
from wayfare.components.contract import NotFeasible, Request

_WISHES: Mapping[str, Callable[[Request], bool]] = {
    "reserved capacity": lambda request: request.placement.purchase is Purchase.RESERVED,
    "dated reservations": lambda request: request.placement.purchase is Purchase.BLOCK,
    "flex-start": lambda request: request.placement.purchase is Purchase.FLEX,
    "a shared store": lambda request: request.blueprint.spec.storage.shared is not None,
    "a scratch volume": lambda request: request.blueprint.spec.storage.scratch is not None,
    "data sets": lambda request: bool(request.blueprint.spec.storage.data),
    "encryption with own keys": lambda request: request.blueprint.spec.encryption == "own",
    "an existing network": lambda request: request.existing_network is not None,
    "private endpoints": lambda request: request.blueprint.spec.network.endpoints == "private",
    "a private API": lambda request: request.blueprint.spec.access.api == "private",
    "another address space": lambda request: request.blueprint.spec.network.space != "10.0.0.0/8",
    "a private registry": lambda request: request.blueprint.spec.registry == "private",
    "secrets": lambda request: bool(_of_cloud(request.blueprint.spec.secrets, request)),
    "administrators": lambda request: bool(_of_cloud(request.blueprint.spec.admins, request)),
    "managed metrics": lambda request: request.blueprint.spec.monitoring.metrics == "managed",
    "a chosen Kubernetes version": lambda request: request.blueprint.spec.kubernetes.version is not None,
    "deletion protection": lambda request: request.blueprint.spec.deletion_protection,
}

EVERY_WISH = frozenset(_WISHES)


def _of_cloud(wish: object, request: Request) -> tuple[str, ...]:
    return getattr(wish, request.placement.cloud.value)


def refuse(request: Request, not_yet: Collection[str]) -> None:
    """Raise `NotFeasible` for a wish that a cloud's package does not fulfil yet."""
    names = {CloudName.AWS: "AWS", CloudName.AZURE: "Azure", CloudName.GCP: "Google Cloud"}
    for wish, is_asked in _WISHES.items():
        if wish in not_yet and is_asked(request):
            raise NotFeasible(f"Wayfare does not bring {wish} to {names[request.placement.cloud]} yet")
