"""The program that `pulumi up` and `wayfare up` run: one cluster in one region of one cloud."""

from wayfare.stacks.program import run

run()
