"""As whom a pod comes to a cloud: by what its container was given, or by what its own cloud gives it.

In the order in which the clouds' SDKs look (AWS SDKs and Tools Reference Guide, "Credential provider chain"; Microsoft,
"DefaultAzureCredential"; Google Cloud, "How Application Default Credentials works").
"""

import json
from typing import Any

from wayfare.sandbox.behaviour import Refused
from wayfare.sandbox.clouds.gcp.names import PROJECT, PROJECT_NUMBER
from wayfare.sandbox.copies.acting import Acting
from wayfare.sandbox.pods import part
from wayfare.sandbox.visitors import Visitor

_ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"

#: Of Azure's webhook (Microsoft, "Use Microsoft Entra Workload ID with AKS").
_USED, _CLIENT = "azure.workload.identity/use", "azure.workload.identity/client-id"
_AUDIENCE = "api://AzureADTokenExchange"


def visitor(acting: Acting, package: str) -> Visitor:
    """Who comes to a cloud. Raises `Refused` in the SDK's words where nobody could sign in at all."""
    match package:
        case "aws":
            return _to_aws(acting)
        case "azure-native":
            return _to_azure(acting)
        case _:
            return _to_google(acting)


def _to_aws(acting: Acting) -> Visitor:
    file = acting.environment.get("AWS_WEB_IDENTITY_TOKEN_FILE")
    if "AWS_ROLE_ARN" in acting.environment and file:
        return _by_token(acting, file, f"get credentials: unable to read file at {file}: no such file or directory")
    wanted = (acting.cluster.outputs.get("name"), acting.namespace, acting.account)
    for row in acting.rows(_ASSOCIATION) if acting.on_eks else ():
        if (row.get("clusterName"), row.get("namespace"), row.get("serviceAccount")) == wanted:
            return _as_itself(acting, str(row["roleArn"]))
    raise Refused("get credentials: failed to refresh cached credentials, no EC2 IMDS role found")


def _to_azure(acting: Acting) -> Visitor:
    file = acting.environment.get("AZURE_FEDERATED_TOKEN_FILE")
    if "AZURE_CLIENT_ID" in acting.environment and file:
        return _by_token(acting, file, f"DefaultAzureCredential: open {file}: no such file or directory")
    client = acting.annotations.get(_CLIENT)
    if not acting.on_aks or acting.labels.get(_USED) != "true" or client is None:
        raise Refused("DefaultAzureCredential: failed to acquire a token: no managed identity endpoint found")
    # The webhook gives it a token and these variables, as the trust gives them to those of other clouds.
    return Visitor(acting.issuer, acting.subject, _AUDIENCE, {"AZURE_CLIENT_ID": client})


def _to_google(acting: Acting) -> Visitor:
    file = acting.environment.get("GOOGLE_APPLICATION_CREDENTIALS")
    if file is not None:
        if file not in acting.files:
            raise Refused(f"google: error getting credentials: open {file}: no such file or directory")
        told: dict[str, Any] = json.loads(acting.files[file])
        token = str(part(told, "credential_source").get("file"))
        return _by_token(acting, token, f"google: could not find default credentials: open {token}: no such file")
    if not acting.on_gke:
        raise Refused("google: could not find default credentials")
    # "Principal identifiers": all pods of one cluster.
    pool = f"projects/{PROJECT_NUMBER}/locations/global/workloadIdentityPools/{PROJECT}.svc.id.goog"
    cluster = f"https://container.googleapis.com/v1/{acting.cluster.id}"
    return _as_itself(acting, f"principalSet://iam.googleapis.com/{pool}/kubernetes.cluster/{cluster}")


def _by_token(acting: Acting, file: str, missing: str) -> Visitor:
    """With the token that is mounted there."""
    if file not in acting.tokens:
        raise Refused(missing)
    files = {path.rpartition("/")[2]: text for path, text in acting.files.items()}
    return Visitor(acting.issuer, acting.subject, acting.tokens[file], acting.environment, files)


def _as_itself(acting: Acting, identity: str) -> Visitor:
    return Visitor(acting.issuer, acting.subject, None, identity=identity)
