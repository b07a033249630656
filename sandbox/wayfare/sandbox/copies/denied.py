"""What a cloud says to a pod that it does not let at a bucket."""


class Denied(Exception):
    """The cloud's words, as rclone repeats them."""
