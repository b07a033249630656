"""A real Kubernetes for the sandbox: how its programs get onto a machine."""
