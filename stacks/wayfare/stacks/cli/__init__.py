"""The command line. Data goes to stdout, progress and errors to stderr; exit codes are in `exits`."""

from wayfare.stacks.cli.app import main

__all__ = ["main"]
