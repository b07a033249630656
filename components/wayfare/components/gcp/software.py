"""What a fabric needs on GKE's nodes beside the driver of its cards: NCCL's plugin, and a daemon for those over TCP.

GKE brings neither. Each plugin comes as an image with an installer, which Google's own manifests run on every node
(GoogleCloudPlatform/container-engine-accelerators, gpudirect-rdma, gpudirect-tcpxo and gpudirect-tcpx); so do these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wayfare.components.agents import daemon_set
from wayfare.components.catalog import Fabric, MachineType
from wayfare.components.pods import ClusterObject, NodePath, Sidecar, Toleration

_IMAGES = "us-docker.pkg.dev/gce-ai-infra"

#: Does nothing; every GKE node has it.
_PAUSE = "gke.gcr.io/pause:3.8@sha256:880e63f94b145e46f1b1082bb71b85e21f16b99b180b9996407d61240ceb9830"

#: Puts devices into a container that asks for none, by an annotation of its pod.
_INJECTOR = (
    "gcr.io/gke-release/nri-device-injector@sha256:7704e2bd74b8edbb76b6913c7904cc2362f1fa887c4d4aba7b19778ea353537c"
)

#: Where GKE keeps what its nodes bring; `nvidia` below it is in every container with accelerators, under
#: `/usr/local/nvidia` (AI Hypercomputer, "Collect and understand NCCL logs for troubleshooting").
_NODE = "/home/kubernetes/bin"

#: The container that receives for a node's accelerators, as the injector is told.
RECEIVER = "receiver"


@dataclass(frozen=True)
class _Plugin:
    """NCCL's plugin for a fabric."""

    name: str
    """Its directory, on the node and in the container."""
    image: str


@dataclass(frozen=True)
class Software:
    """What a pool's nodes and pods get for the fabric."""

    objects: tuple[ClusterObject, ...] = ()
    paths: tuple[NodePath, ...] = ()
    sidecars: tuple[Sidecar, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    capabilities: tuple[str, ...] = ()


#: AI Hypercomputer, release notes of NCCL/gIB for x86 and for Arm, May 14, 2026, with the images' digests.
_GIB = _Plugin(
    "gib",
    f"{_IMAGES}/gpudirect-gib/nccl-plugin-gib:v1.1.2"
    "@sha256:b71627dcf88862cd0e64434dfd0224441960db58f2022f94b5f56123659c207e",
)
_GIB_ARM = _Plugin(
    "gib",
    f"{_IMAGES}/gpudirect-gib/nccl-plugin-gib-arm64:v1.1.2"
    "@sha256:6b7950cac6e6833661d4206920f5633b6e361b18bfd5315b63f9bf4a4b84a80e",
)
#: Plugin and daemon of a version belong together (container-engine-accelerators, release notes of GPUDirect-TCPXO of
#: January 9, 2026, and of GPUDirect-TCPX of June 22, 2026).
_TCPXO = _Plugin("tcpxo", f"{_IMAGES}/gpudirect-tcpxo/nccl-plugin-gpudirecttcpx-dev:v1.0.15")
_TCPXO_RECEIVER = f"{_IMAGES}/gpudirect-tcpxo/tcpgpudmarxd-dev:v1.0.21"
_TCPX = _Plugin("tcpx", f"{_IMAGES}/gpudirect-tcpx/nccl-plugin-gpudirecttcpx-dev:v3.1.12")
_TCPX_RECEIVER = f"{_IMAGES}/gpudirect-tcpx/tcpgpudmarxd-dev:v2.0.15"


def software(machine: MachineType, tolerations: tuple[Toleration, ...]) -> Software:
    """For a job over several nodes of a machine type; empty where its fabric needs none of it."""
    match machine.fabric:
        case Fabric.ROCE:
            return Software((_installer(_GIB, tolerations),), (_mounted(_GIB),))
        case Fabric.NVL72:
            return Software((_installer(_GIB_ARM, tolerations),), (_mounted(_GIB_ARM),))
        case Fabric.TCPXO:
            apertures = NodePath("aperture-devices", "/dev/aperture_devices", "/dev/aperture_devices", read_only=False)
            return Software(
                (_installer(_TCPXO, tolerations, prepare=_APERTURES), _injector(tolerations)),
                (_mounted(_TCPXO), apertures),
                (_tcpxo_receiver(),),
                _injected(machine, "/dev/dmabuf_import_helper"),
            )
        case Fabric.TCPX:
            return Software(
                (_installer(_TCPX, tolerations), _injector(tolerations)),
                (_mounted(_TCPX), _TCPX_SOCKETS),
                (_tcpx_receiver(),),
                _injected(machine),
                # It pins memory (gpudirect-tcpx/nccl-test-unprivileged-without-hostnetwork.yaml).
                ("IPC_LOCK",),
            )
        case _:
            return Software()


def _mounted(plugin: _Plugin) -> NodePath:
    """The plugin in the workload's container. A pod waits until it is there: it comes to its place as a whole."""
    return NodePath("nccl-plugin", f"{_NODE}/{plugin.name}", f"/usr/local/{plugin.name}")


def _installer(plugin: _Plugin, tolerations: tuple[Toleration, ...], *, prepare: str | None = None) -> ClusterObject:
    """Puts the plugin on a node once. `prepare` is a script that the node runs before it."""
    install: Mapping[str, Any] = {
        "name": "plugin",
        "image": plugin.image,
        "command": ["/bin/sh", "-euc", _INSTALL.format(name=plugin.name)],
        "env": [{"name": "IMAGE", "value": plugin.image}],
        "resources": _LITTLE,
        # It copies files, whose directories are root's, and does nothing else.
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["NET_RAW"]}},
        "volumeMounts": [{"name": "node", "mountPath": "/node"}],
    }
    first: Mapping[str, Any] = {
        "name": "node",
        "image": plugin.image,
        "command": ["nsenter", "--target=1", "--mount", "--net", "--", "/bin/sh", "-euc", prepare],
        "resources": _LITTLE,
        "securityContext": {"privileged": True},
    }
    pod = {
        **({} if prepare is None else {"hostPID": True}),
        "priorityClassName": "system-node-critical",
        "initContainers": [*([] if prepare is None else [first]), install],
        "containers": [{"name": "installed", "image": _PAUSE, "resources": _LITTLE, "securityContext": _HARMLESS}],
        "volumes": [{"name": "node", "hostPath": {"path": _NODE, "type": "Directory"}}],
    }
    return daemon_set(f"nccl-{plugin.name}", tolerations, pod)


#: So that none of them is the first to be evicted. A job asks for half of a node.
_LITTLE: Mapping[str, Any] = {"requests": {"cpu": "50m", "memory": "64Mi"}}
_HARMLESS: Mapping[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}

#: Libraries go where every container with accelerators looks for the driver's. Not so NCCL itself: it would take the
#: place of the image's own, and may be older than the framework needs; whoever wants it finds it in the plugin's
#: directory. `tar` makes new files: those that a running job has open stay as they are, and so does the directory that
#: it mounts.
_INSTALL = """\
if [ "$(cat /node/{name}/.image 2>/dev/null)" != "$IMAGE" ]; then
  chmod 755 /scripts/container_entry.sh
  /scripts/container_entry.sh install --install-nccl
  mkdir -p /node/nvidia/lib64
  tar -C /var/lib/{name}/lib64 --exclude='./libnccl.so*' -cf - . | tar -C /node/nvidia/lib64 -xof -
  rm -rf /node/{name}.new /node/{name}.old
  cp -r /var/lib/{name} /node/{name}.new
  echo "$IMAGE" >/node/{name}.new/.image
  if [ -e /node/{name} ]; then mv /node/{name} /node/{name}.old; fi
  mv /node/{name}.new /node/{name}
fi
"""

#: The cards' memory as files, and the kernel's part of GPUDirect-TCPXO (gpudirect-tcpxo/nccl-tcpxo-installer.yaml).
#: They are gone when the node starts again. What comes in is held back by the network's firewall.
_APERTURES = """\
iptables -C INPUT -p tcp -j ACCEPT 2>/dev/null || iptables -I INPUT -p tcp -j ACCEPT
modprobe import-helper
if [ ! -e /dev/aperture_devices ]; then
  for card in /sys/bus/pci/devices/*; do
    [ "$(cat "$card/vendor") $(cat "$card/device")" = "0x1ae0 0x0084" ] || continue
    aperture="/dev/aperture_devices.new/${card##*/}"
    mkdir -p "$aperture"
    mount --bind "$(readlink -f "$card")" "$aperture"
    chmod -R a+r "$aperture"
    chmod a+rw "$aperture"/resource*
  done
  mv /dev/aperture_devices.new /dev/aperture_devices
fi
"""


def _injector(tolerations: tuple[Toleration, ...]) -> ClusterObject:
    """nri_device_injector/nri-device-injector.yaml, without the node's network, of which it uses nothing."""
    paths = {"dev": "/dev", "nri": "/var/run/nri"}
    pod = {
        "priorityClassName": "system-node-critical",
        "containers": [
            {
                "name": "injector",
                "image": _INJECTOR,
                "resources": _LITTLE,
                "securityContext": {"privileged": True},
                "volumeMounts": [{"name": name, "mountPath": path} for name, path in paths.items()],
            }
        ],
        "volumes": [{"name": name, "hostPath": {"path": path}} for name, path in paths.items()],
    }
    return daemon_set("device-injector", tolerations, pod)


def _injected(machine: MachineType, *more: str) -> Mapping[str, str]:
    """The accelerators in the receiver, which asks for none of its own."""
    devices = (*(f"/dev/nvidia{number}" for number in range(machine.accelerators)), "/dev/nvidiactl", "/dev/nvidia-uvm")
    listed = "".join(f"- path: {device}\n" for device in (*devices, *more))
    return {f"devices.gke.io/container.{RECEIVER}": listed}


_OF_RECEIVERS = (
    NodePath("driver", f"{_NODE}/nvidia/lib64", "/usr/local/nvidia/lib64"),
    NodePath("sys", "/sys", "/hostsysfs", read_only=False),
    NodePath("proc-sys", "/proc/sys", "/hostprocsysfs", read_only=False),
)
_TCPX_SOCKETS = NodePath("receiver", "/run/tcpx", "/run/tcpx", read_only=False, made=True)
#: The image is the daemon's own, and so is the path.
_LIBRARIES: Mapping[str, str] = {"LD_LIBRARY_PATH": "/usr/local/nvidia/lib64"}


#: For certain; it may use more, as the container may (unsure: Google names none).
_OF_RECEIVER: Mapping[str, str] = {"cpu": "1", "memory": "1Gi"}


def _tcpxo_receiver() -> Sidecar:
    script = "chmod 755 /fts/entrypoint_rxdm_container.sh && exec /fts/entrypoint_rxdm_container.sh --num_hops=2"
    return Sidecar(
        RECEIVER,
        _TCPXO_RECEIVER,
        ("/bin/sh", "-euc", script),
        environment=_LIBRARIES,
        capabilities=("NET_ADMIN", "NET_BIND_SERVICE"),
        paths=_OF_RECEIVERS,
        requests=_OF_RECEIVER,
    )


def _tcpx_receiver() -> Sidecar:
    command = (
        "/tcpgpudmarxd/build/app/tcpgpudmarxd",
        *("--gpu_nic_preset", "a3vm"),
        *("--gpu_shmem_type", "fd"),
        *("--uds_path", _TCPX_SOCKETS.mount),
        *("--setup_param", "--verbose 128 2 0"),
    )
    return Sidecar(
        RECEIVER,
        _TCPX_RECEIVER,
        command,
        environment=_LIBRARIES,
        capabilities=("NET_ADMIN",),
        paths=(*_OF_RECEIVERS, _TCPX_SOCKETS),
        requests=_OF_RECEIVER,
    )
