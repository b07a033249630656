"""The program by which `wayfare move` lets the target's pods read the source's bucket, and which it then removes."""

from wayfare.stacks.trusting import run

run()
