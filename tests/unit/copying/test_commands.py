"""What rclone is told: exactly, and nothing secret where somebody else could read it."""

from pathlib import Path

import pytest

from wayfare.stacks.copying import commands
from wayfare.stacks.copying.buckets import Bucket, Store, azure, folder, from_url, google, s3
from wayfare.stacks.copying.commands import Pace
from wayfare.stacks.copying.losses import losses

SECRET = "not-for-anybody"  # noqa: S105 - of no account
BUCKETS = (
    s3("corpus", prefix="v7", region="us-east-1", credentials={"secret_access_key": SECRET}),
    azure("account", "container", credentials={"key": SECRET}),
    google("corpus", credentials={"service_account_credentials": SECRET}),
    folder(Path("/tmp/corpus")),  # noqa: S108 - a name, never opened
)


@pytest.mark.parametrize("source", BUCKETS, ids=lambda each: each.store.name)
@pytest.mark.parametrize("target", BUCKETS, ids=lambda each: each.store.name)
def test_secrets_are_in_the_environment_alone(source: Bucket, target: Bucket) -> None:
    command = commands.copy(source, target, Pace())
    assert SECRET not in repr(command) + str(command) + repr(source) + str(source) + " ".join(command.arguments)
    wanted = {key for each in (source, target) for key in each.credentials}
    assert {key.split("_", 3)[3].lower() for key, value in command.environment.items() if value == SECRET} == wanted


@pytest.mark.parametrize("store", Store)
def test_without_credentials_rclone_signs_in_as_its_caller(store: Store) -> None:
    bucket = next(each for each in BUCKETS if each.store is store)
    own = Bucket(bucket.store, bucket.url, bucket.path, bucket.settings)
    assert ("RCLONE_CONFIG_SOURCE_ENV_AUTH" in own.environment("source")) == (store is not Store.FOLDER)
    assert "RCLONE_CONFIG_SOURCE_ENV_AUTH" not in bucket.environment("source")


@pytest.mark.parametrize("target", BUCKETS, ids=lambda each: each.store.name)
def test_a_copy_is_by_content_and_without_a_file_of_settings(target: Bucket) -> None:
    arguments = commands.copy(BUCKETS[0], target, Pace()).arguments
    assert arguments[:3] == ("copy", "source:corpus/v7", f"target:{target.path}")
    assert {"--checksum", "--config=", "--use-json-log"} <= set(arguments)
    assert ("--inplace" in arguments) == (target.store is Store.FOLDER)
    assert not [each for each in arguments if "delete" in each]


def test_no_bucket_is_made_and_no_name_is_respelt() -> None:
    for bucket in BUCKETS:
        settings = bucket.environment("x")
        assert settings["RCLONE_CONFIG_X_ENCODING"] == "Raw"
        made = [settings.get(f"RCLONE_CONFIG_X_NO_CHECK_{what}") for what in ("BUCKET", "CONTAINER")]
        assert ("true" in made) == (bucket.store is not Store.FOLDER)


def test_names_are_copied_anew_whatever_is_there() -> None:
    arguments = commands.copy(BUCKETS[0], BUCKETS[1], Pace(), chosen=commands.named(Path("names")), anew=True).arguments
    assert "--files-from0=names" in arguments
    assert "--ignore-times" in arguments
    assert "--checksum" not in arguments


def test_a_pace_is_in_bytes() -> None:
    assert "--bwlimit=1000000B" in commands.copy(BUCKETS[0], BUCKETS[1], Pace(bandwidth=1_000_000)).arguments
    assert not [each for each in Pace().flags if "bwlimit" in each]
    assert {"--low-level-retries=2", "--retries=1"} <= set(Pace(tries=2, rounds=1).flags)
    with pytest.raises(ValueError, match="0 bytes a second"):
        Pace(bandwidth=0)


def test_a_listing_asks_for_no_object_by_itself() -> None:
    arguments = commands.listing(BUCKETS[0], Pace()).arguments
    assert {"--use-server-modtime", "--no-mimetype", "--hash", "--fast-list"} <= set(arguments)
    assert "--hash" not in commands.listing(BUCKETS[3], Pace()).arguments


def test_only_what_has_no_hash_is_read() -> None:
    assert "--files-from0=names" in commands.reading(BUCKETS[0], Pace(), Path("names")).arguments
    assert not [each for each in commands.reading(BUCKETS[0], Pace(), None).arguments if "files-from" in each]


def test_the_etag_of_a_bucket_under_a_key_is_no_hash() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    settings = s3("b", key=key).environment("source")
    assert settings["RCLONE_CONFIG_SOURCE_SERVER_SIDE_ENCRYPTION"] == "aws:kms"
    assert settings["RCLONE_CONFIG_SOURCE_SSE_KMS_KEY_ID"] == key


@pytest.mark.parametrize(
    ("url", "store", "path"),
    [
        ("s3://corpus", Store.S3, "corpus"),
        ("s3://corpus/v7/part/", Store.S3, "corpus/v7/part"),
        ("gs://corpus/v7", Store.GOOGLE, "corpus/v7"),
        ("https://account.blob.core.windows.net/checkpoints", Store.AZURE, "checkpoints"),
        ("https://account.blob.core.windows.net/checkpoints/v7", Store.AZURE, "checkpoints/v7"),
        ("file:///srv/bucket", Store.FOLDER, "/srv/bucket"),
    ],
)
def test_a_bucket_is_found_at_its_url(url: str, store: Store, path: str) -> None:
    bucket = from_url(url)
    assert (bucket.store, bucket.path) == (store, path)
    assert bucket.url == url.rstrip("/")


@pytest.mark.parametrize("url", ["s3://", "http://example.com/x", "https://acc.blob.core.windows.net/", "corpus", ""])
def test_what_is_no_bucket_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="no bucket's URL"):
        from_url(url)


@pytest.mark.parametrize("source", BUCKETS, ids=lambda each: each.store.name)
@pytest.mark.parametrize("target", BUCKETS, ids=lambda each: each.store.name)
def test_what_stays_behind_is_told(source: Bucket, target: Bucket) -> None:
    told = " / ".join(losses(source.store, target.store))
    assert ("older versions" in told) == (source.store is not Store.FOLDER)
    assert "refused" in told
