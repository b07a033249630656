"""Buckets as values, each with what rclone has to know of it.

Settings reach rclone by the environment of its process alone: no configuration file, and nothing of them among its
arguments. Where no credentials are given here, rclone signs in as whoever runs it does (`env_auth`): by the variables
and token files of AWS's, Azure's and Google's SDKs, workload identity among them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from wayfare.blueprints import CloudName


class Store(StrEnum):
    """Who keeps the objects."""

    S3 = "S3"
    AZURE = "Azure Blob Storage"
    GOOGLE = "Cloud Storage"
    FOLDER = "a folder"


#: Where each cloud keeps objects.
STORES: Mapping[CloudName, Store] = {
    CloudName.AWS: Store.S3,
    CloudName.AZURE: Store.AZURE,
    CloudName.GCP: Store.GOOGLE,
}


@dataclass(frozen=True)
class Bucket:
    """A bucket, or what lies below a prefix of one."""

    store: Store
    url: str
    """As its cloud writes it: `s3://…`, `https://….blob.core.windows.net/…`, `gs://…`, `file://…`."""
    path: str
    """Bucket and prefix as rclone takes them."""
    settings: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """rclone's settings of the store, none of them secret."""
    credentials: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Settings that are secret; empty for whoever runs rclone."""

    def __str__(self) -> str:
        return self.url

    def below(self, prefix: str) -> "Bucket":
        """What lies below a prefix of it."""
        return replace(self, url=_joined(self.url, prefix), path=_joined(self.path, prefix))

    def environment(self, remote: str) -> dict[str, str]:
        """The variables that make it a remote of that name (rclone, "Environment Variables")."""
        signed_in = {} if self.credentials or self.store is Store.FOLDER else {"env_auth": "true"}
        settings = {"type": _TYPES[self.store], **_EXACT, **self.settings, **signed_in, **self.credentials}
        return {f"RCLONE_CONFIG_{remote.upper()}_{key.upper()}": value for key, value in settings.items()}


_TYPES = {
    Store.S3: "s3",
    Store.AZURE: "azureblob",
    Store.GOOGLE: "google cloud storage",
    Store.FOLDER: "local",
}

#: A name is the same on both sides, or it is refused: rclone would else write a sign in place of one that it thinks a
#: store cannot hold, and whoever reads the target would not find the object.
_EXACT = {"encoding": "Raw"}

#: MD5 as metadata is what the writer says and not what the store has seen; without it such an object is read (verify).
_UNSAID = {"disable_checksum": "true"}

#: Credentials that are none, for a test's server that asks for none.
ANONYMOUS: Mapping[str, str] = {"anonymous": "true"}


def s3(
    name: str,
    *,
    prefix: str = "",
    region: str | None = None,
    endpoint: str | None = None,
    key: str | None = None,
    credentials: Mapping[str, str] | None = None,
) -> Bucket:
    """A bucket on AWS, or of a server that speaks S3 at `endpoint`.

    `key` is the ARN of the KMS key that encrypts it, where there is one: what S3 tells as ETag is no MD5 then (S3 API
    reference, "Object"), and what is written has to name the key.
    """
    settings = {"provider": "Other" if endpoint else "AWS", "no_check_bucket": "true", **_UNSAID}
    if region:
        settings["region"] = region
    if endpoint:
        settings["endpoint"] = endpoint
    if key:
        settings |= {"server_side_encryption": "aws:kms", "sse_kms_key_id": key}
    return Bucket(Store.S3, _joined("s3://" + name, prefix), _joined(name, prefix), settings, credentials or {})


def azure(
    account: str,
    container: str,
    *,
    prefix: str = "",
    endpoint: str | None = None,
    credentials: Mapping[str, str] | None = None,
) -> Bucket:
    """A container of a storage account. `endpoint` is the service's URL where it is not the public cloud's."""
    settings = {"account": account, "no_check_container": "true", **_UNSAID}
    if endpoint:
        settings["endpoint"] = endpoint
    url = (endpoint or f"https://{account}.blob.core.windows.net").rstrip("/") + f"/{container}"
    return Bucket(Store.AZURE, _joined(url, prefix), _joined(container, prefix), settings, credentials or {})


def google(
    name: str, *, prefix: str = "", endpoint: str | None = None, credentials: Mapping[str, str] | None = None
) -> Bucket:
    """A bucket on Google Cloud with uniform access. `endpoint` is the JSON API's URL, where it is not Google's."""
    settings = {"bucket_policy_only": "true", "no_check_bucket": "true"}
    if endpoint:
        settings["endpoint"] = endpoint.rstrip("/") + "/storage/v1/"
    return Bucket(Store.GOOGLE, _joined("gs://" + name, prefix), _joined(name, prefix), settings, credentials or {})


def folder(path: Path) -> Bucket:
    """A directory that stands for a bucket, as the sandbox keeps them."""
    return Bucket(Store.FOLDER, path.absolute().as_uri(), str(path.absolute()))


def from_url(url: str, *, region: str | None = None, key: str | None = None) -> Bucket:
    """The bucket at a URL, as stacks and blueprints write it. `region` and `key` are S3's. Raises ValueError."""
    parts = urlsplit(url)
    prefix = parts.path.strip("/")
    if parts.scheme == "s3" and parts.netloc:
        return s3(parts.netloc, prefix=prefix, region=region, key=key)
    if parts.scheme == "gs" and parts.netloc:
        return google(parts.netloc, prefix=prefix)
    if parts.scheme == "file" and not parts.netloc and parts.path:
        return folder(Path(parts.path))
    account = re.fullmatch(r"([a-z0-9]{3,24})\.blob\.core\.windows\.net", parts.netloc)
    if parts.scheme == "https" and account and prefix:
        container, _, rest = prefix.partition("/")
        return azure(account[1], container, prefix=rest)
    raise ValueError(f"{url!r} is no bucket's URL: s3://…, gs://… or https://ACCOUNT.blob.core.windows.net/CONTAINER")


def _joined(bucket: str, prefix: str) -> str:
    return f"{bucket}/{prefix.strip('/')}".rstrip("/")
