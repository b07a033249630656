"""The three stores by their own protocols, without rclone: what a test puts there, and what it finds there afterwards.

Each knows the one account of its test server. Names are the stores' own, unchanged.
"""

import base64
import hashlib
import hmac
import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from importlib import import_module
from typing import Any, Protocol
from urllib.parse import quote, urlencode
from xml.sax.saxutils import unescape


class Raw(Protocol):
    """One bucket of a store."""

    def put(self, name: str, data: bytes) -> None:
        """Write an object in one piece."""
        ...

    def put_in_parts(self, name: str, parts: list[bytes]) -> None:
        """Write an object as a client does that uploads in parts: the store knows no MD5 of it then."""
        ...

    def get(self, name: str) -> bytes:
        """An object's bytes."""
        ...

    def delete(self, name: str) -> None:
        """Delete an object."""
        ...

    def names(self) -> list[str]:
        """The names of all objects, as the store has them."""
        ...


@dataclass(frozen=True)
class RawS3:
    """A bucket of an S3 server, by botocore."""

    endpoint: str
    bucket: str
    key_id: str
    secret: str

    @property
    def _client(self) -> Any:
        return _s3(self.endpoint, self.key_id, self.secret)

    def create(self) -> None:
        """Make the bucket."""
        self._client.create_bucket(Bucket=self.bucket)

    def put(self, name: str, data: bytes) -> None:
        self._client.put_object(Bucket=self.bucket, Key=name, Body=data)

    def put_in_parts(self, name: str, parts: list[bytes]) -> None:
        client, where = self._client, {"Bucket": self.bucket, "Key": name}
        upload = client.create_multipart_upload(**where)["UploadId"]
        done = [
            {"PartNumber": number, "ETag": client.upload_part(**where, **each, PartNumber=number)["ETag"]}
            for number, part in enumerate(parts, 1)
            for each in [{"UploadId": upload, "Body": part}]
        ]
        client.complete_multipart_upload(**where, UploadId=upload, MultipartUpload={"Parts": done})

    def get(self, name: str) -> bytes:
        return self._client.get_object(Bucket=self.bucket, Key=name)["Body"].read()

    def delete(self, name: str) -> None:
        self._client.delete_object(Bucket=self.bucket, Key=name)

    def names(self) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return sorted(each["Key"] for page in pages for each in page.get("Contents", []))


@cache
def _s3(endpoint: str, key_id: str, secret: str) -> Any:
    config, session = import_module("botocore.config"), import_module("botocore.session")
    return session.Session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=config.Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required"),
    )


@dataclass(frozen=True)
class RawAzure:
    """A container of a blob service, signed with the account's key (Microsoft, "Authorize with Shared Key")."""

    endpoint: str
    """With the account, as Azurite has it."""
    account: str
    key: str
    container: str

    def _call(
        self, method: str, name: str, query: Mapping[str, str], headers: Mapping[str, str], data: bytes = b""
    ) -> bytes:
        path = f"/{self.account}/{self.container}" + (f"/{quote(name, safe='')}" if name else "")
        own = {"x-ms-date": format_datetime(datetime.now(UTC), usegmt=True), "x-ms-version": "2021-12-02", **headers}
        # Of the headers that are signed by their place, only the length and the type are ever sent.
        lines = [method, "", "", str(len(data) or ""), "", "application/octet-stream", "", "", "", "", "", ""]
        lines += [f"{key}:{own[key]}" for key in sorted(own)]
        lines += [f"/{self.account}{path}" + "".join(f"\n{key}:{query[key]}" for key in sorted(query))]
        digest = hmac.new(base64.b64decode(self.key), "\n".join(lines).encode(), hashlib.sha256).digest()
        own |= {"Authorization": f"SharedKey {self.account}:{base64.b64encode(digest).decode()}"}
        url = self.endpoint.removesuffix(f"/{self.account}") + path + (f"?{urlencode(query)}" if query else "")
        return _sent(method, url, {**own, "Content-Type": "application/octet-stream"}, data)

    def create(self) -> None:
        """Make the container."""
        self._call("PUT", "", {"restype": "container"}, {})

    def put(self, name: str, data: bytes) -> None:
        self._call("PUT", name, {}, {"x-ms-blob-type": "BlockBlob"}, data)

    def put_in_parts(self, name: str, parts: list[bytes]) -> None:
        ids = [base64.b64encode(f"{number:08}".encode()).decode() for number, _ in enumerate(parts)]
        for id, part in zip(ids, parts, strict=True):
            self._call("PUT", name, {"comp": "block", "blockid": id}, {}, part)
        listed = "".join(f"<Latest>{id}</Latest>" for id in ids)
        self._call("PUT", name, {"comp": "blocklist"}, {}, f"<BlockList>{listed}</BlockList>".encode())

    def get(self, name: str) -> bytes:
        return self._call("GET", name, {}, {})

    def delete(self, name: str) -> None:
        self._call("DELETE", name, {}, {})

    def names(self) -> list[str]:
        text = self._call("GET", "", {"restype": "container", "comp": "list"}, {}).decode()
        return sorted(unescape(name) for name in re.findall(r"<Blob><Name>(.*?)</Name>", text, re.DOTALL))


@dataclass(frozen=True)
class RawGoogle:
    """A bucket of a server that speaks Cloud Storage's JSON API and asks for no credentials."""

    endpoint: str
    bucket: str

    def create(self) -> None:
        """Make the bucket."""
        self._call("POST", "/storage/v1/b", json.dumps({"name": self.bucket}).encode(), "application/json")

    def put(self, name: str, data: bytes) -> None:
        query = urlencode({"uploadType": "media", "name": name})
        self._call("POST", f"/upload/storage/v1/b/{self.bucket}/o?{query}", data, "application/octet-stream")

    def put_in_parts(self, name: str, parts: list[bytes]) -> None:
        pieces = [f"{name}.piece-{number}" for number, _ in enumerate(parts)]
        for piece, part in zip(pieces, parts, strict=True):
            self.put(piece, part)
        asked = json.dumps({"sourceObjects": [{"name": piece} for piece in pieces], "destination": {}})
        self._call("POST", f"{self._object(name)}/compose", asked.encode(), "application/json")
        for piece in pieces:
            self.delete(piece)

    def get(self, name: str) -> bytes:
        return self._call("GET", f"{self._object(name)}?alt=media")

    def delete(self, name: str) -> None:
        self._call("DELETE", self._object(name))

    def names(self) -> list[str]:
        listed = json.loads(self._call("GET", f"/storage/v1/b/{self.bucket}/o"))
        return sorted(each["name"] for each in listed.get("items", []))

    def _object(self, name: str) -> str:
        return f"/storage/v1/b/{self.bucket}/o/{quote(name, safe='')}"

    def _call(self, method: str, path: str, data: bytes = b"", type: str = "application/json") -> bytes:
        return _sent(method, self.endpoint + path, {"Content-Type": type}, data)


def _sent(method: str, url: str, headers: Mapping[str, str], data: bytes) -> bytes:
    request = urllib.request.Request(url, data or None, dict(headers), method=method)  # noqa: S310 - a server of a test
    if method == "PUT" and not data:
        request.data = b""
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return answer.read()
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{method} {url}: {error.code} {error.read().decode()[:400]}") from error
