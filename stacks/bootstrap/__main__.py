"""The program that `wayfare bootstrap` runs: what is one per account, or outlives clusters."""

from wayfare.stacks.bootstrap import run

run()
