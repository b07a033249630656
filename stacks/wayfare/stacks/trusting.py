"""A trust across clouds: a short-lived stack by which a cluster's pods read a bucket elsewhere, without any key.

One for each move, in a project of its own beside the clusters', named after the move: `llm-20261129-4f2a`, or with
`.sandbox` after it. It is removed when the copy is proven, and its absence with it.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import pulumi
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from wayfare.blueprints import CloudName
from wayfare.blueprints.files import read_file
from wayfare.components.clouds import SdkMissing, cloud
from wayfare.components.contract import NAMESPACE, SERVICE_ACCOUNT, NotFeasible
from wayfare.components.trusting import Trusted, TrustRequest
from wayfare.stacks.accounts import AccountSilent
from wayfare.stacks.carrying.declaring import declare
from wayfare.stacks.engine.outcome import EngineFailed, StackBusy, Update, Watch
from wayfare.stacks.project import StackSettingsInvalid, refuse_other_mode
from wayfare.stacks.recovery import Tell, doubtful, recover, unlocked
from wayfare.stacks.session import Session

PROJECT_NAME = "wayfare-trust"


class TrustFailed(RuntimeError):
    """The trust could not be made or removed. The message is the cloud's or the engine's, and says where."""


class TrustSettings(BaseModel):
    """What a trust's configuration says in the namespace `wayfare-trust`: whose bucket, and who reads it."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    mode: str
    """`sandbox` or `cloud`."""
    cluster: str
    cloud: CloudName
    """The bucket's."""
    region: str
    """The bucket's."""
    bucket: str
    """Its URL."""
    own_key: bool = False
    """Whether it is encrypted with the account's own key."""
    inside_only: bool = False
    """Whether it answers in its cluster's network alone."""
    reader: CloudName
    """The cloud of the cluster whose pods read."""
    reader_region: str
    issuer: str
    """URL of what issues that cluster's tokens."""
    identity: str
    """What its workload acts as there."""
    namespace: str = NAMESPACE
    service_account: str = SERVICE_ACCOUNT
    copy_order: str = ""
    """Path of the order of what is copied now (`wayfare.stacks.carrying`); empty where nothing is."""
    name: str = ""
    """Of what is made; chosen anew whenever the stack is, for Google gives a name free only after 30 days."""

    @property
    def request(self) -> TrustRequest:
        """What the bucket's cloud is asked for."""
        return TrustRequest(
            name=self.name,
            cluster=self.cluster,
            bucket=self.bucket,
            region=self.region,
            reader=self.reader,
            reader_region=self.reader_region,
            issuer=self.issuer,
            subject=f"system:serviceaccount:{self.namespace}:{self.service_account}",
            identity=self.identity,
            own_key=self.own_key,
            inside_only=self.inside_only,
        )

    def as_configuration(self) -> dict[str, str]:
        """Configuration keys and values."""
        values = self.model_dump(mode="json", by_alias=True)
        # As YAML and Pulumi write truth.
        texts = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in values.items()}
        return {f"{PROJECT_NAME}:{key}": value for key, value in texts.items()}

    @classmethod
    def read(cls, values: Mapping[str, object]) -> "TrustSettings":
        """Read the namespace `wayfare-trust` of a stack's configuration. Raises StackSettingsInvalid."""
        try:
            return cls.model_validate({key: value for key, value in values.items() if value is not None})
        except ValidationError as error:
            lines = [f"{PROJECT_NAME}:{each['loc'][0]}: {each['msg']}" for each in error.errors()]
            raise StackSettingsInvalid("\n".join(lines)) from None


def run() -> None:
    """Declare the trust. Any mistake becomes one clear error of the engine's."""
    config = pulumi.Config(PROJECT_NAME)
    keys = [to_camel(field) for field in TrustSettings.model_fields]
    try:
        settings = TrustSettings.read({key: config.get(key) for key in keys})
        refuse_other_mode(pulumi.get_stack(), settings.mode, PROJECT_NAME)
        trusted = cloud(settings.cloud).trust(settings.request)
        if settings.copy_order:
            declare(settings.copy_order, trusted)
    except (StackSettingsInvalid, SdkMissing, NotFeasible) as error:
        raise pulumi.RunError(str(error)) from None
    for key, value in exported(trusted).items():
        pulumi.export(key, value)


def exported(trusted: Trusted) -> dict[str, Any]:
    """What the stack exports: all that the reading container is told."""
    return {
        "environment": dict(trusted.environment),
        "files": dict(trusted.files),
        "audience": trusted.audience,
        "settings": dict(trusted.settings),
    }


@dataclass(frozen=True)
class TrustStack:
    """The stack of a move's trust. As text it is the stack's name, which is none of a cluster's: it has no place."""

    id: str
    """The move's."""
    cluster: str
    cloud: CloudName
    """The bucket's."""
    region: str
    """The bucket's."""
    sandbox: bool

    def __str__(self) -> str:
        return f"{self.id}.sandbox" if self.sandbox else self.id


class Trusts:
    """Makes and removes the trust of one move. Each may be called again after it was interrupted anywhere."""

    def __init__(self, session: Session, stack: TrustStack, watch: Watch, tell: Tell) -> None:
        self._given = session
        self._stack = stack
        self._watch = watch
        self._tell = tell

    @cached_property
    def _session(self) -> Session:
        """The same session, but its stacks are the trusts'. Their project is made when one is first asked for."""
        return replace(self._given, stacks=self._given.trust_stacks)

    def stands(self) -> bool:
        """Whether there is such a stack, whatever is in it."""
        return str(self._stack) in self._session.stacks.names()

    def bring_up(self, wanted: TrustSettings) -> None:
        """Make what is missing of it. Raises TrustFailed."""
        try:
            update = self._bring_up(wanted)
        except (AccountSilent, EngineFailed, StackBusy, StackSettingsInvalid) as error:
            raise TrustFailed(f"{self._stack}: {error}") from None
        _refused(self._stack, update)

    def take_down(self) -> None:
        """Remove it and prove that nothing of it is left; nothing where there is none. Raises TrustFailed."""
        if not self.stands():
            return
        try:
            self._take_down()
        except (AccountSilent, EngineFailed, StackBusy, StackSettingsInvalid) as error:
            raise TrustFailed(f"{self._stack}: {error}") from None

    def _bring_up(self, wanted: TrustSettings) -> Update:
        session, stack = self._session, str(self._stack)
        name, unclear = "", False
        if self.stands():
            before = self._settings()
            name = "" if before is None else before.name
            unclear = doubtful(session, self._stack)
            if not name and session.stacks.resources(stack):
                raise StackSettingsInvalid("its settings are missing, and with them the name of what it has made")
        settings = wanted.model_copy(update={"name": name or f"{self._stack.id}-{secrets.token_hex(2)}"})
        provider = cloud(settings.cloud).configuration(settings.region)
        session.stacks.configure(stack, {**settings.as_configuration(), **provider})
        if unclear:
            recover(session, self._stack, self._tell, program=True)
        return unlocked(session, self._stack, self._tell, partial(session.stacks.up, stack, self._watch))

    def _take_down(self) -> None:
        session, stack = self._session, str(self._stack)
        if doubtful(session, self._stack):
            recover(session, self._stack, self._tell, program=self._settings() is not None)
        doom = partial(session.stacks.destroy, stack, self._watch)
        _refused(self._stack, unlocked(session, self._stack, self._tell, doom))
        left: list[str] = []
        for _ in session.looks():
            left = self._left()
            if not left:
                break
        if left:
            raise TrustFailed(f"{self._stack}: the inventory still has {', '.join(left)}")
        session.stacks.remove(stack)

    def _left(self) -> list[str]:
        """What the bucket's account has of the move's trust, whatever the state says and whatever it was called."""
        stack = self._stack
        found = self._session.accounts.inventory(stack.cloud, stack.cluster, stack.region)
        return [item.id for item in found if item.trust is not None and item.trust.startswith(f"{stack.id}-")]

    def _settings(self) -> TrustSettings | None:
        """What the stack's file says, or None where it has none."""
        file = self._session.project.trust() / "config" / f"Pulumi.{self._stack}.yaml"
        data = read_file(file).data if file.exists() else None
        said = data.get("config") if isinstance(data, dict) else None
        if not isinstance(said, dict):
            return None
        prefix = f"{PROJECT_NAME}:"
        ours = {key.removeprefix(prefix): value for key, value in said.items() if str(key).startswith(prefix)}
        return TrustSettings.read(ours) if ours else None


def _refused(stack: TrustStack, update: Update) -> None:
    if update.refusals:
        raise TrustFailed(f"{stack}: {'; '.join(refusal.message for refusal in update.refusals)}")
