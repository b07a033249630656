"""rclone's words: what they are taken for, and what is never repeated of them."""

import json

import pytest

from wayfare.stacks.copying.events import Progress, Trouble, parsed
from wayfare.stacks.copying.failures import CopyFailed, Kind, classified


def test_statistics_are_progress() -> None:
    stats = {
        "bytes": 10,
        "totalBytes": 40,
        "transfers": 1,
        "totalTransfers": 4,
        "checks": 7,
        "speed": 2.5,
        "elapsedTime": 4.0,
    }
    line = json.dumps({"level": "notice", "msg": "…", "stats": stats})
    assert parsed(line) == Progress(1, 4, 10, 40, 7, 2.5, 4.0)


def test_an_error_is_trouble_with_its_object() -> None:
    line = json.dumps({"level": "error", "msg": "Failed to copy: api error SlowDown", "object": "a/b"})
    assert parsed(line) == Trouble("a/b", "Failed to copy: api error SlowDown")


@pytest.mark.parametrize("line", ["", "  ", json.dumps({"level": "notice", "msg": "using 16 threads"})])
def test_what_tells_nothing_is_passed_over(line: str) -> None:
    assert parsed(line) is None


@pytest.mark.parametrize("line", ["panic: runtime error", "[1]", "{"])
def test_what_is_no_json_is_trouble(line: str) -> None:
    assert parsed(line) == Trouble("", line)


def test_azures_answer_is_told_without_its_lines() -> None:
    text = (
        "PUT http://x/y\n-----\nRESPONSE 403: 403 Forbidden.\nERROR CODE: AuthorizationFailure\n----\n<?xml …><Error/>"
    )
    said = parsed(json.dumps({"level": "error", "msg": text}))
    assert said == Trouble("", "PUT http://x/y RESPONSE 403: 403 Forbidden. ERROR CODE: AuthorizationFailure")


def test_credentials_in_an_answer_are_not_repeated() -> None:
    line = json.dumps({"level": "error", "msg": "GET https://x/y?sig=abcdefghijklmnopqrstuvwx failed"})
    assert parsed(line) == Trouble("", "GET https://x/y?sig=[secret] failed")
    failed = CopyFailed(Kind.UNKNOWN, "copying a to b", ["AKIA" + "ABCDEFGHIJKLMNOP is unknown"])
    assert "AKIA" not in str(failed) + "".join(failed.said)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (
            "operation error S3: ListObjectsV2, … StatusCode: 403, … api error SignatureDoesNotMatch: …",
            Kind.CREDENTIALS,
        ),
        ("… StatusCode: 400, … api error ExpiredToken: The provided token has expired", Kind.CREDENTIALS),
        ("GET https://a RESPONSE 403: 403 … ERROR CODE: AuthorizationPermissionMismatch", Kind.CREDENTIALS),
        ("googleapi: Error 403: x does not have storage.objects.list access, forbidden", Kind.CREDENTIALS),
        ("google: could not find default credentials", Kind.CREDENTIALS),
        ("open /x: permission denied", Kind.CREDENTIALS),
        ("operation error S3: GetObject, … StatusCode: 403, … api error InvalidObjectState: …", Kind.ARCHIVED),
        ("RESPONSE 409: 409 This operation is not permitted on an archived blob. BlobArchived", Kind.ARCHIVED),
        ("write /x: no space left on device", Kind.FULL),
        ("preallocate: file too big for remaining disk space", Kind.FULL),
        ("write /x: disk quota exceeded", Kind.FULL),
        ("api error SlowDown: Please reduce your request rate.", Kind.THROTTLED),
        ("RESPONSE 503: 503 ERROR CODE: ServerBusy", Kind.THROTTLED),
        ("googleapi: Error 429: The object exceeded the rate limit, rateLimitExceeded", Kind.THROTTLED),
        ("api error KeyTooLongError: Your key is too long", Kind.NAME),
        ("api error InvalidArgument: Object name contains unsupported characters: x", Kind.NAME),
        ("corrupted on transfer: md5 hashes differ src(a) x vs dst(b) y", Kind.CORRUPTED),
        ("can't copy - source file is being updated (size changed from 1 to 2)", Kind.CHANGED),
        ("RESPONSE 404: 404 … ERROR CODE: BlobNotFound", Kind.CHANGED),
        ("api error NoSuchBucket: The specified bucket does not exist", Kind.NOT_FOUND),
        ("RESPONSE 404: 404 The specified container does not exist. ERROR CODE: ContainerNotFound", Kind.NOT_FOUND),
        ("googleapi: Error 404: Not Found, notFound", Kind.NOT_FOUND),
        ("Failed to copy: directory not found", Kind.NOT_FOUND),
        ("dial tcp 127.0.0.1:1: connect: connection refused", Kind.UNREACHABLE),
        ("googleapi: Error 503: Service Unavailable, backendError", Kind.UNREACHABLE),
        ("something else", Kind.UNKNOWN),
    ],
)
def test_words_are_taken_for_what_they_are(said: str, kind: Kind) -> None:
    assert classified(1, ["before", said]) is kind


def test_where_words_tell_nothing_the_exit_code_does() -> None:
    assert [classified(code, []) for code in (1, 3, 4, 5)] == [
        Kind.UNKNOWN,
        Kind.NOT_FOUND,
        Kind.NOT_FOUND,
        Kind.UNREACHABLE,
    ]
    assert {classified(code, ["api error SlowDown"]) for code in (-9, 137, 143)} == {Kind.KILLED}


@pytest.mark.parametrize("kind", Kind)
def test_an_error_says_what_where_and_what_to_try(kind: Kind) -> None:
    text = str(CopyFailed(kind, "copying s3://a to gs://b", ["their words"]))
    assert text.startswith(f"copying s3://a to gs://b failed ({kind}): their words\n  try: ")
