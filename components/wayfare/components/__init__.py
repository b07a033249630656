"""How a cloud provides what a blueprint wants."""
