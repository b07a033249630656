"""A real Kubernetes control plane behind each sandboxed cluster, for whoever asks for it."""
