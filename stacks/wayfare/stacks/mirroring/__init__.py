"""Container images copied from one registry to another by their digest.

Image ── `Registry` or `Layout` (where images are) ──▶ Manifest ── `mirror` ──▶ the same digest, elsewhere
"""
