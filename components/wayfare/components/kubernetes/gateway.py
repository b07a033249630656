"""The way in for requests: Gateway API by Envoy Gateway, the same on every cloud. Pure.

The clouds' own gateways differ in what they can do; Envoy's asks for keys everywhere (gateway.envoyproxy.io, "API Key
Authentication"). Its proxies are reached by a Service of the stack's own in place of the one that Envoy
Gateway would make: the stack waits until the load balancer behind it is gone, which a controller's would outlive.
"""

from collections.abc import Mapping
from datetime import timedelta

from wayfare.blueprints import CloudName, Gateway, InferenceCluster
from wayfare.components.contract import NAMESPACE, Request
from wayfare.components.kubernetes.pod_template import Manifest, labels
from wayfare.components.kubernetes.reaching import let_in, service_name
from wayfare.components.pods import ClusterObject

#: Where the chart and its proxies are.
PROXIES = "envoy-gateway-system"
_CLASS = "envoy"
_GATEWAY_API, _ENVOY = "gateway.networking.k8s.io/v1", "gateway.envoyproxy.io/v1alpha1"
#: Of a listener's port below 1024, where the proxies listen, which are not root (Envoy Gateway, `wellKnownPortShift`).
_SHIFT = 10_000
_HTTPS = 443

#: What makes a load balancer one of the network's inside (AWS: "Network load balancing on Amazon EKS"; AKS, "Use an
#: internal load balancer"; GKE, "Internal passthrough Network Load Balancer"), and on AWS one that passes packets on.
_INSIDE: Mapping[CloudName, Mapping[str, str]] = {
    CloudName.AWS: {"service.beta.kubernetes.io/aws-load-balancer-internal": "true"},
    CloudName.AZURE: {"service.beta.kubernetes.io/azure-load-balancer-internal": "true"},
    CloudName.GCP: {"networking.gke.io/load-balancer-type": "Internal"},
}
_ALWAYS: Mapping[CloudName, Mapping[str, str]] = {
    CloudName.AWS: {"service.beta.kubernetes.io/aws-load-balancer-type": "nlb"},
    CloudName.AZURE: {},
    CloudName.GCP: {},
}


def gateway(request: Request) -> tuple[ClusterObject, ...]:
    """Everything between the load balancer and the replicas; nothing where the blueprint asks for no way in."""
    blueprint = request.blueprint
    if not isinstance(blueprint, InferenceCluster) or (asked := blueprint.spec.gateway) is None:
        return ()
    workload = blueprint.spec.workload
    return (
        ClusterObject(
            _GATEWAY_API, "GatewayClass", _CLASS, {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"}
        ),
        _proxies(request, workload.drain),
        _listener(request, asked),
        _route(request, asked),
        _keys(request, asked),
        let_in(request, PROXIES, workload.answers_on),
        _balancer(request, asked),
    )


def _own(request: Request, api_version: str, kind: str, spec: Manifest) -> ClusterObject:
    return ClusterObject(api_version, kind, request.name, spec, NAMESPACE, labels(request))


def _proxies(request: Request, drain: timedelta) -> ClusterObject:
    """Two, so that one can go; each finishes its requests, as a replica does."""
    on_kubernetes = {
        "envoyService": {"type": "ClusterIP"},
        "envoyDeployment": {"replicas": 2},
        "envoyPDB": {"minAvailable": 1},
    }
    return _own(
        request,
        _ENVOY,
        "EnvoyProxy",
        {
            "provider": {"type": "Kubernetes", "kubernetes": on_kubernetes},
            "shutdown": {"drainTimeout": f"{drain // timedelta(seconds=1)}s"},
        },
    )


def _listener(request: Request, asked: Gateway) -> ClusterObject:
    return _own(
        request,
        _GATEWAY_API,
        "Gateway",
        {
            "gatewayClassName": _CLASS,
            "infrastructure": {
                "parametersRef": {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": request.name}
            },
            "listeners": [
                {
                    "name": "https",
                    "protocol": "HTTPS",
                    "port": _HTTPS,
                    "hostname": asked.host,
                    "tls": {"mode": "Terminate", "certificateRefs": [{"kind": "Secret", "name": asked.certificate}]},
                    "allowedRoutes": {"namespaces": {"from": "Same"}},
                }
            ],
        },
    )


def _route(request: Request, asked: Gateway) -> ClusterObject:
    """The API alone: metrics and health are not for clients. An answer may take as long as it takes."""
    rule = {
        "matches": [{"path": {"type": "PathPrefix", "value": "/v1"}}],
        "backendRefs": [{"name": service_name(request), "port": 80}],
        "timeouts": {"request": "0s"},
    }
    spec = {"parentRefs": [{"name": request.name}], "hostnames": [asked.host], "rules": [rule]}
    return _own(request, _GATEWAY_API, "HTTPRoute", spec)


def _keys(request: Request, asked: Gateway) -> ClusterObject:
    """Envoy takes `Bearer` away before it compares, and the key before it passes the request on."""
    return _own(
        request,
        _ENVOY,
        "SecurityPolicy",
        {
            "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": request.name}],
            "apiKeyAuth": {
                "credentialRefs": [{"name": asked.keys}],
                "extractFrom": [{"headers": ["Authorization"]}],
                "sanitize": True,
            },
        },
    )


def _balancer(request: Request, asked: Gateway) -> ClusterObject:
    cloud = request.placement.cloud
    inside = request.blueprint.spec.access.api == "private"
    return ClusterObject(
        "v1",
        "Service",
        f"{request.name}-gateway",
        {
            "type": "LoadBalancer",
            "loadBalancerSourceRanges": list(asked.allow),
            "selector": {
                "gateway.envoyproxy.io/owning-gateway-name": request.name,
                "gateway.envoyproxy.io/owning-gateway-namespace": NAMESPACE,
            },
            "ports": [{"name": "https", "port": _HTTPS, "targetPort": _HTTPS + _SHIFT}],
        },
        PROXIES,
        labels(request),
        annotations={**_ALWAYS[cloud], **(_INSIDE[cloud] if inside else {})},
        outlives=True,
    )
