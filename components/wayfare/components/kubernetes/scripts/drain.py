"""Waits until vLLM has no request left. Runs in the workload's container before it is told to end.

Arguments: the port, seconds until nobody sends it another request, seconds between two looks. Ends when all that it has
is answered, or when it does not answer any more. Needs nothing beside Python.
"""

import sys
import time
import urllib.request

PORT, UNTIL_NOBODY, BETWEEN = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
METRICS = f"http://127.0.0.1:{PORT}/metrics"
#: vLLM's gauges of requests that it works on, and of those that wait.
GAUGES = ("vllm:num_requests_running", "vllm:num_requests_waiting")


def left() -> float:
    """Requests that are not answered yet."""
    with urllib.request.urlopen(METRICS, timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.partition("{")[0].partition(" ")[0] in GAUGES)


time.sleep(UNTIL_NOBODY)
try:
    while left():
        time.sleep(BETWEEN)
except OSError:
    sys.exit("it does not answer any more")
