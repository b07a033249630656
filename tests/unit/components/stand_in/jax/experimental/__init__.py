"""What JAX tries first."""
