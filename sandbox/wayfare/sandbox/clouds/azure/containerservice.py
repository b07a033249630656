"""Clusters as AKS makes them."""

import base64
from typing import Any

from wayfare.sandbox.behaviour import Call, Made, Plane, Properties
from wayfare.sandbox.clouds.azure import agentpools, keyvault, names, subnets
from wayfare.sandbox.clouds.azure.names import guid, located, made, within

_KIND = "Microsoft.ContainerService/managedClusters"


def cluster(call: Call) -> Made:
    """A cluster with addresses of its own, and its first pool. Identities go in as a list and come out as a map."""
    inputs, place, id = call.inputs, names.location(call), within(call, f"{_KIND}/{call.inputs['resourceName']}")
    names.in_group(call)
    given = names.texts(names.part(inputs, "identity"), "userAssignedIdentities")
    identities = {str(each): names.needed(call, names.IDENTITY, each).outputs for each in given}
    network, profiles = names.part(inputs, "networkProfile"), names.parts(inputs, "agentPoolProfiles")
    nodes = [agentpools.Nodes.of(call, each) for each in profiles]
    for each in nodes:
        agentpools.refuse_machines(call, each, place)
    subnets.refuse(call, network, nodes)
    _own_keys(call, list(identities))
    uid = call.store.new_id(24)
    host = f"{inputs.get('dnsPrefix') or inputs['resourceName']}-{uid[:8]}"
    fqdn, access = f"{host}.hcp.{place}.azmk8s.io", names.part(inputs, "apiServerAccessProfile")
    private = bool(access.get("enablePrivateCluster"))
    outputs: Properties = {
        **located(call),
        "azurePortalFQDN": fqdn.replace(".hcp.", ".portal.hcp."),
        "currentKubernetesVersion": agentpools.KUBERNETES,
        "kubernetesVersion": inputs.get("kubernetesVersion", "1.33"),
        "eTag": guid(call),
        "fqdn": "" if private and not access.get("enablePrivateClusterPublicFQDN") else fqdn,
        "privateFQDN": f"{host}.{guid(call)}.privatelink.{place}.azmk8s.io" if private else "",
        "maxAgentPools": 100,
        "powerState": {"code": "Running"},
        "provisioningState": "Succeeded",
        "resourceUID": uid,
        "systemData": {},
        "supportPlan": "KubernetesOfficial",
        "nodeResourceGroup": inputs.get("nodeResourceGroup")
        or f"MC_{inputs['resourceGroupName']}_{inputs['resourceName']}_{place}",
        "identity": {
            **{key: value for key, value in names.part(inputs, "identity").items() if key != "userAssignedIdentities"},
            "principalId": "",
            "tenantId": names.TENANT,
            "userAssignedIdentities": {
                each: {key: outputs[key] for key in ("clientId", "principalId")} for each, outputs in identities.items()
            },
        },
        "identityProfile": {
            "kubeletidentity": {"clientId": guid(call), "objectId": guid(call), "resourceId": f"{id}/kubelet"}
        },
        "oidcIssuerProfile": {
            "enabled": bool(names.part(inputs, "oidcIssuerProfile").get("enabled")),
            "issuerURL": f"https://{place}.oic.prod-aks.azure.com/{names.TENANT}/{guid(call)}/",
        },
        "agentPoolProfiles": [
            {
                **agentpools.defaults(call),
                "provisioningState": "Succeeded",
                "powerState": {"code": "Running"},
                **profile,
            }
            for profile in profiles
        ],
    }
    return made(call, _KIND, id, outputs, agentpools.VERSION)


def _own_keys(call: Call, identities: list[str]) -> None:
    """The set that disks are encrypted by exists, and so does the key of Kubernetes' secrets, which AKS may use.

    Microsoft, "Bring your own keys with Azure disks in AKS" and "Add KMS etcd encryption to an AKS cluster".
    """
    if disks := call.inputs.get("diskEncryptionSetID"):
        names.needed(call, names.DISKS, disks)
    kms = names.part(names.part(call.inputs, "securityProfile"), "azureKeyVaultKms")
    if kms.get("enabled"):
        keyvault.usable(call, str(kms.get("keyId")), identities, (keyvault.USER, keyvault.OFFICER))


def kubeconfig(name: str, group: str, fqdn: str, plane: Plane | None) -> str:
    """The kubeconfig that AKS gives with `format=exec`, in base64."""
    plane = plane or Plane(f"{fqdn}:443", base64.b64encode(f"wayfare sandbox {fqdn}".encode()).decode())
    user = f"clusterUser_{group}_{name}"
    arguments: list[Any] = [
        *("get-token", "--environment", "AzurePublicCloud"),
        *("--server-id", "6dae42f8-4368-4678-94ff-3960e28e3630"),
        *("--client-id", "80faf920-1908-4b52-b5ef-a8e7bedfc67a"),
        *("--tenant-id", names.TENANT, "--login", "devicecode"),
    ]
    lines = [
        "apiVersion: v1",
        "kind: Config",
        "clusters:",
        "- cluster:",
        f"    certificate-authority-data: {plane.authority}",
        f"    server: https://{plane.host}",
        f"  name: {name}",
        "contexts:",
        "- context:",
        f"    cluster: {name}",
        f"    user: {user}",
        f"  name: {name}",
        f"current-context: {name}",
        "preferences: {}",
        "users:",
        f"- name: {user}",
        "  user:",
        "    exec:",
        "      apiVersion: client.authentication.k8s.io/v1beta1",
        "      args:",
        *(f"      - {argument}" for argument in arguments),
        "      command: kubelogin",
        "      env: null",
        "      provideClusterInfo: false",
        "",
    ]
    return base64.b64encode("\n".join(lines).encode()).decode()
