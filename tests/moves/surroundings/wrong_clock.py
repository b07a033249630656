"""`wayfare` on a machine whose clock is wrong: AHEAD says by how many seconds.

Only dates are: `time.time` is what gRPC reckons its deadlines by, against the system's clock, which stays right.
"""

import datetime as dt
import os

AHEAD = float(os.environ["AHEAD"])


class Wrong(dt.datetime):
    """What the machine takes for the time."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> "Wrong":
        """The wrong time."""
        return super().now(tz) + dt.timedelta(seconds=AHEAD)


dt.datetime = Wrong

# Whatever is imported from now on has the wrong clock.
from wayfare.stacks.cli import main  # noqa: E402

main()
