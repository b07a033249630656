"""The one package that imports `pulumi.automation`: stacks, their updates, and questions to a cloud's account."""

from wayfare.stacks.engine.automation.asking import ask
from wayfare.stacks.engine.automation.command import official_install
from wayfare.stacks.engine.automation.stacks import Stacks

__all__ = ["Stacks", "ask", "official_install"]
