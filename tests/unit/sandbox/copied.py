"""A sandbox's store with what a copy between clouds needs, made by hand: buckets, clusters, and who may what."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.unit.sandbox.trained import add
from wayfare.components.aws.bucket import read_and_write
from wayfare.components.aws.trust_plan import FederationPlan, assumed_by, read_alone
from wayfare.components.catalog import shipped_catalog
from wayfare.components.gcp.trust_plan import credential
from wayfare.components.trusting import FILES, TOKEN
from wayfare.sandbox.clock import VirtualClock
from wayfare.sandbox.clouds.gcp.names import PROJECT, PROJECT_NUMBER
from wayfare.sandbox.copies.acting import Acting
from wayfare.sandbox.copies.rights import Clouds
from wayfare.sandbox.ledger import Ledger
from wayfare.sandbox.server import behaviours
from wayfare.sandbox.store import Resource, Store
from wayfare.sandbox.view import View
from wayfare.sandbox.visitors import Visitor

SUBJECT = "system:serviceaccount:workload:workload"

ISSUERS: Mapping[str, str] = {
    "aws": "https://oidc.eks.us-east-1.amazonaws.com/id/ABC",
    "azure": "https://eastus.oic.prod-aks.azure.com/tenant/abc/",
    "gcp": "https://container.googleapis.com/v1/projects/p/locations/us-east4/clusters/llm",
}

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
FEDERATION = "azure-native:managedidentity:FederatedIdentityCredential"
ASSIGNMENT, CONTAINER = "azure-native:authorization:RoleAssignment", "azure-native:storage:BlobContainer"
POOL_PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"

_STORAGE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage"
_CONTAINER_ID = f"{_STORAGE}/storageAccounts/acct/blobServices/default/containers/b"
_POOL = f"projects/{PROJECT_NUMBER}/locations/global/workloadIdentityPools/pool"


@dataclass
class Told:
    """What a pod is told to read elsewhere by."""

    environment: dict[str, str] = field(default_factory=dict[str, str])
    files: dict[str, str] = field(default_factory=dict[str, str])
    tokens: dict[str, str] = field(default_factory=dict[str, str])


class Judge:
    """What one of the sandbox's clouds says of who comes."""

    def __init__(self, package: str, store: Store) -> None:
        self._behaviour = behaviours()[package]
        self._view = View(package, store, Ledger(store, shipped_catalog()), VirtualClock())

    def reads(self, visitor: Visitor, bucket: str) -> None:
        assert self._behaviour.reads is not None
        self._behaviour.reads(visitor, bucket, self._view)

    def writes(self, visitor: Visitor, bucket: str) -> None:
        assert self._behaviour.writes is not None
        self._behaviour.writes(visitor, bucket, self._view)


def clouds(store: Store) -> Clouds:
    """All of them, by package."""
    return {package: Judge(package, store) for package in ("aws", "azure-native", "gcp")}


def cluster(store: Store, cloud: str) -> Resource:
    """The reader's cluster, with the service account of its workload."""
    tags = {"wayfare-cluster": "llm"}
    match cloud:
        case "aws":
            identities = [{"oidcs": [{"issuer": ISSUERS["aws"]}]}]
            token, region, id = "aws:eks/cluster:Cluster", "us-east-1", "llm"
            add(store, token, id, region, {"name": "llm", "identities": identities}, tags=tags)
        case "azure":
            token, region, id = "azure-native:containerservice:ManagedCluster", "eastus", "/subscriptions/s/llm"
            profile = {"enabled": True, "issuerURL": ISSUERS["azure"]}
            add(store, token, id, region, {"oidcIssuerProfile": profile}, tags=tags)
        case _:
            token, region = "gcp:container/cluster:Cluster", "us-east4"
            id = "projects/p/locations/us-east4/clusters/llm"
            add(store, token, id, region, {"name": "llm"}, tags=tags)
    notes = {"azure.workload.identity/client-id": "own"} if cloud == "azure" else {}
    key = f"{token.partition(':')[0]}/{region}/{id}"
    add(store, ACCOUNT, "workload/workload", key, {"metadata": {"annotations": notes}})
    (row,) = store.resources(token=token)
    return row


def own(store: Store, cloud: str) -> None:
    """What the reader's workload has on its own cloud: its bucket, to be written."""
    match cloud:
        case "aws":
            add(store, "aws:s3/bucket:Bucket", "own", "us-east-1", {"bucket": "own"})
            statement = {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": _ASSUME}
            policy = json.dumps({"Statement": [statement]})
            arn = "arn:aws:iam::123456789012:role/own"
            add(store, ROLE, "own", "", {"name": "own", "arn": arn, "assumeRolePolicy": policy})
            allowed = read_and_write("arn:aws:s3:::own", None, "us-east-1")
            add(store, POLICY, "own:bucket", "", {"role": "own", "policy": allowed})
            names = {"clusterName": "llm", "namespace": "workload", "serviceAccount": "workload"}
            add(store, ASSOCIATION, "own", "us-east-1", {**names, "roleArn": arn})
        case "azure":
            end = _CONTAINER_ID.replace("acct", "ownacct").removesuffix("/b") + "/own"
            add(store, CONTAINER, end, "eastus", {})
            add(store, IDENTITY, "/subscriptions/s/own", "eastus", {"clientId": "own", "principalId": "own-p"})
            said = {"issuer": ISSUERS["azure"], "subject": SUBJECT, "audiences": ["api://AzureADTokenExchange"]}
            add(store, FEDERATION, "/subscriptions/s/own/federatedIdentityCredentials/w", "eastus", said)
            role = "/subscriptions/s/providers/x/ba92f5b4-2d11-453d-a403-e96b0029c9fe"
            add(store, ASSIGNMENT, "own", "", {"principalId": "own-p", "roleDefinitionId": role, "scope": end})
        case _:
            add(store, "gcp:storage/bucket:Bucket", "own", "us-east4", {"name": "own"})
            pool = f"projects/{PROJECT_NUMBER}/locations/global/workloadIdentityPools/{PROJECT}.svc.id.goog"
            member = f"principalSet://iam.googleapis.com/{pool}/kubernetes.cluster/{ISSUERS['gcp']}"
            add(store, MEMBER, "own", "", {"bucket": "own", "role": "roles/storage.objectUser", "member": member})


def trusted(store: Store, cloud: str, reader: str) -> Told:
    """A bucket `b` elsewhere, and what lets the reader's workload read it, as a trust's stack makes it."""
    issuer = ISSUERS[reader]
    match cloud:
        case "aws":
            add(store, "aws:s3/bucket:Bucket", "b", "us-west-2", {"bucket": "b"})
            arn, plan = "arn:aws:iam::123456789012:role/reader", FederationPlan(issuer, SUBJECT, "reader", "/", {})
            by = {
                "url": issuer.removeprefix("https://"),
                "arn": "arn:aws:iam::123456789012:oidc",
                "clientIdLists": ["sts.amazonaws.com"],
            }
            add(store, PROVIDER, "oidc", "", by)
            policy = assumed_by(by["arn"], plan)  # pyright: ignore[reportArgumentType] - a text of the three
            add(store, ROLE, "reader", "", {"name": "reader", "arn": arn, "assumeRolePolicy": policy})
            add(store, POLICY, "reader:r", "", {"role": "reader", "policy": read_alone("b", None, "us-west-2")})
            named = {"AWS_ROLE_ARN": arn, "AWS_WEB_IDENTITY_TOKEN_FILE": TOKEN}
            return Told(named, tokens={TOKEN: "sts.amazonaws.com"})
        case "azure":
            add(store, CONTAINER, _CONTAINER_ID, "eastus", {})
            add(store, IDENTITY, "/subscriptions/s/reader", "eastus", {"clientId": "c", "principalId": "p"})
            said = {"issuer": issuer, "subject": SUBJECT, "audiences": ["api://AzureADTokenExchange"]}
            add(store, FEDERATION, "/subscriptions/s/reader/federatedIdentityCredentials/r", "eastus", said)
            role = "/subscriptions/s/providers/x/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
            add(store, ASSIGNMENT, "a", "", {"principalId": "p", "roleDefinitionId": role, "scope": _CONTAINER_ID})
            named = {"AZURE_CLIENT_ID": "c", "AZURE_FEDERATED_TOKEN_FILE": TOKEN}
            return Told(named, tokens={TOKEN: "api://AzureADTokenExchange"})
        case _:
            add(store, "gcp:storage/bucket:Bucket", "b", "us-east4", {"name": "b"})
            provider = {
                "name": f"{_POOL}/providers/reader",
                "oidc": {"issuerUri": issuer, "allowedAudiences": ["https://wayfare.dev/trust/llm"]},
                "attributeMapping": {"google.subject": "assertion.sub"},
                "attributeCondition": f'assertion.sub == "{SUBJECT}"',
            }
            add(store, POOL_PROVIDER, "reader", "", provider)
            member = f"principal://iam.googleapis.com/{_POOL}/subject/{SUBJECT}"
            add(store, MEMBER, "m", "", {"bucket": "b", "role": "roles/storage.objectViewer", "member": member})
            file = f"{FILES}/google.json"
            files = {file: credential(f"{_POOL}/providers/reader")}
            return Told({"GOOGLE_APPLICATION_CREDENTIALS": file}, files, {TOKEN: "https://wayfare.dev/trust/llm"})


_ASSUME = ["sts:AssumeRole", "sts:TagSession"]


def acting(store: Store, row: Resource, told: Told, **changes: Any) -> Acting:
    """The pod that copies."""
    given: dict[str, Any] = {
        "store": store,
        "cluster": row,
        "namespace": "workload",
        "account": "workload",
        "labels": {"azure.workload.identity/use": "true"},
        "environment": told.environment,
        "files": told.files,
        "tokens": told.tokens,
    }
    return Acting(**{**given, **changes})
