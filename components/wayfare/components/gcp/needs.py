"""What a project must have before a cluster can be made, and what of it is missing."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from wayfare.blueprints import ExistingGcpNetwork
from wayfare.components.asking import asked
from wayfare.components.contract import Need
from wayfare.components.gcp.plan_platform import KeyPlan

_NETWORK, _SUBNETWORK, _RANGE = "network", "subnetwork", "secondary range"
_KEY, _SECRET, _RESERVATION = "encryption key", "secret", "reservation"

#: Between a thing and what it must be part of, in a need's id.
_OF = " of "


def of_network(existing: ExistingGcpNetwork) -> tuple[Need, ...]:
    """A network, its subnetwork with private access to Google's APIs, and the two ranges in it."""
    region, correct = existing.region, "correct `network.existing` in the blueprint"
    return (
        Need(_NETWORK, region, existing.network, correct),
        Need(_SUBNETWORK, region, f"{existing.subnetwork}{_OF}{existing.network}", correct),
        *(
            Need(_RANGE, region, f"{name}{_OF}{existing.subnetwork}", f"add it to the subnetwork, or {correct}")
            for name in (existing.pods, existing.services)
        ),
    )


def of_key(key: KeyPlan) -> Need:
    """The account's own key in a region."""
    remedy = f"run `wayfare bootstrap gcp --region {key.location}`"
    return Need(_KEY, key.location, f"keyRings/{key.ring}/cryptoKeys/{key.name}", remedy)


def of_secret(region: str, name: str) -> Need:
    """A secret that the workload may read, `projects/PROJECT/secrets/NAME`."""
    return Need(_SECRET, region, name, "make it in Secret Manager, or correct `secrets.gcp` in the blueprint")


def of_reservation(region: str, zone: str, id: str) -> Need:
    """A reservation of the project's own: `NAME`, or a block of it."""
    remedy = "correct `reservations` in the blueprint; `gcloud compute reservations list` shows those that there are"
    return Need(_RESERVATION, region, f"zones/{zone}/reservations/{id.partition('/')[0]}", remedy)


async def missing(needs: Sequence[Need]) -> Mapping[Need, str]:
    """Ask the project; of those that are missing, the reason."""
    answers = await asyncio.gather(*(_ASKED[need.kind](need) for need in needs))
    return {need: reason for need, reason in zip(needs, answers, strict=True) if reason is not None}


async def _network(need: Need) -> str | None:
    project, name = _owner(need.id), _last(need.id)
    listed = await asked("gcp:compute/getNetworks:getNetworks", {"project": project})
    return None if name in listed["networks"] else f"project {project} has no network {name}"


async def _subnetwork(need: Need) -> str | None:
    """Whether it is there, in its network, and its nodes reach Google's APIs without an address of their own."""
    subnetwork, _, network = need.id.partition(_OF)
    row = await _row(subnetwork, need.region)
    if row is None:
        return f"project {_owner(subnetwork)} has no subnetwork {_last(subnetwork)} in {need.region}"
    if _last(row["network"]) != _last(network):
        return f"subnetwork {_last(subnetwork)} is part of network {_last(row['network'])}, not of {_last(network)}"
    if not row["privateIpGoogleAccess"]:
        return f"subnetwork {_last(subnetwork)} has no private Google access, without which private nodes cannot start"
    return None


async def _range(need: Need) -> str | None:
    name, _, subnetwork = need.id.partition(_OF)
    if await _row(subnetwork, need.region) is None:
        return None  # the subnetwork's own need says so
    found = await asked(
        "gcp:compute/getSubnetwork:getSubnetwork",
        {"project": _owner(subnetwork), "region": need.region, "name": _last(subnetwork)},
    )
    there = [each["rangeName"] for each in found["secondaryIpRanges"]]
    if name in there:
        return None
    return f"subnetwork {_last(subnetwork)} has no secondary range {name}, but {', '.join(there) or 'none'}"


async def _row(subnetwork: str, region: str) -> Mapping[str, object] | None:
    """A subnetwork among those of its region: a question that is answered whether it is there or not."""
    listed = await asked("gcp:compute/getSubnetworks:getSubnetworks", {"project": _owner(subnetwork), "region": region})
    return next((row for row in listed["subnetworks"] if row["name"] == _last(subnetwork)), None)


async def _key(need: Need) -> str | None:
    """Whether the key is there, and its newest version can be used."""
    _, ring, _, name = need.id.split("/")
    rings = await asked("gcp:kms/getKeyRings:getKeyRings", {"location": need.region})
    for found in (each["id"] for each in rings["keyRings"] if _last(each["id"]) == ring):
        keys = await asked("gcp:kms/getCryptoKeys:getCryptoKeys", {"keyRing": found})
        for key in (each for each in keys["keys"] if _last(each["id"]) == name):
            usable = any(version["state"] == "ENABLED" for version in key["primaries"])
            return None if usable else f"key {ring}/{name} in {need.region} has no version that is enabled"
    return f"the project has no key {ring}/{name} in {need.region}"


async def _secret(need: Need) -> str | None:
    project, name = _owner(need.id), _last(need.id)
    listed = await asked("gcp:secretmanager/getSecrets:getSecrets", {"project": project})
    there = any(row["secretId"] == name for row in listed["secrets"])
    return None if there else f"project {project} has no secret {name}"


async def _reservation(need: Need) -> str | None:
    """By the index of all that a project has: the provider's own question fails where the answer is no."""
    own = (await asked("gcp:organizations/getClientConfig:getClientConfig"))["project"]
    found = await asked(
        "gcp:cloudasset/getSearchAllResources:getSearchAllResources",
        {
            "scope": f"projects/{own}",
            "query": f'name:"{_last(need.id)}"',
            "assetTypes": ["compute.googleapis.com/Reservation"],
        },
    )
    there = any(row["name"].endswith(f"/{need.id}") for row in found["results"])
    return None if there else f"project {own} has no reservation {_last(need.id)} in {need.id.split('/')[1]}"


def _owner(path: str) -> str:
    """`projects/PROJECT/…` → PROJECT"""
    return path.split("/")[1]


def _last(path: object) -> str:
    return str(path).rpartition("/")[2]


_ASKED: Mapping[str, Callable[[Need], Awaitable[str | None]]] = {
    _NETWORK: _network,
    _SUBNETWORK: _subnetwork,
    _RANGE: _range,
    _KEY: _key,
    _SECRET: _secret,
    _RESERVATION: _reservation,
}
