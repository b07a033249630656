"""Which discovery document describes which resource type, and where the provider's names differ from the API's.

`limits.py` walks the SDK's schema and the document's together and needs to be told only what follows here. A list that
the SDK writes in the plural (`sourceIpRangesToNats`) finds its singular by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass

MODELS: Mapping[str, tuple[str, str]] = {
    "gcp:artifactregistry/repository:Repository": ("artifactregistry.v1", "Repository"),
    "gcp:compute/globalAddress:GlobalAddress": ("compute.v1", "Address"),
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": ("compute.v1", "ForwardingRule"),
    "gcp:compute/firewall:Firewall": ("compute.v1", "Firewall"),
    "gcp:compute/network:Network": ("compute.v1", "Network"),
    "gcp:compute/reservation:Reservation": ("compute.v1", "Reservation"),
    "gcp:compute/resourcePolicy:ResourcePolicy": ("compute.v1", "ResourcePolicy"),
    "gcp:compute/router:Router": ("compute.v1", "Router"),
    "gcp:compute/routerNat:RouterNat": ("compute.v1", "RouterNat"),
    "gcp:compute/subnetwork:Subnetwork": ("compute.v1", "Subnetwork"),
    "gcp:container/cluster:Cluster": ("container.v1", "Cluster"),
    "gcp:container/nodePool:NodePool": ("container.v1", "NodePool"),
    "gcp:dns/managedZone:ManagedZone": ("dns.v1", "ManagedZone"),
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": ("iam.v1", "WorkloadIdentityPool"),
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": ("iam.v1", "WorkloadIdentityPoolProvider"),
    "gcp:kms/cryptoKey:CryptoKey": ("cloudkms.v1", "CryptoKey"),
    "gcp:monitoring/alertPolicy:AlertPolicy": ("monitoring.v3", "AlertPolicy"),
    "gcp:projects/iAMCustomRole:IAMCustomRole": ("iam.v1", "Role"),
    "gcp:secretmanager/secret:Secret": ("secretmanager.v1", "Secret"),
    "gcp:serviceaccount/account:Account": ("iam.v1", "ServiceAccount"),
    "gcp:storage/bucket:Bucket": ("storage.v1", "Bucket"),
}
"""Resource type → (document, schema)."""

_POLICY = "roles and members of a policy are free text in the API"

UNMODELLED: Mapping[str, str] = {
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": _POLICY,
    "gcp:dns/recordSet:RecordSet": "dns.v1 ResourceRecordSet says all of its values in free text; see `endpoints.py`",
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": _POLICY,
    "gcp:kms/keyRing:KeyRing": "cloudkms.v1 KeyRing holds what is answered; the name is in the path; see `keys.py`",
    "gcp:monitoring/notificationChannel:NotificationChannel": "monitoring.v3 has labels of free text",
    "gcp:projects/service:Service": "a service is named in the path of serviceusage.v1",
    "gcp:projects/serviceIdentity:ServiceIdentity": "a service is named in the path of serviceusage.v1beta1",
    "gcp:secretmanager/secretIamMember:SecretIamMember": _POLICY,
    "gcp:lustre/instance:Instance": "the package brings no document of lustre.googleapis.com; see `lustre.py`",
    "gcp:projects/iAMMember:IAMMember": _POLICY,
    "gcp:servicenetworking/connection:Connection": "its arguments are names of other things",
    "gcp:storage/bucketIAMMember:BucketIAMMember": _POLICY,
}
"""Resource types with rules of the sandbox's own and without a schema in a document, and why."""

NAMES: Mapping[str, Mapping[str, Mapping[str, str | None]]] = {
    "compute.v1": {
        # The provider sends none for an empty text, which an endpoint for Google's APIs needs; see `endpoints.rule`.
        "ForwardingRule": {"loadBalancingScheme": None},
        "Network": {
            "bgpBestPathSelectionMode": "routingConfig.bgpBestPathSelectionMode",
            "bgpInterRegionCost": "routingConfig.bgpInterRegionCost",
            "routingMode": "routingConfig.routingMode",
        },
    },
    "container.v1": {
        "AcceleratorConfig": {"count": "acceleratorCount", "type": "acceleratorType"},
        "Cluster": {
            "clusterAutoscaling": "autoscaling",
            # The provider leaves out what a running cluster migrates to; see `checks_gke.cluster`.
            "datapathProvider": None,
            "defaultMaxPodsPerNode": "defaultMaxPodsConstraint.maxPodsPerNode",
            "defaultSnatStatus": "networkConfig.defaultSnatStatus",
            "dnsConfig": "networkConfig.dnsConfig",
            "gatewayApiConfig": "networkConfig.gatewayApiConfig",
            "inTransitEncryptionConfig": "networkConfig.inTransitEncryptionConfig",
            "networkPerformanceConfig": "networkConfig.networkPerformanceConfig",
            "nodeLocations": "locations",
            "privateIpv6GoogleAccess": "networkConfig.privateIpv6GoogleAccess",
        },
        "ClusterAutoscaling": {
            "autoProvisioningDefaults": "autoprovisioningNodePoolDefaults",
            "autoProvisioningLocations": "autoprovisioningLocations",
        },
        # The provider takes PROVIDER_UNSPECIFIED, which is its default.
        "DNSConfig": {"clusterDns": None},
        "LinuxNodeConfig": {"hugepagesConfig": "hugepages"},
        "LoggingConfig": {"enableComponents": "componentConfig.enableComponents"},
        "MaintenancePolicy": {
            "dailyMaintenanceWindow": "window.dailyMaintenanceWindow",
            "recurringWindow": "window.recurringWindow",
        },
        "MonitoringConfig": {
            "enableComponents": "componentConfig.enableComponents",
            "managedPrometheus": "managedPrometheusConfig",
        },
        "NodeConfig": {
            "guestAccelerators": "accelerators",
            "loggingVariant": "loggingConfig.variantConfig.variant",
        },
        "NodeConfigDefaults": {"loggingVariant": "loggingConfig.variantConfig.variant"},
        "NodePool": {
            "maxPodsPerNode": "maxPodsConstraint.maxPodsPerNode",
            "nodeConfig": "config",
            # The size of a group in one zone; the API resizes the groups, and has the number at the pool's creation.
            "nodeCount": "initialNodeCount",
            "nodeLocations": "locations",
        },
        # UNSPECIFIED is how the provider takes a cluster out of its channel; see `checks_gke.cluster`.
        "ReleaseChannel": {"channel": None},
        # The provider writes `gvisor` where the API has GVISOR.
        "SandboxConfig": {"sandboxType": None},
        "WindowsNodeConfig": {"osversion": "osVersion"},
    },
    "storage.v1": {
        "Bucket": {
            "lifecycleRules": "lifecycle.rule",
            "publicAccessPrevention": "iamConfiguration.publicAccessPrevention",
        },
    },
}
"""Document → schema → the SDK's name → the API's, from that schema on; None where the provider takes other values."""


@dataclass(frozen=True)
class Stated:
    """A limit that a document states in the property's description, not in a field."""

    words: str
    """Words of the description that say so."""
    least: float | None = None
    most: float | None = None
    longest: int | None = None
    """Characters. The documents count bytes of UTF-8, which are no fewer."""


STATED: Mapping[str, Mapping[str, Stated]] = {
    "compute.v1": {
        "Duration.nanos": Stated("to 999,999,999 inclusive", least=0, most=999_999_999),
        "Network.mtu": Stated("minimum value for this field is 1300 and the maximum value is 8896", 1300, 8896),
        "RouterBgp.keepaliveInterval": Stated("between 20 and 60", least=20, most=60),
        "RouterMd5AuthenticationKey.key": Stated("Maximum length is 80 characters", longest=80),
        "SubnetworkLogConfig.flowSampling": Stated("must be in [0, 1]", least=0, most=1),
    },
    "container.v1": {
        # 15 GB from GKE 1.36.3 on, which the sandbox's channels do not serve.
        "NodeConfig.diskSizeGb": Stated("smallest allowed disk size is 12 GB", least=12),
        "NodeKubeletConfig.containerLogMaxFiles": Stated("between 2 and 10", least=2, most=10),
        "NodeKubeletConfig.imageGcHighThresholdPercent": Stated("between 10 and 85", least=10, most=85),
        "NodeKubeletConfig.imageGcLowThresholdPercent": Stated("between 10 and 85", least=10, most=85),
        "NodeKubeletConfig.podPidsLimit": Stated("equal to 1024 and less than 4194304", least=1024, most=4_194_303),
        "NodePoolAutoscaling.minNodeCount": Stated("greater than or equal to 0", least=0),
        "NodePoolAutoscaling.totalMinNodeCount": Stated("greater than or equal to 0", least=0),
    },
    "iam.v1": {
        "ServiceAccount.description": Stated("maximum length is 256 UTF-8 bytes", longest=256),
        "WorkloadIdentityPool.description": Stated("Cannot exceed 256 characters", longest=256),
        "WorkloadIdentityPool.displayName": Stated("Cannot exceed 32 characters", longest=32),
        "WorkloadIdentityPoolProvider.description": Stated("Cannot exceed 256 characters", longest=256),
        "WorkloadIdentityPoolProvider.displayName": Stated("Cannot exceed 32 characters", longest=32),
        "ServiceAccount.displayName": Stated("maximum length is 100 UTF-8 bytes", longest=100),
    },
}
"""Document → `Schema.property` → what its description states."""
