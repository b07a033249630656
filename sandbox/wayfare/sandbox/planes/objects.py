"""Objects that a real API server judges and keeps, in place of the sandbox's own store of them."""

import hashlib
import time
from typing import Any, cast

from wayfare.sandbox.behaviour import Call, Properties, Refused
from wayfare.sandbox.clouds.kubernetes import group_version, kind_of
from wayfare.sandbox.clouds.kubernetes_schema import no_matches
from wayfare.sandbox.planes.api import Api, Kind, Silent

_GONE_SECONDS = 60.0
"""Real time in which an object must be gone; a namespace with a job in it takes some seconds."""
_ESTABLISHED_SECONDS = 20.0
"""Real time in which a definition must be served."""
_LOOK = 0.05
DEFINITION = "CustomResourceDefinition"


def served(api: Api, token: str) -> bool:
    """Whether the API server has a resource type's kind."""
    return api.kind(group_version(token), kind_of(token)) is not None


def namespaced(api: Api, token: str) -> bool | None:
    """Whether objects of a kind are in namespaces; None for a kind that is not served."""
    kind = api.kind(group_version(token), kind_of(token))
    return None if kind is None else kind.namespaced


def create(api: Api, call: Call) -> Properties:
    """Create an object, or apply a patch; the object as the API server has it. Raises `ApiRefused` and `Refused`."""
    kind, name = _kind(api, call), _name(call)
    path = kind.at(_namespace(kind, call), name)
    if not _is_patch(call) and api.get(path) is not None:
        raise Refused(
            f"resource {call.id} was not successfully created by the Kubernetes API server: AlreadyExists: "
            f'{kind.plural} "{name}" already exists'
        )
    return _applied(api, path, call)


def update(api: Api, call: Call) -> Properties:
    """Apply the new inputs. Raises `ApiRefused`."""
    kind = _kind(api, call)
    return _applied(api, kind.at(_namespace(kind, call), _name(call)), call)


def read(api: Api, call: Call) -> Properties | None:
    """The object as it is now; None where it is gone."""
    kind = api.kind(group_version(call.token), kind_of(call.token))
    if kind is None:
        return None
    found = api.get(kind.at(_namespace(kind, call), _name(call)))
    return None if found is None else _told(found)


def delete(api: Api, call: Call) -> None:
    """Delete an object and wait until it is gone; of a patch, what it had set. Raises `ApiRefused` and `Refused`."""
    kind = api.kind(group_version(call.token), kind_of(call.token))
    if kind is None:
        return
    path = kind.at(_namespace(kind, call), _name(call))
    if _is_patch(call):
        if api.get(path) is not None:
            api.apply(path, _identity(call), _manager(call))
        return
    # As Pulumi's provider does it: what an object owns goes before it.
    api.delete(path, wait=True)
    deadline = time.monotonic() + _GONE_SECONDS
    while (left := api.get(path)) is not None:
        if time.monotonic() > deadline:
            held = left["metadata"].get("finalizers") or left.get("spec", {}).get("finalizers")
            raise Refused(f"timed out waiting for {kind.plural} {call.id} to be deleted; finalizers: {held}")
        time.sleep(_LOOK)


def remove(api: Api, token: str, id: str) -> None:
    """Delete an object, as somebody else would, and do not wait. Raises `ApiRefused`."""
    kind = api.kind(group_version(token), kind_of(token))
    namespace, _, name = id.rpartition("/")
    if kind is not None:
        api.delete(kind.at(namespace or None, name))


def await_served(api: Api, definition: Properties) -> None:
    """Wait until a definition's kinds are served, which is a moment after it. Raises `Silent`."""
    spec = definition["spec"]
    deadline = time.monotonic() + _ESTABLISHED_SECONDS
    versions = [f"{spec['group']}/{each['name']}" for each in spec["versions"] if each["served"]]
    while not all(api.kind(version, spec["names"]["kind"]) for version in versions):
        if time.monotonic() > deadline:
            raise Silent(f"{definition['metadata']['name']} is not served after {_ESTABLISHED_SECONDS:.0f} s")
        time.sleep(_LOOK)


def _applied(api: Api, path: str, call: Call) -> Properties:
    identity = _identity(call)
    metadata = {**cast("dict[str, Any]", call.inputs.get("metadata") or {}), **identity["metadata"]}
    metadata.pop("generateName", None)
    item = {**call.inputs, **identity, "metadata": metadata}
    made = api.apply(path, {key: value for key, value in item.items() if not key.startswith("__")}, _manager(call))
    if kind_of(call.token) == DEFINITION:
        await_served(api, made)
    return _told(made)


def _kind(api: Api, call: Call) -> Kind:
    kind = api.kind(group_version(call.token), kind_of(call.token))
    if kind is None:
        raise Refused(no_matches(group_version(call.token), kind_of(call.token)))
    return kind


def _identity(call: Call) -> Properties:
    """What every request about an object says of it. The id is `namespace/name`, or `name` alone."""
    namespace = str(call.id).rpartition("/")[0]
    metadata = {"name": _name(call), **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": group_version(call.token), "kind": kind_of(call.token), "metadata": metadata}


def _name(call: Call) -> str:
    return str(call.id).rpartition("/")[2]


def _namespace(kind: Kind, call: Call) -> str | None:
    return (str(call.id).rpartition("/")[0] or "default") if kind.namespaced else None


def _is_patch(call: Call) -> bool:
    return call.token.endswith("Patch")


def _manager(call: Call) -> str:
    """Pulumi's provider gives each patch a field manager of its own, so that taking it away leaves what others set."""
    if not _is_patch(call):
        return "pulumi-kubernetes"
    return f"pulumi-kubernetes-{hashlib.sha256(call.urn.encode()).hexdigest()[:8]}"


def _told(item: Properties) -> Properties:
    """An object without the list of who set which field."""
    metadata = {key: value for key, value in item["metadata"].items() if key != "managedFields"}
    return {**item, "metadata": metadata}
