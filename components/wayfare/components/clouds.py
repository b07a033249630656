"""The one place that names every package. Each is imported when asked for, its SDK when it declares something."""

import importlib.util
from typing import assert_never

from wayfare.blueprints import CloudName
from wayfare.components.contract import AnyCloud

_SDK = {CloudName.AWS: "pulumi_aws", CloudName.AZURE: "pulumi_azure_native", CloudName.GCP: "pulumi_gcp"}


class SdkMissing(ImportError):
    """A cloud's SDK is not installed. The message holds the command that installs it."""


def cloud(name: CloudName) -> AnyCloud:
    """The package that knows a cloud. Raises `SdkMissing` where its extra is not installed."""
    if (missing := sdk_missing(name)) is not None:
        raise SdkMissing(missing)
    match name:
        case CloudName.AWS:
            from wayfare.components.aws import CLOUD
        case CloudName.AZURE:
            from wayfare.components.azure import CLOUD
        case CloudName.GCP:
            from wayfare.components.gcp import CLOUD
        case _:
            assert_never(name)
    return CLOUD


def sdk_missing(name: CloudName) -> str | None:
    """None when the cloud's SDK is installed, else a sentence with the command that installs it."""
    if importlib.util.find_spec(_SDK[name]) is not None:
        return None
    return f"{_SDK[name].replace('_', '-')} is not installed; install it with: pip install 'wayfare[{name}]'"
