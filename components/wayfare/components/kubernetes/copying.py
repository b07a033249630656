"""A copy between two buckets in a cluster, as `carrying.py` plans it."""

import pulumi
import pulumi_kubernetes as kubernetes

from wayfare.components.kubernetes.carrying import Carriage, objects
from wayfare.components.kubernetes.transcribing import transcribed


class Copy(pulumi.ComponentResource):
    """The Job of one copy and what its pods mount. The next copy is another one, by its name."""

    def __init__(
        self,
        name: str,
        carriage: Carriage,
        kubeconfig: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:kubernetes:Copy", name, None, opts)
        provider = kubernetes.Provider(
            f"{name}-cluster",
            kubeconfig=kubeconfig,
            enable_server_side_apply=True,
            # Whose cluster is gone has no copy left that could be deleted.
            delete_unreachable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        made: list[pulumi.Resource] = []
        for each in objects(carriage):
            child = pulumi.ResourceOptions(parent=self, provider=provider, depends_on=list(made))
            made.append(transcribed(f"{each.kind.lower()}-{each.name}", each, child))
        self.register_outputs({})
