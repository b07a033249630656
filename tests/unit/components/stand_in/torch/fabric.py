"""The way to the fabric that a test simulates, and the time that has passed on it."""

import json
import os
import socket
from collections.abc import Mapping
from typing import Any

#: Seconds.
now = 0.0

_BYTES = 4
_SOCKET = socket.create_connection(("127.0.0.1", int(os.environ["STAND_IN_FABRIC"])))
_ANSWERS = _SOCKET.makefile("rb")


def asked(count: int, **question: Any) -> Mapping[str, Any]:
    """What the fabric answers when all who take part have asked; the clock goes on by what it took."""
    global now
    _SOCKET.sendall(json.dumps({**question, "rank": int(os.environ["RANK"]), "size": count * _BYTES}).encode() + b"\n")
    line = _ANSWERS.readline()
    if not line:
        raise ConnectionError("the fabric has gone")
    answer = json.loads(line)
    now += answer["seconds"]
    return answer
