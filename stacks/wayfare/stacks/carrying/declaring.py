"""A copy's Job in the program of the stack that lets it read."""

from pathlib import Path

import pulumi

from wayfare.components.kubernetes.copying import Copy
from wayfare.components.trusting import Trusted
from wayfare.stacks.carrying.order import CopyOrder
from wayfare.stacks.project import PROJECT_NAME, StackSettingsInvalid


def declare(file: str, trusted: Trusted) -> str:
    """Declare the Job of an order's file; gives its name. Raises StackSettingsInvalid where there is no such order."""
    try:
        order = CopyOrder.read(Path(file))
    except (OSError, ValueError) as error:
        raise StackSettingsInvalid(f"{file} is no order of a copy: {error}") from None
    # Nobody but the engine sees how the cluster is signed in to.
    cluster = pulumi.StackReference(f"{pulumi.get_organization()}/{PROJECT_NAME}/{order.stack}")
    kubeconfig = pulumi.Output.secret(cluster.require_output("kubeconfig"))
    Copy("copy", order.carriage(trusted), kubeconfig)
    return order.name
