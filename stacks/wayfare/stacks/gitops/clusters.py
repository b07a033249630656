"""A cluster of a generated repository: its blueprint's files, where it is wanted, its stacks' settings. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any

from ruamel.yaml import YAML

from wayfare.blueprints import CloudName, Loaded
from wayfare.components.catalog import Catalog
from wayfare.components.clouds import cloud
from wayfare.components.contract import Holding
from wayfare.stacks.gitops.choices import Choices, Operator, RepositoryInvalid
from wayfare.stacks.gitops.wanted import Place, Wanted
from wayfare.stacks.placement import Candidate
from wayfare.stacks.plans import Plans
from wayfare.stacks.presumed import presumed
from wayfare.stacks.project import StackName, StackSettings


@dataclass(frozen=True)
class Cluster:
    """What is known of a cluster without asking any account."""

    loaded: Loaded
    files: Mapping[str, str]
    """The blueprint's own files under `blueprints/`."""
    wanted: Wanted
    candidates: Sequence[Candidate]
    """Its placements, best first, in zones that are made up."""
    plans: Plans

    @property
    def name(self) -> str:
        """Name of the cluster, and of its files."""
        return self.loaded.blueprint.metadata.name

    @property
    def path(self) -> str:
        """The blueprint, from the root of the repository."""
        return f"blueprints/{self.name}.yaml"

    @property
    def clouds(self) -> tuple[CloudName, ...]:
        """The clouds on which it may be."""
        place = self.loaded.blueprint.spec.placement
        return tuple(name for name in CloudName if name in place.clouds and name.value not in place.avoid)

    @property
    def chosen(self) -> Candidate:
        """The placement that is wanted. Raises RepositoryInvalid where the blueprint does not allow it."""
        place = self.wanted.placement
        # Zones are made up here: what is asked is whether the blueprint wants anything like it.
        anywhere = place.model_copy(update={"zone": None})
        fitting = [each for each in self.candidates if anywhere.against(each) is None and each.machine is not None]
        chosen = next((each for each in fitting if each.rejected is None), None)
        if chosen is None:
            why = next((each.rejected for each in fitting), f"{self.path} has no such placement")
            raise RepositoryInvalid(f"placements/{self.name}.yaml wants {place}: {why}")
        return replace(chosen, zone=place.zone or chosen.zone)

    @property
    def stack(self) -> StackName:
        """The stack that is wanted."""
        return _stack(self.name, self.chosen)


def cluster(loaded: Loaded, files: Mapping[str, str], wanted: Wanted | None, catalog: Catalog) -> Cluster:
    """A cluster, wanted at its best placement where nobody has said otherwise. Raises RepositoryInvalid."""
    found, plans = presumed(loaded, catalog)
    name = loaded.blueprint.metadata.name
    first = next((each for each in found if each.rejected is None), None)
    if wanted is None and first is None:
        reasons = dict.fromkeys(each.rejected for each in found if each.rejected)
        raise RepositoryInvalid("\n  ".join([f"{loaded.path}: every placement is out:", *reasons]))
    if wanted is None and first is not None:
        wanted = Wanted(cluster=name, placement=Place.of(first, zone=False))
    assert wanted is not None  # noqa: S101 - one of the two is there
    if wanted.cluster != name:
        raise RepositoryInvalid(f"placements/{name}.yaml is for the cluster {wanted.cluster}")
    return Cluster(loaded, files, wanted, found, plans)


def settings(of: Cluster, choices: Choices) -> Iterator[tuple[StackName, str]]:
    """A stack's settings for each cloud: for the wanted placement, and elsewhere for the best."""
    for name in of.clouds:
        if of.chosen.cloud is name:
            candidate: Candidate | None = of.chosen
        else:
            candidate = next((each for each in of.candidates if each.cloud is name and each.rejected is None), None)
        if candidate is not None:
            yield _stack(of.name, candidate), _settings_text(of, candidate, choices)


def _stack(name: str, candidate: Candidate) -> StackName:
    return StackName(name, candidate.cloud, candidate.placement.region)


def _settings_text(of: Cluster, candidate: Candidate, choices: Choices) -> str:
    placement = candidate.placement
    values = StackSettings(
        blueprint=of.path,
        cloud=placement.cloud,
        region=placement.region,
        zone=placement.zone,
        machine_type=placement.machine_type,
        purchase=placement.purchase,
        reservation=placement.reservation or "",
        alternative=candidate.wish[0],
        # The operator updates once, and nobody would give back what it held.
        capacity=Holding.HELD if choices.operator is Operator.NONE else Holding.RELEASED,
        mode=choices.mode,
    ).as_configuration()
    nested: dict[str, Any] = {}
    for key, value in {**values, **cloud(placement.cloud).configuration(placement.region)}.items():
        name, dot, inner = key.partition(".")
        if dot:
            nested.setdefault(name, {})[inner] = value
        else:
            nested[key] = value
    data = {
        **({} if choices.secrets_provider is None else {"secretsprovider": choices.secrets_provider}),
        "config": nested,
    }
    yaml, out = YAML(typ="rt", pure=True), StringIO()
    yaml.dump(data, out)  # pyright: ignore[reportUnknownMemberType] - ruamel is untyped
    return out.getvalue()
