"""A provider's function, called by its name: whoever only asks an account does not wait for the cloud's SDK.

The SDKs' own functions do the same with typed results, but importing the packages that hold them takes longer than all
of the answers: 0.9 to 2.3 s of processor time for each cloud. The arguments and answers are those of the provider's
schema, in its spelling (camelCase); the sandbox and the tests hold them against it.
"""

from collections.abc import Mapping
from functools import cache
from importlib import metadata
from typing import Any

import pulumi


async def asked(function: str, arguments: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """What a function of a provider answers, called in a Pulumi program: `aws:ec2/getVpc:getVpc`, `{"id": …}`.

    It goes to the provider of the installed SDK's version. Raises ValueError where there is no answer, and whatever
    the engine says of a refusal.
    """
    options = pulumi.InvokeOptions(version=_version(function.partition(":")[0]))
    answer = await pulumi.runtime.invoke_async(function, dict(arguments or {}), options)
    if answer is None:
        raise ValueError(f"{function} gave no answer")
    return answer


@cache
def _version(package: str) -> str:
    """Of the installed SDK. Reading it opens a file, and a cloud is asked dozens of questions at once."""
    return metadata.version(f"pulumi-{package}")
