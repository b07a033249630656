"""How whoever runs this is signed in to a registry: as Docker's configuration and its credential helpers say."""

import re
import warnings
from dataclasses import dataclass, field
from typing import Any, cast

from wayfare.stacks.mirroring.images import NotMirrored


@dataclass(frozen=True)
class Credentials:
    """What a registry is told. Nothing of it is written down."""

    username: str
    password: str = field(repr=False)
    identity_token: str | None = field(default=None, repr=False)
    """What is exchanged for short tokens in place of a password, as Azure's registries give it."""


def signed_in(host: str) -> Credentials | None:
    """The credentials for a registry, or None. Raises NotMirrored where a credential helper does not work."""
    # It takes a third of a second to import.
    from docker.auth import load_config  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]
    from docker.errors import DockerException  # pyright: ignore[reportMissingTypeStubs]

    try:
        with warnings.catch_warnings():
            # That a helper is missing is an error, too, when it is asked.
            warnings.simplefilter("ignore")
            configured = load_config()  # pyright: ignore[reportUnknownVariableType]
            found = cast("dict[str, Any] | None", configured.resolve_authconfig(host))  # pyright: ignore[reportUnknownMemberType]
    except DockerException as error:
        raise NotMirrored(f"Docker's credentials for {host} cannot be read: {error}; {remedy(host)}") from None
    given = {key.lower(): value for key, value in (found or {}).items()}
    if token := given.get("identitytoken"):
        return Credentials("", "", str(token))
    if given.get("username"):
        return Credentials(str(given["username"]), str(given.get("password") or ""))
    return None


def remedy(host: str) -> str:
    """What to try where a registry refuses."""
    if found := re.fullmatch(r"[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com", host):
        login = f"docker login --username AWS --password-stdin {host}"
        return f"sign in: aws ecr get-login-password --region {found[1]} | {login}"
    if host.endswith(".azurecr.io"):
        return f"sign in: az acr login --name {host.removesuffix('.azurecr.io')}"
    if host.endswith((".pkg.dev", "gcr.io")):
        return f"sign in: gcloud auth configure-docker {host}"
    return f"sign in: docker login {host}"
