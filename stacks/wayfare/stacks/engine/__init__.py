"""The Pulumi engine: how it gets onto a machine, and how it is driven."""
