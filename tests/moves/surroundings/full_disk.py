"""`wayfare` where there is no room for its journal: SQLite itself finds so, and says it.

The pages of a new journal are small, and DATABASE_PAGES says how many there may be; unset for no limit.
"""

import os
import sqlite3

from sqlalchemy import Engine, event

from wayfare.stacks.cli import main


def mounted(connection: sqlite3.Connection, _: object) -> None:
    """A database is opened."""
    connection.execute("pragma page_size = 512")
    if (pages := os.environ.get("DATABASE_PAGES")) is not None:
        connection.execute(f"pragma max_page_count = {int(pages)}")


event.listen(Engine, "connect", mounted)
main()
