"""When a container counts as answering, and how it goes without leaving a request behind. Pure.

Ready means: it has answered. A server that merely listens may still fail at its first token, for want of memory or of a
kernel. So a replica begins by giving one token to a request of its own, once; from then on its own word is enough,
since a request in every few seconds would wait behind those of people. An image that is not known to have an
interpreter, or whose model is not said to write text, is asked over HTTP.
"""

from datetime import timedelta
from importlib.resources import files

from wayfare.blueprints import ServingWorkload, vllm
from wayfare.components.kubernetes.pod_template import Manifest

#: Of vLLM: whether the engine lives; it needs no key. Of the OpenAI API: what every server of it has.
_HEALTH, _MODELS = "/health", "/v1/models"

#: Seconds until proxies and load balancers have heard that a pod goes. The slowest take a round of health checks.
UNTIL_NOBODY_SENDS = 15
#: Seconds that a container has for its own end, after all requests are answered.
_TO_END = 30
_PERIOD = 10


def answering(workload: ServingWorkload) -> Manifest:
    """Fields of the container: its port, probes, and what it does before it ends."""
    port = workload.answers_on
    return {
        "ports": [{"name": "http", "containerPort": port}],
        "startupProbe": {
            **_first_answer(workload),
            "periodSeconds": _PERIOD,
            "failureThreshold": -(-workload.start // timedelta(seconds=_PERIOD)),
        },
        "readinessProbe": {**_asked(_path(workload)), "periodSeconds": 5, "timeoutSeconds": 5, "failureThreshold": 3},
        # An engine that has died does not come back by itself; one that is only busy answers within minutes.
        **(
            {"livenessProbe": {**_asked(_HEALTH), "periodSeconds": 30, "timeoutSeconds": 30, "failureThreshold": 6}}
            if workload.vllm_says is not None
            else {}
        ),
        "lifecycle": {"preStop": _before_it_ends(workload)},
    }


def grace(workload: ServingWorkload) -> int:
    """Seconds between the decision that a pod goes and its kill: all requests, and the container's own end."""
    return workload.drain // timedelta(seconds=1) + _TO_END


def _first_answer(workload: ServingWorkload) -> Manifest:
    said = workload.vllm_says
    if said is None or workload.model is None or vllm.API_KEY in said:
        return {**_asked(_path(workload)), "timeoutSeconds": 5}
    return {"exec": {"command": [*_python("ask.py"), str(workload.answers_on)]}, "timeoutSeconds": 110}


def _path(workload: ServingWorkload) -> str:
    return _MODELS if workload.vllm_says is None else _HEALTH


def _asked(path: str) -> Manifest:
    return {"httpGet": {"path": path, "port": "http"}}


def _before_it_ends(workload: ServingWorkload) -> Manifest:
    """It serves on meanwhile. Where nobody can tell whether requests are left, all of the time is waited."""
    if workload.vllm_says is None:
        return {"sleep": {"seconds": workload.drain // timedelta(seconds=1)}}
    waits = [str(workload.answers_on), str(UNTIL_NOBODY_SENDS), "1"]
    return {"exec": {"command": [*_python("drain.py"), *waits]}}


def _python(script: str) -> list[str]:
    """A script as an argument: the image knows nothing of it."""
    return ["python3", "-c", files("wayfare.components.kubernetes.scripts").joinpath(script).read_text("utf-8")]
