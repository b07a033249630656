"""The parallel file system that all nodes mount."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from wayfare.components.aws.control_plane import ControlPlane
from wayfare.components.aws.network import Network
from wayfare.components.aws.plan_compute import SharedStorePlan
from wayfare.components.pods import Volume

#: FSx takes 10 minutes or so, and longer the larger it is.
_PATIENCE = pulumi.CustomTimeouts(create="60m", update="120m", delete="60m")


class SharedStore(pulumi.ComponentResource):
    """An FSx for Lustre file system in the accelerators' zone, and the driver that mounts it; nothing where none is
    asked for.

    Its interfaces are in the fabric's security group, which lets all in and out within itself, the accelerator nodes
    among them: FSx needs TCP 988 and 1018 to 1023 both ways. It stands on the network alone, and in a subnet of its
    own, so that a durable one can stay when the cluster goes.
    """

    def __init__(
        self,
        name: str,
        plan: SharedStorePlan | None,
        network: Network,
        control_plane: ControlPlane,
        key: pulumi.Output[str] | None,
        after: Sequence[pulumi.Resource],
        nodes: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:aws:SharedStore", name, None, opts)
        self.volumes: Sequence[Volume] = ()
        self.driver: Sequence[pulumi.Resource] = ()
        if plan is not None:
            self.volumes = [self._volume(name, plan, network, key, after)]
            # Its controller runs on the system pool. The node's part bears any taint by itself.
            self.driver = [
                aws.eks.Addon(
                    f"{name}-driver",
                    cluster_name=control_plane.name,
                    addon_name="aws-fsx-csi-driver",
                    tags=plan.tags,
                    opts=pulumi.ResourceOptions(parent=self, depends_on=list(nodes)),
                )
            ]
        self.register_outputs({})

    def _volume(
        self,
        name: str,
        plan: SharedStorePlan,
        network: Network,
        key: pulumi.Output[str] | None,
        after: Sequence[pulumi.Resource],
    ) -> Volume:
        child = pulumi.ResourceOptions(parent=self, depends_on=list(after), delete_before_replace=True)
        system = aws.fsx.LustreFileSystem(
            f"{name}-store",
            subnet_ids=plan.existing_subnet or self._subnet(name, plan, network, child),
            security_group_ids=[network.fabric_group],
            deployment_type=plan.deployment,
            storage_type="SSD",
            kms_key_id=key,
            storage_capacity=plan.capacity_gib,
            per_unit_storage_throughput=plan.per_tib,
            file_system_type_version=plan.version,
            data_compression_type="LZ4",
            # Who deletes it means it: what must stay is kept as it is, and not as a backup.
            automatic_backup_retention_days=0,
            skip_final_backup=True,
            tags=plan.tags,
            # FSx looks at the group's rules when it is asked.
            opts=pulumi.ResourceOptions.merge(
                child, pulumi.ResourceOptions(depends_on=list(network.fabric_rules), custom_timeouts=_PATIENCE)
            ),
        )
        return Volume(
            name="shared",
            mount=plan.mount,
            driver="fsx.csi.aws.com",
            handle=system.id,
            attributes={"dnsname": system.dns_name, "mountname": system.mount_name},
            capacity_gib=plan.capacity_gib,
            # Locks that all nodes see (Lustre manual, mount.lustre).
            mount_options=("flock",),
        )

    @staticmethod
    def _subnet(
        name: str, plan: SharedStorePlan, network: Network, child: pulumi.ResourceOptions
    ) -> pulumi.Output[str]:
        return aws.ec2.Subnet(
            f"{name}-subnet",
            vpc_id=network.vpc,
            cidr_block=plan.subnet,
            availability_zone=plan.zone,
            tags=plan.tags,
            opts=child,
        ).id
