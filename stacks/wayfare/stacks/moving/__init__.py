"""A workload's way from one cloud to another."""
