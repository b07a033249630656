"""How Google Cloud words a shortage, as its provider prints it.

Seen in public issues of the provider: an operation's message comes without its code, and a node pool's wraps that of
the instance group.
"""

from wayfare.sandbox.behaviour import Nodes
from wayfare.sandbox.clouds.gcp.names import PROJECT


def stockout(nodes: Nodes, region: str) -> str:
    """A zone has not as many machines: a reservation is refused, a node pool stays behind in error."""
    zone = f"projects/{PROJECT}/zones/{nodes.zone or region}"
    short = f"The zone '{zone}' does not have enough resources available to fulfill the request."
    if nodes.reserves:
        return (
            "Error waiting to create Reservation: Error waiting for Creating Reservation: "
            f"{short}  '(resource type:compute)'."
        )
    return (
        "Error waiting for creating GKE NodePool: Google Compute Engine: Not all instances running in IGM after "
        f"35m4.033429035s. Expected {nodes.count}, running 0, transitioning {nodes.count}. Current errors: "
        f"[GCE_STOCKOUT]: Instance 'gke-accelerator-97da88a9-8gmv' creation failed: {short}  '(resource type:compute)'."
    )


def over_quota(nodes: Nodes, region: str, family: str, limit: int, wanted: int) -> str:
    """The project may not have as many accelerators in the region."""
    metric = f"PREEMPTIBLE_{family}" if nodes.purchase == "spot" else family
    if nodes.reserves:
        return (
            "Error waiting to create Reservation: Error waiting for Creating Reservation: "
            f"Quota '{metric}' exceeded.  Limit: {limit:.1f} in region {region}."
        )
    return (
        "error creating NodePool: googleapi: Error 403: Insufficient regional quota to satisfy request: resource "
        f"\"{metric}\": request requires '{wanted:.1f}' and is short '{wanted - limit:.1f}'. project has a quota of "
        f"'{limit:.1f}' with '{limit:.1f}' available. View and manage quotas at "
        f"https://console.cloud.google.com/iam-admin/quotas?usage=USED&project={PROJECT}., forbidden"
    )
