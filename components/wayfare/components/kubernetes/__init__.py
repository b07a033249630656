"""What is put into a cluster, the same on every cloud."""
