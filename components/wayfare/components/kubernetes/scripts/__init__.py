"""What runs inside of the workload's container, by the interpreter of its image."""
