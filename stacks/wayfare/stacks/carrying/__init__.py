"""The copy of a move as a Job in the target's cluster: what it is told, how it is declared, and how it is waited for.

objects of the source ── `sharing` ──▶ CopyOrder (a file) ── the trust's program ──▶ Job ── `watching` ──▶ Copied
"""
