"""What a converter cannot say in another tool's words."""


class NotConvertible(ValueError):
    """A resource, or a part of one, has no form that a judge reads; the message tells which and what to add where."""
