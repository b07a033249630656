"""Where a model's weights come from: a directory of a bucket or the shared store, or an image of a registry. Pure.

Either is on the node's own disks before the server reads it: what is copied lies on the pod's scratch volume, an image
where the node's container runtime keeps images, which outlives the pod.
"""

from wayfare.blueprints import Weights
from wayfare.components.kubernetes.pod_template import Manifest

#: Where the server finds them.
COPIED, MOUNTED = "/scratch/weights", "/weights"
#: Where Hugging Face's libraries keep what they download (`HF_HOME`).
HUB = "/scratch/huggingface"


def with_weights(spec: Manifest, weights: Weights | None, *, scratch: bool) -> None:
    """Add to a pod's specification what brings the weights. `scratch`: whether it has the node's disks."""
    container = spec["containers"][0]
    if weights is None:
        if scratch:
            container["env"] = [*container.get("env", ()), {"name": "HF_HOME", "value": HUB}]
    elif weights.image is not None:
        volume = {"name": "weights", "image": {"reference": weights.image, "pullPolicy": "IfNotPresent"}}
        spec["volumes"] = [*spec.get("volumes", ()), volume]
        mount = {"name": "weights", "mountPath": MOUNTED, "readOnly": True}
        container["volumeMounts"] = [*container.get("volumeMounts", ()), mount]
    else:
        # The image of the workload, which is needed anyhow; a file that was half copied is copied anew.
        copy = {
            "name": "weights",
            "image": container["image"],
            "command": ["cp", "-r", f"{weights.source}/.", COPIED],
            "securityContext": container["securityContext"],
            "volumeMounts": container["volumeMounts"],
            "resources": {"requests": {"cpu": "1", "memory": "1Gi"}},
        }
        spec["initContainers"] = [*spec.get("initContainers", ()), copy]
