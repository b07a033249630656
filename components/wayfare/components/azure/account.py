"""Questions to the account. They are asked from inside a Pulumi program, with the provider's own credentials.

The provider has no function that lists machine sizes or searches by tag, so Azure's management API is asked over HTTPS
with the provider's token, which is written nowhere. `WAYFARE_AZURE_ENDPOINT` names another endpoint than Azure's
public cloud: that of a sovereign cloud, or the sandbox's.
"""

import asyncio
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from wayfare.components.asking import asked
from wayfare.components.azure import plan_platform as kinds
from wayfare.components.azure.account_compute import WHY_LACKING
from wayfare.components.azure.bootstrap_plan import disks_id
from wayfare.components.azure.plan import groups_of
from wayfare.components.contract import ENVIRONMENT, Item, Need, ZoneQuestion
from wayfare.components.trusting import TRUST_TAG

Json = dict[str, Any]

CLIENT_CONFIG = "azure-native:authorization:getClientConfig"
ENDPOINT = "https://management.azure.com"
#: Built-in role "Contributor": the id is the same in every tenant (Microsoft: "Azure built-in roles").
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
_SECONDS = 60
_PAGE = 1000


class AccountRefused(RuntimeError):
    """Azure's management API did not answer a question; the message is its own."""


class NotThere(AccountRefused):
    """There is nothing at that address."""


async def zones(questions: Sequence[ZoneQuestion]) -> Mapping[ZoneQuestion, Sequence[str]]:
    """The zones in which the subscription may use each machine type; Azure numbers zones for each subscription."""
    api = await _Api.open()
    regions = sorted({question.region for question in questions})
    lists = await asyncio.gather(*(asyncio.to_thread(api.sizes, region) for region in regions))
    sizes = dict(zip(regions, lists, strict=True))
    return {question: usable_zones(sizes[question.region], question) for question in questions}


async def lacking(needs: Sequence[Need]) -> Mapping[Need, str]:
    """Of what clusters need beforehand, what the subscription does not have, with the reason."""
    if not needs:
        return {}
    api = await _Api.open()
    reasons = await asyncio.gather(*(asyncio.to_thread(_why_lacking, api, need) for need in needs))
    return {need: reason for need, reason in zip(needs, reasons, strict=True) if reason is not None}


async def inventory(cluster: str, region: str) -> Sequence[Item]:
    """What carries the cluster's tags in the region or lies in its resource groups, the groups themselves included.

    Azure's search follows deletions with a delay of minutes. The list of resource groups does not: what is said to be
    in a group that is gone is gone with it.
    """
    api = await _Api.open()
    found, living = await asyncio.gather(
        asyncio.to_thread(api.search, search_query(cluster, region)), asyncio.to_thread(api.groups)
    )
    items = [item(row) for row in found if str(row.get("resourceGroup", "")).lower() in living]
    return sorted(items, key=lambda each: (each.kind, each.id))


def lack(need: Need, known: Json | None) -> str | None:
    """Why a need is not fulfilled, given what Azure knows of it (None: nothing); None where it is."""
    if known is None:
        return f"there is no {need.kind} {need.id} in {need.region}"
    properties: Json = known.get("properties") or {}
    place = None if need.kind == kinds.VAULT_ENTRY else known.get("location")
    if place is not None and not _same(str(place).replace(" ", ""), need.region):
        return f"{need.id} is in {place}, not in {need.region}"
    if need.kind == kinds.SUBNET_WITH_GATEWAY and not properties.get("natGateway"):
        return f"the subnet {need.id} has no NAT gateway"
    if need.kind == kinds.SUBNET_WITH_ROUTES and not properties.get("routeTable"):
        return f"the subnet {need.id} has no route table"
    return None


def usable_zones(sizes: Sequence[Json], question: ZoneQuestion) -> Sequence[str]:
    """The zones of a machine size in a region, without those that the subscription is barred from."""
    for size in sizes:
        if size.get("resourceType") != "virtualMachines" or not _same(size.get("name"), question.machine_type):
            continue
        zones = {
            zone
            for place in _rows(size, "locationInfo")
            if _same(place.get("location"), question.region)
            for zone in _texts(place, "zones")
        }
        for barred in _rows(size, "restrictions"):
            if barred.get("type") == "Location":
                return ()
            zones.difference_update(_texts(barred.get("restrictionInfo") or {}, "zones"))
        return sorted(zones)
    return ()


def search_query(cluster: str, region: str) -> str:
    """The question to Azure Resource Graph, in its query language. Names and regions hold no quotes."""
    names = ", ".join(f"'{name}'" for name in groups_of(cluster, region).names)
    tagged = f"(tags['wayfare-cluster'] == '{cluster}' and tags['wayfare-region'] == '{region}')"
    columns = "project id, type, resourceGroup, tags"
    return (
        f"resources | where {tagged} or resourceGroup in~ ({names}) | {columns}"
        " | union (resourcecontainers | where type =~ 'microsoft.resources/subscriptions/resourcegroups'"
        f" | where {tagged} or name in~ ({names}) | {columns}) | order by id asc"
    )


def item(row: Mapping[str, Any]) -> Item:
    """An item of the inventory. A durable bucket that is still there was kept on purpose, with its group."""
    tags: Mapping[str, str] = row.get("tags") or {}
    kept = tags.get("wayfare-keep") == "durable"
    return Item(kind=str(row["type"]), id=str(row["id"]), retained=kept, trust=tags.get(TRUST_TAG))


@dataclass(frozen=True)
class _Api:
    """Azure's management API, for one subscription."""

    endpoint: str
    subscription: str
    token: str

    def __repr__(self) -> str:
        """Without the token."""
        return f"_Api({self.endpoint!r}, {self.subscription!r})"

    @classmethod
    async def open(cls) -> "_Api":
        environment = {**os.environ, **ENVIRONMENT.get({})}
        endpoint = environment.get("WAYFARE_AZURE_ENDPOINT", ENDPOINT).rstrip("/")
        if urlsplit(endpoint).scheme != "https" and not _on_this_machine(endpoint):
            raise AccountRefused(f"WAYFARE_AZURE_ENDPOINT must be an https address, and is {endpoint}")
        client, token = await asyncio.gather(asked(CLIENT_CONFIG), asked("azure-native:authorization:getClientToken"))
        return cls(endpoint, client["subscriptionId"], token["token"])

    def known(self, need: Need) -> Json | None:
        """What Azure knows of a need; of a subnet, with its network's location."""
        found = self.read(f"{self._place(need)}?api-version={kinds.VERSIONS[need.kind]}")
        if found is None or need.kind not in kinds.SUBNETS:
            return found
        network = self.read(f"{need.id.partition('/subnets/')[0]}?api-version={kinds.VERSIONS[need.kind]}") or {}
        return {**found, "location": network.get("location")}

    def _place(self, need: Need) -> str:
        """Where a need is read. For a region's key stands the set by which disks use it: it is made after all else."""
        return disks_id(self.subscription, need.region) if need.kind == kinds.KEY else need.id

    def sizes(self, region: str) -> list[Json]:
        """What Compute offers in a region, to this subscription."""
        condition = quote(f"location eq '{region}'")
        path = f"/subscriptions/{self.subscription}/providers/Microsoft.Compute/skus"
        return list(self._pages(f"{path}?api-version=2021-07-01&$filter={condition}"))

    def read(self, path: str) -> Json | None:
        """What is at a path; None where there is nothing, or nothing that the credentials see."""
        try:
            return self._ask(path)
        except NotThere:
            return None

    def groups(self) -> set[str]:
        """Names of the subscription's resource groups, in lower case."""
        rows = self._pages(f"/subscriptions/{self.subscription}/resourcegroups?api-version=2021-04-01")
        return {str(row["name"]).lower() for row in rows}

    def search(self, query: str) -> list[Json]:
        """All rows that a query of Azure Resource Graph gives."""
        rows: list[Json] = []
        options: Json = {"resultFormat": "objectArray", "$top": _PAGE}
        while True:
            body = {"subscriptions": [self.subscription], "query": query, "options": options}
            answer = self._ask("/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01", body)
            rows += _rows(answer, "data")
            if not (next_page := answer.get("$skipToken")):
                return rows
            options = {**options, "$skipToken": next_page}

    def _pages(self, path: str) -> Iterator[Json]:
        while path:
            answer = self._ask(path)
            yield from _rows(answer, "value")
            following = str(answer.get("nextLink") or "")
            if following and not following.startswith(f"{self.endpoint}/"):
                raise AccountRefused(f"Azure's next page is not at {self.endpoint}: the token is not sent there")
            path = following.removeprefix(self.endpoint)

    def _ask(self, path: str, body: Json | None = None) -> Json:
        request = Request(  # noqa: S310 - the scheme was checked in `open`
            self.endpoint + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            method="GET" if body is None else "POST",
        )
        try:
            # A proxy of the environment is for other hosts.
            proxies = ProxyHandler({}) if _on_this_machine(self.endpoint) else ProxyHandler()
            with build_opener(proxies).open(request, timeout=_SECONDS) as response:
                return cast("Json", json.load(response))
        except HTTPError as error:
            with error:
                said = error.read().decode(errors="replace")[:1000]
            refused = NotThere if error.code == HTTPStatus.NOT_FOUND else AccountRefused
            raise refused(f"{error.code} {error.reason}: {said}") from None
        except (URLError, TimeoutError, ValueError) as error:
            raise AccountRefused(f"{self.endpoint} does not answer: {error}") from None


def _why_lacking(api: _Api, need: Need) -> str | None:
    if (why := WHY_LACKING.get(need.kind)) is not None:
        return why(need, api.subscription, api.read)
    return lack(need, api.known(need))


def _on_this_machine(endpoint: str) -> bool:
    return urlsplit(endpoint).hostname in ("127.0.0.1", "localhost")


def _rows(answer: Mapping[str, Any], key: str) -> list[Json]:
    return cast("list[Json]", answer.get(key) or [])


def _texts(answer: Mapping[str, Any], key: str) -> list[str]:
    return [str(text) for text in cast("list[object]", answer.get(key) or [])]


def _same(one: object, other: str) -> bool:
    return str(one).lower() == other.lower()
