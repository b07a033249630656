"""The EKS cluster, the roles that it and its nodes act as, and who may use it."""

import json
import re
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from wayfare.components.aws.network import Network
from wayfare.components.aws.plan import ControlPlanePlan
from wayfare.components.contract import short_digest

_POLICY = "arn:aws:iam::aws:policy"
_ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
_NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly")

#: What nodes need to become ready, and what gives pods their identity. DNS follows with the system pool.
_ADDONS = ("kube-proxy", "eks-pod-identity-agent")


def trust(service: str, *actions: str) -> str:
    """A trust policy that lets one AWS service act as a role."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions)}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class ControlPlane(pulumi.ComponentResource):
    """An EKS cluster whose endpoint answers to the blueprint's networks alone: the public one to public networks, or
    the private one, under the same name, to private ones.

    EKS encrypts all API data with a key of its own by default since Kubernetes 1.28 (EKS User Guide, "Default envelope
    encryption"), or with the account's `key`. The cluster owns none, which would outlive it by 7 to 30 days.
    """

    def __init__(
        self,
        name: str,
        plan: ControlPlanePlan,
        network: Network,
        key: pulumi.Output[str] | None,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("wayfare:aws:ControlPlane", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        # Made before the cluster: EKS would make it without an end of retention, and leave it behind.
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=plan.log_group,
            retention_in_days=plan.log_days,
            kms_key_id=key,
            tags=plan.tags,
            opts=child,
        )
        role, policies = self._role(
            f"{name}-role",
            plan.role,
            plan,
            trust("eks.amazonaws.com", "sts:AssumeRole"),
            ("AmazonEKSClusterPolicy",),
            child,
        )
        node_role, node_policies = self._role(
            f"{name}-node", plan.node_role, plan, trust("ec2.amazonaws.com", "sts:AssumeRole"), _NODE_POLICIES, child
        )
        cluster = aws.eks.Cluster(
            f"{name}-cluster",
            name=plan.name,
            version=plan.version,
            role_arn=role.arn,
            access_config={"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": False},
            bootstrap_self_managed_addons=False,
            enabled_cluster_log_types=["api", "audit", "authenticator", "controllerManager", "scheduler"],
            kubernetes_network_config={"service_ipv4_cidr": plan.services, "ip_family": "ipv4"},
            encryption_config=None if key is None else {"provider": {"key_arn": key}, "resources": ["secrets"]},
            upgrade_policy={"support_type": "STANDARD"},
            vpc_config={
                "subnet_ids": network.cluster_subnets,
                "endpoint_private_access": True,
                "endpoint_public_access": bool(plan.allow),
                "public_access_cidrs": list(plan.allow) or None,
            },
            deletion_protection=plan.protected,
            tags=plan.tags,
            # The roles' policies must outlive the cluster, or EKS cannot remove what it made.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[logs, *policies]),
        )
        self.admins = self._admins(f"{name}-admin", cluster, plan)
        addons = self._addons(name, cluster, plan)
        self.cluster = cluster
        self.name = cluster.name
        self.endpoint = cluster.endpoint
        self.issuer = cluster.identities.apply(_issuer)
        self.version = cluster.version
        self.security_group = cluster.vpc_config.cluster_security_group_id
        self.doors = self._doors(f"{name}-allow", plan)
        self.node_role = node_role.arn
        self.before_nodes: list[pulumi.Resource] = [*node_policies, *addons]
        self.kubeconfig = pulumi.Output.secret(
            pulumi.Output.all(cluster.arn, cluster.endpoint, cluster.certificate_authority.data, cluster.name).apply(
                lambda known: kubeconfig(known[0], known[1], known[2], known[3], plan.region)
            )
        )
        self.register_outputs({"name": self.name, "endpoint": self.endpoint})

    @staticmethod
    def _role(
        name: str,
        role_name: str,
        plan: ControlPlanePlan,
        trusted: str,
        policies: Sequence[str],
        opts: pulumi.ResourceOptions,
    ) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        role = aws.iam.Role(
            name, name=role_name, path=plan.roles_path, assume_role_policy=trusted, tags=plan.tags, opts=opts
        )
        attached: list[pulumi.Resource] = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{policy}", role=role.name, policy_arn=f"{_POLICY}/{policy}", opts=opts
            )
            for policy in policies
        ]
        return role, attached

    def _admins(self, name: str, cluster: aws.eks.Cluster, plan: ControlPlanePlan) -> list[pulumi.Resource]:
        """Whoever runs this administers the cluster, and the blueprint's administrators do. An assumed role is named by
        the role behind it; EKS refuses a second entry of the same principal."""
        invoke = pulumi.InvokeOutputOptions(parent=self)
        caller = aws.get_caller_identity_output(opts=invoke)
        principal = aws.iam.get_session_context_output(arn=caller.arn, opts=invoke).issuer_arn
        principals = {name: principal, **{f"{name}-{short_digest(arn, length=8)}": arn for arn in plan.admins}}
        return [self._admin(each, cluster, arn, plan) for each, arn in principals.items()]

    def _admin(
        self, name: str, cluster: aws.eks.Cluster, principal: pulumi.Input[str], plan: ControlPlanePlan
    ) -> pulumi.Resource:
        entry = aws.eks.AccessEntry(
            name,
            cluster_name=cluster.name,
            principal_arn=principal,
            tags=plan.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return aws.eks.AccessPolicyAssociation(
            name,
            cluster_name=cluster.name,
            principal_arn=entry.principal_arn,
            policy_arn=_ADMIN,
            access_scope={"type": "cluster"},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _doors(self, name: str, plan: ControlPlanePlan) -> list[pulumi.Resource]:
        """The private endpoint is behind the cluster's security group, which lets in nodes alone (EKS User Guide,
        "Cluster API server endpoint", private access only)."""
        return [
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-{re.sub('[./]', '-', network)}",
                description="The Kubernetes API from a network of the blueprint",
                security_group_id=self.security_group,
                cidr_ipv4=network,
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                tags=plan.tags,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for network in plan.allow_inside
        ]

    def _addons(self, name: str, cluster: aws.eks.Cluster, plan: ControlPlanePlan) -> list[pulumi.Resource]:
        """The add-ons that nodes wait for. The network plug-in tags its interfaces, and holds to network policies."""
        interface_tags = json.dumps(dict(plan.interface_tags), sort_keys=True)
        values = {
            "vpc-cni": json.dumps({"enableNetworkPolicy": "true", "env": {"ADDITIONAL_ENI_TAGS": interface_tags}})
        }
        return [
            aws.eks.Addon(
                f"{name}-{addon}",
                cluster_name=cluster.name,
                addon_name=addon,
                configuration_values=values.get(addon),
                tags=plan.tags,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for addon in ("vpc-cni", *_ADDONS)
        ]


def _issuer(identities: Sequence[aws.eks.outputs.ClusterIdentity]) -> str:
    """EKS makes the issuer with the cluster (EKS API reference, Cluster.identity)."""
    found = [oidc.issuer for identity in identities for oidc in identity.oidcs or ()]
    if not found or found[0] is None:
        raise ValueError("EKS did not say who issues the cluster's tokens")
    return found[0]


def kubeconfig(arn: str, endpoint: str, authority: str, cluster: str, region: str) -> str:
    """A kubeconfig (JSON, which is YAML) that signs in by the AWS command line and holds no credential."""
    sign_in = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["--region", region, "eks", "get-token", "--cluster-name", cluster, "--output", "json"],
        "interactiveMode": "Never",
    }
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": arn, "cluster": {"server": endpoint, "certificate-authority-data": authority}}],
            "users": [{"name": arn, "user": {"exec": sign_in}}],
            "contexts": [{"name": arn, "context": {"cluster": arn, "user": arn}}],
            "current-context": arn,
        }
    )
