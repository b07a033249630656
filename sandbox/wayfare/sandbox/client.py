"""The sandbox as the command line and tests use it: start it, set it, ask it, point a shell at it."""

import contextlib
import json
import os
import secrets
import shutil
import urllib.error
import urllib.request
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import platformdirs
from pydantic import BaseModel

from wayfare.blueprints import CloudName, Purchase
from wayfare.sandbox import process
from wayfare.sandbox.packages import PACKAGE_OF, PACKAGES
from wayfare.sandbox.process import SandboxFailed
from wayfare.sandbox.scenario import FaultRow, OperatorRow, Passing, Scenario, TrainingRow, read_scenario, valid

HOME = "WAYFARE_SANDBOX_HOME"

#: Names the URL of a state backend for the sandbox's stacks. Not PULUMI_BACKEND_URL, which may be that of the clouds'
#: stacks: the two never share one by accident.
BACKEND = "WAYFARE_SANDBOX_BACKEND"


def default_directory() -> Path:
    """Where the sandbox lives: WAYFARE_SANDBOX_HOME, or the user's state directory."""
    chosen = os.environ.get(HOME)
    return Path(chosen) if chosen else Path(platformdirs.user_state_dir("wayfare")) / "sandbox"


class Sandbox:
    """The one sandbox of a directory, running or not."""

    def __init__(self, directory: Path | None = None) -> None:
        """`directory`: where it keeps everything; the default directory unless it is given."""
        self.directory = (directory or default_directory()).resolve()

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return process.is_alive(self.directory)

    def start(self, scenario: Path | None = None, kubernetes: Path | None = None, *, train: bool | None = None) -> None:
        """Start it unless it runs, and take over a scenario. Raises `SandboxFailed` and `BadScenario`.

        Providers that died in a sandbox that runs are revived. `kubernetes`: the programs of a real Kubernetes; with
        them the sandbox puts a control plane behind each cluster. `train`: whether a local process stands for the
        pods of each training, from now on; None leaves it as it was.
        """
        wanted = read_scenario(scenario) if scenario else None
        with process.one_at_a_time(self.directory):
            if self.running:
                if kubernetes is not None and not self.has_kubernetes:
                    raise SandboxFailed(
                        "the sandbox runs without a Kubernetes; call `wayfare sandbox stop`, and start it with one"
                    )
                self._post("/revive", {})
            else:
                process.start(self.directory, kubernetes)
        if train is not None:
            self._post("/train", {"on": train})
        if wanted is not None:
            self._post("/scenario", _body(wanted))

    def stop(self) -> None:
        """Stop it if it runs; what it holds stays on disk."""
        with process.one_at_a_time(self.directory):
            if self.running:
                # A process that does not answer is ended all the same.
                with contextlib.suppress(SandboxFailed):
                    self._post("/stop", {})
                process.end(self.directory)

    def status(self) -> dict[str, Any]:
        """Virtual time, what there is of what, capacity, quotas and faults."""
        return self._get("/status")

    @property
    def has_kubernetes(self) -> bool:
        """Whether real control planes are behind its clusters."""
        return "kubeconfigs" in self.status()

    @property
    def has_trainings(self) -> bool:
        """Whether local processes stand for the pods of its trainings."""
        return "trainings" in self.status()

    def kubeconfigs(self) -> dict[str, Path]:
        """By cluster (`package/region/id`), a file by which an administrator gets into its real control plane."""
        return {key: Path(file) for key, file in self.status().get("kubeconfigs", {}).items()}

    def now(self) -> datetime:
        """Virtual time, UTC."""
        return datetime.fromisoformat(self._get("/now")["now"])

    def pass_time(self, time: str) -> None:
        """Let virtual time pass, such as `3h`, with all that comes due in it. Raises `BadScenario`."""
        self._post("/pass", _body(valid(Passing, {"time": time})))

    def reset(self, scenario: Path | None = None) -> None:
        """Forget everything, buckets' bytes and stacks included, and begin with a scenario.

        Raises `SandboxFailed` where the stacks are in a backend that others may use as well.
        """
        if chosen := os.environ.get(BACKEND):
            raise SandboxFailed(
                f"the sandbox's stacks are in {urlsplit(chosen).scheme}://… ({BACKEND}), which is not emptied: destroy "
                f"its clusters with `wayfare destroy`, unset {BACKEND}, and reset it then"
            )
        wanted = read_scenario(scenario) if scenario else Scenario()
        self._post("/reset", _body(wanted))
        shutil.rmtree(self.directory / "backend", ignore_errors=True)
        (self.directory / "backend").mkdir(mode=0o700)

    def set_capacity(
        self,
        cloud: CloudName | str,
        region: str,
        machine_type: str,
        nodes: int,
        zone: str | None = None,
        purchase: Purchase | str | None = None,
    ) -> None:
        """From now on there are so many nodes in a zone, or in each zone of the region; those in use stay in use."""
        body = {"cloud": cloud, "region": region, "machineType": machine_type, "nodes": nodes}
        self._post("/capacity", {**body, "zone": zone, "purchase": purchase})

    def capacity(self) -> list[dict[str, Any]]:
        """Capacity and use, wherever either was touched."""
        return self._get("/capacity")

    def set_quota(self, cloud: CloudName | str, region: str, family: str, limit: int) -> None:
        """Set the account's limit for a quota family: vCPUs, or accelerators on GCP."""
        self._post("/quota", {"cloud": cloud, "region": region, "family": family, "limit": limit})

    def fail(
        self,
        cloud: CloudName | str,
        token: str,
        message: str | None = None,
        times: int = 1,
        *,
        kind: str | None = None,
        dead: bool = False,
        slow: str | None = None,
        operation: str = "create",
        after: int = 0,
    ) -> None:
        """Let something go wrong with the next calls on a resource type or function; see `scenario.FaultRow`.

        Raises `BadScenario` for what cannot be asked for.
        """
        asked = {"cloud": cloud, "token": token, "message": message, "kind": kind, "dead": dead, "slow": slow}
        row = valid(FaultRow, {**asked, "operation": operation, "after": after, "times": times})
        self._post("/fault", _body(row))

    def trainings(self) -> list[dict[str, Any]]:
        """Every training for whose pods a local process stands, or waits to: none where the sandbox keeps none.

        `cluster`, `stack`, `cloud`, `region`; `state` (`running`, `ending`, `waiting`, `completed`, `failed`) with its
        `reason`; `pods` that the process stands for, those that are ending among them, of those that are `wanted`;
        `step`, the last that was counted; `whole`, that of the newest whole checkpoint in its bucket; `restarts`;
        `pid`; and what is to go `wrong`.
        """
        return self._get("/trainings")

    def copies(self) -> list[dict[str, Any]]:
        """Every copy between buckets for whose pods local processes stand.

        `cluster`, `stack`; `job` and `pods`, as the API of its cluster would tell them; `logs`, the ends of its pods'
        by their index; `pids`; and why no pod can run, if so (`waits`).
        """
        return self._get("/copies")

    def await_training(
        self, cluster: str, states: Collection[str] = (), beyond: int = -1, timeout: float = 20.0
    ) -> dict[str, Any] | None:
        """The training of a cluster or a stack once it is in one of these states and has counted more steps than that.

        As it is then after `timeout` real seconds, at most 20; None where there is none.
        """
        query = {"cluster": cluster, "states": ",".join(states), "beyond": str(beyond)}
        return self._get("/trainings/await", {**query, "timeout": str(min(timeout, 20.0))})

    def disturb(self, cluster: str, wrong: str, times: int = 1) -> None:
        """Let something go wrong with the training of a cluster or a stack; see `behaviour.Wrong`.

        Raises `BadScenario` for what cannot be asked for.
        """
        self._post("/training", _body(valid(TrainingRow, {"cluster": cluster, "wrong": wrong, "times": times})))

    def set_operator(self, address: str | None = None, connected: Sequence[CloudName | str] = ()) -> None:
        """Say from where commands reach control planes: a public address, and clouds whose networks are connected.

        Raises `BadScenario` for what is no address or no cloud.
        """
        self._post("/operator", _body(valid(OperatorRow, {"address": address, "connected": tuple(connected)})))

    def connected(self) -> frozenset[CloudName]:
        """The clouds whose private networks the operator is connected to."""
        return frozenset(CloudName(name) for name in self._get("/status")["operator"]["connected"])

    def drift(self, package: str, token: str, id: str, property: str, value: Any) -> None:
        """Change a property of a resource behind the engine's back."""
        self._post("/drift", {"package": package, "token": token, "id": id, "property": property, "value": value})

    def remove_behind(self, package: str, token: str, id: str) -> None:
        """Delete a resource, and what goes with it, behind the engine's back."""
        self._post("/vanish", {"package": package, "token": token, "id": id})

    def inventory(self, cluster: str | None = None) -> dict[str, list[dict[str, Any]]]:
        """`resources` and `kubernetes` objects: everything, or what belongs to a cluster."""
        return self._get("/inventory", {"cluster": cluster} if cluster is not None else {})

    def events(self, since: int = 0) -> list[dict[str, Any]]:
        """The timeline after the event of that number; `at` is in virtual seconds."""
        return self._get("/events", {"since": str(since)})

    def await_events(self, since: int, count: int, timeout: float = 20.0) -> list[dict[str, Any]]:
        """The timeline after an event once it has so many entries; fewer after `timeout` real seconds, at most 20."""
        query = {"since": str(since), "count": str(count), "timeout": str(min(timeout, 20.0))}
        return self._get("/events/await", query)

    def bucket(self, cloud: CloudName | str, name: str) -> Path:
        """The directory that holds a bucket's objects."""
        return self.directory / "buckets" / PACKAGE_OF[CloudName(cloud)] / name

    def repository(self, name: str) -> Path:
        """The directory that stands for a repository of images, in the form of the OCI's "Image Layout"."""
        return self.directory / "registries" / name

    def environment(self) -> dict[str, str]:
        """What a shell needs for `pulumi up` against the running sandbox."""
        ports = process.ports(self.directory)
        passphrase = self.directory / "passphrase"
        process.secret_file(passphrase, secrets.token_urlsafe(32))
        backend = self.directory / "backend"
        backend.mkdir(exist_ok=True, mode=0o700)
        return {
            "PULUMI_DEBUG_PROVIDERS": ",".join(f"{package}:{ports[package]}" for package in PACKAGES),
            "PULUMI_BACKEND_URL": os.environ.get(BACKEND) or f"file://{backend}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "WAYFARE_SANDBOX": "1",
            HOME: str(self.directory),
            # The project is the one thing that Google's provider cannot do without.
            "GOOGLE_PROJECT": process.record(self.directory)["project"],
            "WAYFARE_AZURE_ENDPOINT": f"http://127.0.0.1:{ports['control']}/azure-native",
        }

    def _get(self, path: str, query: dict[str, str] | None = None) -> Any:
        return self._ask("GET", f"{path}?{urlencode(query)}" if query else path, None)

    def _post(self, path: str, body: dict[str, Any]) -> None:
        self._ask("POST", path, json.dumps(body).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> Any:
        url = f"http://127.0.0.1:{process.ports(self.directory)['control']}{path}"
        token = (self.directory / "token").read_text(encoding="utf-8")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(url, body, headers, method=method)
        # A proxy of the environment is for other hosts.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise SandboxFailed(json.load(error)["error"]["message"]) from error
        except OSError as error:
            raise SandboxFailed(f"the sandbox does not answer: {error}") from error


def _body(part: BaseModel) -> dict[str, Any]:
    return part.model_dump(mode="json", by_alias=True)
