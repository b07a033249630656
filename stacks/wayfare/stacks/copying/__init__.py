"""A bucket's objects copied from one cloud to another by rclone, and the proof by content that all of them arrived.

Bucket, Pace ── `commands` (pure) ──▶ Command ── `Rclone` (the one runner) ──▶ Progress, Trouble, Copied
source's and target's Manifest ── `comparing` (pure) ──▶ Evidence
"""
