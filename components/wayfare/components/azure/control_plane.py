"""The AKS cluster, the identity that it acts as, and who may use it."""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pulumi
import pulumi_azure_native as azure
from ruamel.yaml import YAML

from wayfare.components.azure.account import CONTRIBUTOR
from wayfare.components.azure.bootstrap_plan import disks_id
from wayfare.components.azure.caller import Caller
from wayfare.components.azure.keys import CRYPTO_USER, Key
from wayfare.components.azure.lock import lock
from wayfare.components.azure.network import Network
from wayfare.components.azure.plan_platform import ControlPlanePlan, assignment_name
from wayfare.components.azure.system_pool import SystemPool

#: A built-in role: the id is the same in every tenant (Microsoft: "Azure built-in roles").
RBAC_CLUSTER_ADMIN = "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b"

#: Likewise, "Network Contributor".
NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"
#: Likewise, "Reader".
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


class ControlPlane(pulumi.ComponentResource):
    """An AKS cluster whose public endpoint answers to the blueprint's networks and to its own nodes alone, or that has
    no public one.

    Nodes reach a public API through the NAT gateway, so the gateway's address is among those that are let in. There are
    no local accounts: whoever signs in is known to Entra, and Azure's role assignments say what they may do. The
    version is the control plane's; AKS brings the pools to it after that, one by one, since the cluster has an upgrade
    channel (Microsoft, "Automatically upgrade an AKS cluster").
    """

    def __init__(
        self,
        name: str,
        plan: ControlPlanePlan,
        network: Network,
        system_pool: SystemPool,
        key: Key | None,
        caller: Caller,
        group: azure.resources.ResourceGroup,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:azure:ControlPlane", name, None, opts)
        identity = azure.managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_name_=f"{plan.name}-cluster",
            resource_group_name=group.name,
            location=plan.location,
            tags=dict(plan.tags),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )
        self.principal = identity.principal_id
        # AKS asks for Contributor on the group that holds network and capacity reservation ("Assign capacity
        # reservation groups to AKS node pools"). Nothing but this cluster is in it. Rights take minutes to spread:
        # this one is given before the cluster is made.
        rights = [self._assign(f"{name}-rights", "cluster", CONTRIBUTOR, identity.principal_id, group.id, plan, caller)]
        if network.network is None:
            # "The cluster identity must have at least Network Contributor on the subnet" ("Azure CNI Overlay").
            rights.append(
                self._assign(
                    f"{name}-subnet",
                    "subnet",
                    NETWORK_CONTRIBUTOR,
                    identity.principal_id,
                    network.subnet,
                    plan,
                    caller,
                )
            )
        if key is not None:
            rights += self._key_rights(name, plan, key, identity.principal_id, caller)
        self.cluster = azure.containerservice.ManagedCluster(
            f"{name}-cluster",
            resource_name_=plan.name,
            resource_group_name=group.name,
            location=plan.location,
            node_resource_group=plan.node_group,
            dns_prefix=plan.dns_prefix,
            kubernetes_version=plan.version,
            sku=azure.containerservice.ManagedClusterSKUArgs(name="Base", tier="Standard"),
            identity=azure.containerservice.ManagedClusterIdentityArgs(
                type=azure.containerservice.ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[identity.id]
            ),
            disable_local_accounts=True,
            enable_rbac=True,
            aad_profile=azure.containerservice.ManagedClusterAADProfileArgs(managed=True, enable_azure_rbac=True),
            api_server_access_profile=_access(plan, network),
            network_profile=azure.containerservice.ContainerServiceNetworkProfileArgs(
                network_plugin="azure",
                network_plugin_mode="overlay",
                network_dataplane="cilium",
                network_policy="cilium",
                outbound_type=plan.outbound,
                load_balancer_sku="standard",
                pod_cidr=plan.pods,
                service_cidr=plan.services,
                dns_service_ip=plan.dns,
            ),
            oidc_issuer_profile=azure.containerservice.ManagedClusterOIDCIssuerProfileArgs(enabled=True),
            security_profile=azure.containerservice.ManagedClusterSecurityProfileArgs(
                workload_identity=azure.containerservice.ManagedClusterSecurityProfileWorkloadIdentityArgs(
                    enabled=True
                ),
                azure_key_vault_kms=None if key is None else _kms(key),
            ),
            disk_encryption_set_id=None if key is None else self._disks(plan, caller),
            azure_monitor_profile=_metrics() if plan.metrics else None,
            storage_profile=azure.containerservice.ManagedClusterStorageProfileArgs(
                blob_csi_driver=azure.containerservice.ManagedClusterStorageProfileBlobCSIDriverArgs(enabled=True)
            ),
            auto_upgrade_profile=azure.containerservice.ManagedClusterAutoUpgradeProfileArgs(
                upgrade_channel="patch", node_os_upgrade_channel="SecurityPatch"
            ),
            agent_pool_profiles=[system_pool.profile],
            tags=dict(plan.tags),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*rights, *after],
                # AKS lists every pool here and changes none of them through the cluster.
                ignore_changes=["agentPoolProfiles"],
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="60m", delete="60m"),
            ),
        )
        # Whoever runs this administers the cluster: a person, or a pipeline's service principal. The SDK would say
        # `User` of either, and Azure would refuse it of the second; left out, Azure looks it up.
        looked_up = pulumi.Output.from_input(cast("str", None))
        self.admin = self._assign(
            f"{name}-admin", "admin", RBAC_CLUSTER_ADMIN, caller.object_id, self.cluster.id, plan, caller, looked_up
        )
        # The role lets its holders fetch the kubeconfig too ("Azure built-in roles for Containers").
        for admins in plan.admins:
            self._assign(
                f"{name}-admins-{admins}",
                f"admins-{admins}",
                RBAC_CLUSTER_ADMIN,
                admins,
                self.cluster.id,
                plan,
                caller,
                "Group",
            )
        if plan.locked:
            lock(name, self.cluster.id, self)
        self.kubelet = self.cluster.identity_profile.apply(_kubelet)
        """Object id of what nodes act as."""
        self.endpoint = pulumi.Output.concat("https://", self.cluster.fqdn, ":443")
        self.issuer = self.cluster.oidc_issuer_profile.apply(_issuer)
        self.kubeconfig = pulumi.Output.secret(self._kubeconfig(plan, group))
        self.register_outputs({"name": self.cluster.name, "endpoint": self.endpoint})

    def _assign(
        self,
        name: str,
        purpose: str,
        role: str,
        principal: pulumi.Input[str],
        scope: pulumi.Input[str],
        plan: ControlPlanePlan,
        caller: Caller,
        kind: pulumi.Input[str] = "ServicePrincipal",
    ) -> azure.authorization.RoleAssignment:
        return azure.authorization.RoleAssignment(
            name,
            role_assignment_name=caller.subscription.apply(lambda known: assignment_name(known, plan.group, purpose)),
            principal_id=principal,
            principal_type=kind,
            role_definition_id=caller.role(role),
            scope=scope,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )

    def _key_rights(
        self, name: str, plan: ControlPlanePlan, key: Key, principal: pulumi.Input[str], caller: Caller
    ) -> list[azure.authorization.RoleAssignment]:
        """On the region's key, and on the set by which disks use it ("Add KMS etcd encryption").

        Both are the account's, in a group of their own.
        """
        return [
            self._assign(f"{name}-key", "key", CRYPTO_USER, principal, key.vault, plan, caller),
            self._assign(f"{name}-disks", "disks", READER, principal, self._disks(plan, caller), plan, caller),
        ]

    def _disks(self, plan: ControlPlanePlan, caller: Caller) -> pulumi.Output[str]:
        return caller.subscription.apply(lambda known: disks_id(known, plan.location))

    def _kubeconfig(self, plan: ControlPlanePlan, group: azure.resources.ResourceGroup) -> pulumi.Output[str]:
        credentials = azure.containerservice.list_managed_cluster_user_credentials_output(
            resource_name=self.cluster.name,
            resource_group_name=group.name,
            format="exec",
            # Of a private API, the name that everybody resolves, to an address in the network.
            server_fqdn="public" if plan.private else None,
            opts=pulumi.InvokeOutputOptions(parent=self, depends_on=[self.cluster]),
        )
        return credentials.apply(lambda found: kubeconfig(base64.b64decode(found.kubeconfigs[0].value).decode()))


def _access(
    plan: ControlPlanePlan, network: Network
) -> azure.containerservice.ManagedClusterAPIServerAccessProfileArgs:
    """Who gets to the API. Run command would run in the cluster from anywhere, past all of it.

    A private API keeps a public name: it leads to an address in the network, and whoever is connected to that from
    elsewhere resolves it without a link to AKS's private zone (Microsoft, "Create a private AKS cluster").
    """
    if plan.private:
        return azure.containerservice.ManagedClusterAPIServerAccessProfileArgs(
            enable_private_cluster=True,
            enable_private_cluster_public_fqdn=True,
            private_dns_zone="system",
            disable_run_command=True,
        )
    return azure.containerservice.ManagedClusterAPIServerAccessProfileArgs(
        authorized_ip_ranges=pulumi.Output.from_input(network.egress).apply(lambda out: [*plan.allow, *out]),
        disable_run_command=True,
    )


def _kms(key: Key) -> azure.containerservice.AzureKeyVaultKmsArgs:
    """AKS wants a version of the key: after a rotation the next update moves Kubernetes' secrets to the newest."""
    return azure.containerservice.AzureKeyVaultKmsArgs(
        enabled=True,
        key_id=key.version_uri,
        key_vault_network_access=azure.containerservice.KeyVaultNetworkAccessTypes.PUBLIC,
    )


def _metrics() -> azure.containerservice.ManagedClusterAzureMonitorProfileArgs:
    return azure.containerservice.ManagedClusterAzureMonitorProfileArgs(
        metrics=azure.containerservice.ManagedClusterAzureMonitorProfileMetricsArgs(
            enabled=True,
            kube_state_metrics=azure.containerservice.ManagedClusterAzureMonitorProfileKubeStateMetricsArgs(),
        )
    )


def _kubelet(
    given: Mapping[str, azure.containerservice.outputs.UserAssignedIdentityManagedClusterResponse] | None,
) -> str:
    found = None if given is None else given["kubeletidentity"].object_id
    if found is None:
        raise ValueError("AKS did not say what the nodes act as")
    return found


def kubeconfig(given: str) -> str:
    """AKS's kubeconfig (YAML) as one (JSON, which is YAML) that signs in with what `az login` has.

    AKS's own asks a person to type a code into a browser. `AAD_LOGIN_METHOD` in the environment chooses another way
    (kubelogin). Nothing but the cluster's address, its certificate and the sign-in command is taken over.
    """
    data: Any = YAML(typ="safe", pure=True).load(io.StringIO(given))  # pyright: ignore[reportUnknownMemberType] - untyped
    cluster, sign_in = data["clusters"][0], data["users"][0]["user"]["exec"]
    arguments: list[str] = [str(argument) for argument in sign_in["args"]]
    if "--login" in arguments:
        at = arguments.index("--login")
        del arguments[at : at + 2]
    name = cluster["name"]
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": name,
                    "cluster": {key: cluster["cluster"][key] for key in ("server", "certificate-authority-data")},
                }
            ],
            "users": [
                {
                    "name": name,
                    "user": {
                        "exec": {
                            "apiVersion": sign_in["apiVersion"],
                            "command": sign_in["command"],
                            "args": [*arguments, "--login", "azurecli"],
                            "interactiveMode": "IfAvailable",
                            "provideClusterInfo": False,
                        }
                    },
                }
            ],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
    )


def _issuer(profile: azure.containerservice.outputs.ManagedClusterOIDCIssuerProfileResponse | None) -> str:
    if profile is None:
        raise ValueError("AKS did not say who issues the cluster's tokens")
    return profile.issuer_url
