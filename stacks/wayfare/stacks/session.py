"""What a command works on: the clouds or the sandbox, the project, its stacks and the accounts."""

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from wayfare.sandbox.client import Sandbox
from wayfare.stacks.accounts import Accounts
from wayfare.stacks.engine import install
from wayfare.stacks.engine.automation import Stacks
from wayfare.stacks.engine.install import Engine
from wayfare.stacks.engine.owner import is_shared
from wayfare.stacks.gitops.choices import secrets_provider
from wayfare.stacks.lease import lease
from wayfare.stacks.project import Project, StackName, StackSettings

#: How long absence may take to show in a cloud's inventory: ten minutes.
_LOOKS, _BETWEEN_LOOKS = 30, timedelta(seconds=20)


class WrongMode(RuntimeError):
    """A stack of the sandbox was met outside of it, or the other way round."""


class EngineMissing(RuntimeError):
    """No engine is installed; the message holds the command that installs it."""


@dataclass(frozen=True)
class Session:
    """One command's surroundings."""

    project: Project
    stacks: Stacks
    accounts: Accounts
    sandbox: Sandbox | None
    engine: Engine
    environment: Mapping[str, str]

    @classmethod
    def open(cls, *, sandbox: Sandbox | None, start: Path) -> "Session":
        """Find the engine and the project. The sandbox, where it is wanted, must be running.

        Raises EngineMissing, and RepositoryInvalid for a `gitops.yaml` that cannot be read.
        """
        engine = install.find()
        if engine is None:
            raise EngineMissing("the Pulumi engine is not installed; install it with: wayfare engine install")
        environment: Mapping[str, str] = sandbox.environment() if sandbox else {}
        project = Project.locate(start)
        # The sandbox brings a passphrase of its own.
        key = None if sandbox else secrets_provider(project.root)
        return cls(
            project=project,
            stacks=Stacks(project.root, engine, environment, key),
            accounts=Accounts(engine, environment),
            sandbox=sandbox,
            engine=engine,
            environment=environment,
        )

    @property
    def mode(self) -> str:
        """The stamp of this session's stacks: `sandbox` or `cloud`."""
        return "sandbox" if self.sandbox else "cloud"

    @cached_property
    def bootstrap_stacks(self) -> Stacks:
        """The stacks of what is one per account."""
        return Stacks(self.project.bootstrap(), self.engine, self.environment)

    @cached_property
    def trust_stacks(self) -> Stacks:
        """The stacks by which a cluster's pods may read a bucket elsewhere, for as long as it is copied."""
        return Stacks(self.project.trust(), self.engine, self.environment)

    @property
    def shared(self) -> bool:
        """Whether other machines may use the state backend."""
        return is_shared(self.stacks.backend)

    def lease(self, cluster: str, doing: str) -> AbstractContextManager[None]:
        """Be the only one who works on a cluster. Raises ClusterBusy."""
        return lease(cluster, self.stacks.backend, doing)

    def now(self) -> datetime:
        """The time, UTC; the sandbox's is virtual."""
        return self.sandbox.now() if self.sandbox else datetime.now(UTC)

    def looks(self) -> Iterator[None]:
        """One look at an inventory after another, for as long as what was deleted may still be listed.

        The sandbox forgets at once. Clouds index late: Google's Asset Inventory by minutes.
        """
        yield
        for _ in range(0 if self.sandbox else _LOOKS):
            time.sleep(_BETWEEN_LOOKS.total_seconds())
            yield

    def names(self, cluster: str | None = None) -> list[StackName]:
        """The stacks of a cluster, or of all clusters."""
        parsed = (StackName.parse(name) for name in self.stacks.names())
        return [name for name in parsed if name and cluster in (None, name.cluster)]

    def refuse_other_mode(self, cluster: str) -> None:
        """Raise WrongMode where any stack of a cluster belongs to the other mode: a failover could come to it later."""
        for name in self.project.configured(cluster):
            self.settings(name)

    def settings(self, stack: StackName) -> StackSettings | None:
        """What a stack's file says. Raises WrongMode for a stack of the other mode."""
        settings = self.project.settings(str(stack))
        if settings is not None and settings.mode != self.mode:
            file = self.project.settings_file(str(stack))
            flag = "--sandbox" if settings.mode == "sandbox" else "no --sandbox"
            raise WrongMode(
                f"stack {stack} belongs to the {settings.mode} (wayfare:mode in {file}), and this command works on the "
                f"{self.mode}; call it with {flag}, or destroy that cluster first: the two never share a stack"
            )
        return settings
