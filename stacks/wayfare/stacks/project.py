"""The Pulumi project that stacks belong to, and how a stack is named and configured."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import platformdirs
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from wayfare.blueprints import CloudName, Purchase
from wayfare.blueprints.files import read_file
from wayfare.blueprints.problems import printable
from wayfare.components.along import Along
from wayfare.components.contract import Holding, Placement

PROJECT_NAME = "wayfare"

#: What a project holds where Wayfare was installed from a wheel and no checkout is at hand.
_PULUMI_YAML = "name: wayfare\nruntime: python\nmain: stacks/\nstackConfigDir: stacks/config\n"
_BOOTSTRAP_YAML = "name: wayfare-bootstrap\nruntime: python\nstackConfigDir: config\n"
_BOOTSTRAP = '"""The program of the account\'s own stack."""\n\nfrom wayfare.stacks.bootstrap import run\n\nrun()\n'
_TRUST_YAML = "name: wayfare-trust\nruntime: python\nstackConfigDir: config\n"
_TRUST = '"""The program of a trust across clouds."""\n\nfrom wayfare.stacks.trusting import run\n\nrun()\n'
_MAIN = '"""The program that every stack runs."""\n\nfrom wayfare.stacks.program import run\n\nrun()\n'


class StackSettingsInvalid(ValueError):
    """A stack's configuration does not say what the program needs. The message tells what to set."""


def refuse_other_mode(stack: str, stamped: str, namespace: str = PROJECT_NAME) -> None:
    """Refuse a stack of the clouds in a shell of the sandbox, and the other way round. Raises StackSettingsInvalid."""
    mode = "sandbox" if os.environ.get("WAYFARE_SANDBOX") == "1" else "cloud"
    if stamped != mode:
        way = (
            'for the sandbox run: eval "$(wayfare sandbox env)"'
            if stamped == "sandbox"
            else f"unset what `wayfare sandbox env` has set, or set {namespace}:mode to sandbox for a rehearsal"
        )
        raise StackSettingsInvalid(f"stack {stack} belongs to the {stamped}, but this shell works on the {mode}; {way}")


@dataclass(frozen=True)
class StackName:
    """`<cluster>.<cloud>-<region>`: one cluster in one region of one cloud."""

    cluster: str
    cloud: CloudName
    region: str

    def __str__(self) -> str:
        return f"{self.cluster}.{self.cloud}-{self.region}"

    @classmethod
    def parse(cls, name: str) -> "StackName | None":
        """The parts of a name, or None where it is not one of ours. An organization before it is passed over."""
        cluster, dot, place = name.rpartition("/")[2].partition(".")
        cloud, dash, region = place.partition("-")
        if not (dot and dash and region and cloud in {known.value for known in CloudName}):
            return None
        return cls(cluster, CloudName(cloud), region)


class Queue(StrEnum):
    """Whether a cluster's queue admits jobs."""

    OPEN = "open"
    HELD = "held"


class StackSettings(BaseModel):
    """What a stack's configuration says in the namespace `wayfare`."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    blueprint: str
    """Path of the blueprint, relative to the project or absolute. It may lead out of the project: an installed Wayfare
    keeps its project among the user's data, and every blueprint lies elsewhere. It is read with the rights of whoever
    runs the command, only as a blueprint, and within the limits of one."""
    cloud: CloudName
    region: str
    zone: str
    machine_type: str
    purchase: Purchase = Purchase.ON_DEMAND
    reservation: str = ""
    """Id of the blueprint's reservation that the placement uses; empty for none."""
    alternative: int | None = None
    """Which of the blueprint's accelerators it is for, from 0; None for the first that the machine type fulfils."""
    capacity: Holding = Holding.HELD
    """`held` until the pool runs, then `released`."""
    complete: bool = False
    """Whether the cluster stands, so that it may be protected from being deleted."""
    queue: Queue = Queue.OPEN
    """`held` while a move keeps its training from running."""
    images: str = ""
    """Images that a move has copied into the cluster's own registry: `IMAGE=COPY`, with spaces between them."""
    brought: str = ""
    """Data sets that a move has copied into the cluster's own bucket: where they are `from`, with spaces between."""
    mode: str = "cloud"
    """`sandbox` for a stack of the sandbox; the stamp that keeps the two apart."""

    @property
    def placement(self) -> Placement:
        """Where the accelerators are had."""
        reservation = self.reservation or None
        return Placement(self.cloud, self.region, self.zone, self.machine_type, self.purchase, reservation)

    @property
    def along(self) -> Along:
        """What a move has brought along. No image and no bucket has a space or an equals sign in its name."""
        pairs = (each.partition("=") for each in self.images.split())
        return Along({image: copy for image, _, copy in pairs}, tuple(self.brought.split()))

    def with_along(self, along: Along) -> "StackSettings":
        """The same, with what a move has brought along."""
        images = " ".join(f"{image}={copy}" for image, copy in along.images.items())
        return self.model_copy(update={"images": images, "brought": " ".join(along.data)})

    def as_configuration(self) -> dict[str, str]:
        """Configuration keys and values; the placement is one object, `wayfare:placement.zone` and so on."""
        place = {
            "cloud": self.cloud.value,
            "region": self.region,
            "zone": self.zone,
            "machineType": self.machine_type,
            "purchase": self.purchase.value,
            "reservation": self.reservation,
        }
        return {
            "wayfare:blueprint": self.blueprint,
            **{f"wayfare:placement.{key}": value for key, value in place.items()},
            **({} if self.alternative is None else {"wayfare:alternative": str(self.alternative)}),
            "wayfare:capacity": self.capacity.value,
            "wayfare:complete": str(self.complete).lower(),
            "wayfare:queue": self.queue.value,
            # A cluster that was never moved has neither; one that was keeps both for as long as its stack is there.
            **({"wayfare:images": self.images} if self.images else {}),
            **({"wayfare:brought": self.brought} if self.brought else {}),
            "wayfare:mode": self.mode,
        }

    @classmethod
    def read(cls, values: Mapping[str, object]) -> "StackSettings":
        """Read the namespace `wayfare` of a stack's configuration. Raises StackSettingsInvalid."""
        flat = {key: value for key, value in values.items() if key != "placement" and value is not None}
        placement = values.get("placement")
        if isinstance(placement, Mapping):
            for key, value in placement.items():  # pyright: ignore[reportUnknownVariableType] - any mapping
                # YAML reads an Azure zone, `1`, as a number. What is no part of a placement must not pass for another
                # setting, such as the mode.
                name = str(key) if key in _PLACEMENT_KEYS else f"placement.{key}"  # pyright: ignore[reportUnknownArgumentType]
                flat[name] = str(value) if type(value) is int else value  # pyright: ignore[reportUnknownArgumentType]
        try:
            return cls.model_validate(flat)
        except ValidationError as error:
            lines = [_what_to_do(problem["type"], str(problem["loc"][0]), problem["msg"]) for problem in error.errors()]
            raise StackSettingsInvalid("\n".join(lines)) from None


_PLACEMENT_KEYS = ("cloud", "region", "zone", "machineType", "purchase", "reservation")


def _what_to_do(type: str, key: str, message: str) -> str:
    name = printable(f"wayfare:placement.{key}" if key in _PLACEMENT_KEYS else f"wayfare:{key}")
    at = f"--path {name}" if name.startswith("wayfare:placement.") else name
    if type == "extra_forbidden":
        return f"{name}: is not known; remove it with: pulumi config rm {at}"
    return f"{name}: {message}; set it with: pulumi config set {at} VALUE"


@dataclass(frozen=True)
class Project:
    """The directory with `Pulumi.yaml` that stacks are run in."""

    root: Path

    @classmethod
    def locate(cls, start: Path) -> "Project":
        """The checkout that `start` is in, or else a project of the user's own, made when it is missing."""
        for directory in (start, *start.parents):
            if _is_ours(directory / "Pulumi.yaml"):
                return cls(directory)
        return cls.create(platformdirs.user_data_path("wayfare") / "project")

    @classmethod
    def create(cls, root: Path) -> "Project":
        """A project with nothing but the program; what is there already stays."""
        (root / "stacks" / "config").mkdir(parents=True, exist_ok=True)
        _write_missing({root / "stacks" / "__main__.py": _MAIN, root / "Pulumi.yaml": _PULUMI_YAML})
        return cls(root)

    def bootstrap(self) -> Path:
        """The project of the accounts' own stacks, `stacks/bootstrap/`, made when it is missing."""
        return self._beside("bootstrap", _BOOTSTRAP, _BOOTSTRAP_YAML)

    def trust(self) -> Path:
        """The project of trusts across clouds, `stacks/trust/`, made when it is missing."""
        return self._beside("trust", _TRUST, _TRUST_YAML)

    def _beside(self, name: str, program: str, settings: str) -> Path:
        root = self.root / "stacks" / name
        (root / "config").mkdir(parents=True, exist_ok=True)
        _write_missing({root / "__main__.py": program, root / "Pulumi.yaml": settings})
        return root

    def forget(self, mode: str) -> None:
        """Delete the settings of all stacks of a mode; their stacks are gone."""
        for file in (self.root / "stacks" / "config").glob("Pulumi.*.yaml"):
            settings = self.settings(file.name.removeprefix("Pulumi.").removesuffix(".yaml"))
            if settings is not None and settings.mode == mode:
                file.unlink()
        if mode == "sandbox":
            for beside in ("bootstrap", "trust"):
                for file in (self.root / "stacks" / beside / "config").glob("Pulumi.*.sandbox.yaml"):
                    file.unlink()

    def configured(self, cluster: str) -> list[StackName]:
        """The stacks of a cluster that have a settings file, whichever mode they belong to."""
        files = sorted((self.root / "stacks" / "config").glob("Pulumi.*.yaml"))
        names = (StackName.parse(file.name.removeprefix("Pulumi.").removesuffix(".yaml")) for file in files)
        return [name for name in names if name is not None and name.cluster == cluster]

    def settings_file(self, stack: str) -> Path:
        """`stacks/config/Pulumi.<stack>.yaml`."""
        return self.root / "stacks" / "config" / f"Pulumi.{stack}.yaml"

    def settings(self, stack: str) -> StackSettings | None:
        """What a stack's file says, or None where it has none. Raises StackSettingsInvalid."""
        file = self.settings_file(stack)
        if not file.exists():
            return None
        source = read_file(file)
        if source.problems:
            raise StackSettingsInvalid("\n".join(str(problem) for problem in source.problems))
        configuration = source.data.get("config") if isinstance(source.data, dict) else None
        if not isinstance(configuration, dict):
            return None
        prefix = f"{PROJECT_NAME}:"
        ours = {key.removeprefix(prefix): value for key, value in configuration.items() if key.startswith(prefix)}
        try:
            return StackSettings.read(ours) if ours else None
        except StackSettingsInvalid as invalid:
            raise StackSettingsInvalid(f"{printable(str(file))}:\n{invalid}") from None


def _write_missing(texts: Mapping[Path, str]) -> None:
    for file, text in texts.items():
        if not file.exists():
            file.write_text(text, encoding="utf-8")


def _is_ours(file: Path) -> bool:
    data = read_file(file).data
    return isinstance(data, dict) and data.get("name") == PROJECT_NAME
