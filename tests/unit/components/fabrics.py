"""A fabric that a test simulates: it joins the processes of `stand_in`'s PyTorch, each machine by a bandwidth."""

import json
from collections.abc import Iterator, Mapping
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Condition, Thread
from typing import Any, cast


class Fabric(ThreadingTCPServer):
    """Machines with a network each. It answers when all who take part in an act have asked, in simulated time."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self, *gbps: float, lanes: int = 1) -> None:
        super().__init__(("127.0.0.1", 0), _Process)
        self.gbps, self.lanes = gbps, lanes
        self.spoils = False
        self.acts: list[str] = []
        self._asked: dict[str, list[Mapping[str, Any]]] = {}
        self._all_there = Condition()

    @property
    def port(self) -> str:
        return str(self.server_address[1])

    def answer(self, question: Mapping[str, Any], number: int) -> Mapping[str, Any]:
        """To one of those who take part; `number` tells its acts apart."""
        ranks = question["ranks"]
        key = f"{question['act']} {ranks} {number}"
        with self._all_there:
            there = self._asked.setdefault(key, [])
            there.append(question)
            if len(there) == len(ranks):
                self.acts.append(question["act"])
                self._all_there.notify_all()
            self._all_there.wait_for(lambda: len(there) == len(ranks))
        items: dict[str, float] = {}
        for each in there:
            for index, value in each["items"].items():
                items[index] = items.get(index, 0.0) + value
        fill = sum(each["fill"] for each in there) + (1 if self.spoils else 0)
        return {"fill": fill, "items": items, "seconds": self._seconds(question)}

    def _seconds(self, question: Mapping[str, Any]) -> float:
        """All lanes of a machine share its network."""
        ranks: list[int] = question["ranks"]
        bits: int = question["size"] * 8 * self.lanes
        slowest = min(self.gbps[rank // self.lanes] for rank in ranks) * 1e9
        passes = 1.0 if question["act"] == "exchange" else 2 * (len(ranks) - 1) / len(ranks)
        return passes * bits / slowest


class _Process(StreamRequestHandler):
    def handle(self) -> None:
        fabric, acts = cast("Fabric", self.server), dict[str, int]()
        for line in self.rfile:
            question = json.loads(line)
            kind = f"{question['act']} {question['ranks']}"
            acts[kind] = acts.get(kind, 0) + 1
            self.wfile.write(json.dumps(fabric.answer(question, acts[kind])).encode() + b"\n")


def running(fabric: Fabric) -> Iterator[Fabric]:
    """Serve until the test has ended."""
    with fabric:
        thread = Thread(target=fabric.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield fabric
        fabric.shutdown()
        thread.join()
