"""Where the sandbox keeps a bucket's bytes: the same rclone copies them from folder to folder. Pure."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from wayfare.blueprints import CloudName
from wayfare.stacks.copying.buckets import STORES, Bucket, Store, folder

Directory = Callable[[CloudName, str], Path]
"""Where the sandbox keeps what a cloud knows by a name: `Sandbox.bucket`."""

_CLOUDS = {store: cloud for cloud, store in STORES.items()}


def in_sandbox(bucket: Bucket, directory: Directory) -> Bucket:
    """The folder that stands for a cloud's bucket, under the bucket's own URL. A container is one of its account's."""
    if bucket.store is Store.FOLDER:
        return bucket
    name = f"{bucket.settings['account']}/{bucket.path}" if bucket.store is Store.AZURE else bucket.path
    return replace(folder(directory(_CLOUDS[bucket.store], name)), url=bucket.url)
