"""Three clouds on this machine, behind the real engine."""
