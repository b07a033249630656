"""`python -m wayfare.stacks.cli`."""

from wayfare.stacks.cli.app import main

main()
