"""What a fabric needs on GKE's nodes: plugins that are put there, and a daemon beside the workload over TCP."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.contract.asked import request
from wayfare.blueprints import CloudName, Purchase
from wayfare.components.catalog import shipped_rows
from wayfare.components.clouds import cloud
from wayfare.components.kubernetes.layers import Given, layers
from wayfare.components.pods import ClusterObject, PodNeeds

#: The plugin of a machine type, as it is called on the node.
PLUGIN = {
    "a3-highgpu-8g": "tcpx",
    "a3-megagpu-8g": "tcpxo",
    "a3-ultragpu-8g": "gib",
    "a4-highgpu-8g": "gib",
    "a4x-highgpu-4g": "gib",
}


def pods(name: str, nodes: int = 2, purchase: Purchase | None = None) -> PodNeeds:
    row = shipped_rows(CloudName.GCP).machine_type(name)
    bought = purchase or next(each for each in Purchase if row.sells(each))
    return cloud(CloudName.GCP).plan(request(CloudName.GCP, row, bought, nodes=nodes)).pods


def installer(found: PodNeeds) -> ClusterObject:
    (wanted,) = [each for each in found.objects if each.name.startswith("nccl-")]
    return wanted


def pod(wanted: ClusterObject) -> Any:
    return wanted.spec["template"]["spec"]


@pytest.mark.parametrize("name", PLUGIN)
def test_each_plugin_is_put_on_the_node_and_mounted_where_google_says(name: str) -> None:
    """AI Hypercomputer, "Collect and understand NCCL logs for troubleshooting": from `/home/kubernetes/bin/gib` to
    `/usr/local/gib`."""
    found, plugin = pods(name), PLUGIN[name]
    wanted = installer(found)
    assert (wanted.name, wanted.namespace) == (f"nccl-{plugin}", "kube-system")
    (mounted,) = [path for path in found.paths if path.name == "nccl-plugin"]
    assert (mounted.path, mounted.mount) == (f"/home/kubernetes/bin/{plugin}", f"/usr/local/{plugin}")
    # The pod waits for it: a directory that it would make itself would be empty.
    assert mounted.read_only
    assert not mounted.made


@pytest.mark.parametrize("name", PLUGIN)
def test_it_bears_what_keeps_others_off_the_pool(name: str) -> None:
    for purchase in Purchase:
        if not shipped_rows(CloudName.GCP).machine_type(name).sells(purchase):
            continue
        found = pods(name, purchase=purchase)
        borne = {each["key"] for each in pod(installer(found))["tolerations"]}
        assert borne == {each.key for each in found.tolerations}
    assert pod(installer(pods(name)))["nodeSelector"] == {"wayfare.dev/pool": "accelerator"}
    assert pod(installer(pods(name)))["priorityClassName"] == "system-node-critical"


def test_arm_has_an_image_of_its_own() -> None:
    for name, arm in (("a3-ultragpu-8g", False), ("a4x-highgpu-4g", True)):
        (install,) = pod(installer(pods(name)))["initContainers"]
        assert ("-arm64:" in install["image"]) is arm
        assert "@sha256:" in install["image"]


@pytest.mark.parametrize("name", ["a3-highgpu-8g", "a3-ultragpu-8g", "a4-highgpu-8g", "a4x-highgpu-4g"])
def test_who_only_copies_files_has_no_right_beyond_it(name: str) -> None:
    wanted = pod(installer(pods(name)))
    assert "hostPID" not in wanted
    for container in (*wanted["initContainers"], *wanted["containers"]):
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert "add" not in container["securityContext"]["capabilities"]


@pytest.mark.parametrize("name", [*PLUGIN, "g2-standard-4"])
def test_a_node_alone_gets_none_of_it(name: str) -> None:
    """A plugin in the driver's directory is found by every container: one that needs none could fail by it."""
    found = pods(name, nodes=1)
    assert (found.objects, found.paths, found.sidecars, found.capabilities) == ((), (), (), ())
    assert not found.annotations


@pytest.mark.parametrize(
    ("name", "capabilities", "devices"),
    [
        ("a3-highgpu-8g", ("NET_ADMIN",), {"/dev/nvidia0", "/dev/nvidia7", "/dev/nvidiactl", "/dev/nvidia-uvm"}),
        ("a3-megagpu-8g", ("NET_ADMIN", "NET_BIND_SERVICE"), {"/dev/nvidia0", "/dev/dmabuf_import_helper"}),
    ],
)
def test_over_tcp_a_daemon_receives_beside_the_container(
    name: str, capabilities: tuple[str, ...], devices: set[str]
) -> None:
    """GKE, "Maximize GPU network bandwidth in Standard mode clusters". A sidecar: it keeps no job from its end."""
    row = shipped_rows(CloudName.GCP).machine_type(name)
    planned = cloud(CloudName.GCP).plan(request(CloudName.GCP, row, Purchase.ON_DEMAND))
    assert "device-injector" in {each.name for each in planned.pods.objects}
    (job,) = layers(planned, Given()).workload.spec["replicatedJobs"]
    template = job["template"]["spec"]["template"]
    # It must run before the fabric is tried.
    receiver, _probe = template["spec"]["initContainers"]
    assert receiver["restartPolicy"] == "Always"
    assert tuple(receiver["securityContext"]["capabilities"]["add"]) == capabilities
    # A list in YAML.
    lines = template["metadata"]["annotations"][f"devices.gke.io/container.{receiver['name']}"].splitlines()
    injected = [line.removeprefix("- path: ") for line in lines]
    assert devices <= set(injected)
    assert len([each for each in injected if each.removeprefix("/dev/nvidia").isdigit()]) == row.accelerators
    # What either mounts is a volume of the pod, and each volume is there once.
    volumes = [each["name"] for each in template["spec"]["volumes"]]
    assert len(volumes) == len(set(volumes))
    for container in (receiver, *template["spec"]["containers"]):
        assert {each["name"] for each in container["volumeMounts"]} <= set(volumes)


def test_the_daemons_sockets_are_where_the_plugin_looks() -> None:
    found = pods("a3-highgpu-8g")
    (receiver,) = found.sidecars
    (sockets,) = [path for path in found.paths if path.name == "receiver"]
    assert sockets in receiver.paths
    assert receiver.command[receiver.command.index("--uds_path") + 1] == sockets.mount
    assert sockets.made
    assert not sockets.read_only


def test_a_namespace_lets_through_what_its_pods_mount_of_the_node() -> None:
    standards = {
        name: layers(
            cloud(CloudName.GCP).plan(request(CloudName.GCP, shipped_rows(CloudName.GCP).machine_type(name), bought)),
            Given(),
        ).namespace.labels["pod-security.kubernetes.io/enforce"]
        for name, bought in (("a3-ultragpu-8g", Purchase.SPOT), ("a2-ultragpu-8g", Purchase.SPOT))
    }
    assert standards == {"a3-ultragpu-8g": "privileged", "a2-ultragpu-8g": "baseline"}


class Node:
    """A node's directories, an image's, and programs that write down how they were called."""

    def __init__(self, path: Path, plugin: str) -> None:
        self.root, self.plugin = path, plugin
        self.programs, self.called = path / "programs", path / "called"
        for each in ("programs", "node/nvidia/lib64", "scripts", "sys", "dev"):
            (path / each).mkdir(parents=True)
        self.called.touch()
        self.image("v1")

    def image(self, version: str) -> None:
        """The image as it is in a version: its installer puts files below `/var/lib`."""
        self.version = version
        entry = self.root / "scripts/container_entry.sh"
        files = self.root / "var/lib" / self.plugin
        entry.write_text(
            f'#!/bin/sh\n[ "$*" = "install --install-nccl" ] || exit 1\necho entry >>{self.called}\n'
            f"mkdir -p {files}/lib64\necho {version} >{files}/lib64/libnccl-net.so\n"
            f"echo nccl >{files}/lib64/libnccl.so.2.30.4\nln -sf libnccl.so.2.30.4 {files}/lib64/libnccl.so.2\n"
        )

    def program(self, name: str, says: str = "exit 0") -> None:
        program = self.programs / name
        program.write_text(f'#!/bin/sh\necho {name} "$@" >>{self.called}\n{says}\n')
        program.chmod(0o755)

    def runs(self, command: list[str]) -> None:
        """A container's script, with this node's directories in place of the root's."""
        script = command[-1]
        for each in ("/node/", "/scripts/", "/var/lib/", "/sys/", "/dev/aperture"):
            script = script.replace(each, f"{self.root}{each}")
        search = f"{self.programs}:/usr/bin:/bin"
        subprocess.run(
            ["/bin/sh", "-euc", script], check=True, env={"PATH": search, "IMAGE": self.version}, cwd=self.root
        )

    def calls(self) -> list[str]:
        return self.called.read_text().splitlines()


def test_a_plugin_comes_to_its_place_as_a_whole_and_once(tmp_path: Path) -> None:
    (install,) = pod(installer(pods("a3-ultragpu-8g")))["initContainers"]
    node = Node(tmp_path, "gib")
    library, whole = tmp_path / "node/nvidia/lib64/libnccl-net.so", tmp_path / "node/gib"
    node.runs(install["command"])
    node.runs(install["command"])
    assert node.calls() == ["entry"]
    assert library.read_text() == (whole / "lib64/libnccl-net.so").read_text() == "v1\n"
    # The image's own NCCL stays what its framework finds; the plugin's is there for whoever wants it.
    assert {each.name for each in library.parent.iterdir()} == {"libnccl-net.so"}
    assert (whole / "lib64/libnccl.so.2").read_text() == "nccl\n"
    # Another version: what a job has open stays as it is, the file as well as the directory.
    with library.open() as opened:
        mounted = whole.stat().st_ino
        node.image("v2")
        node.runs(install["command"])
        assert opened.read() == "v1\n"
    assert library.read_text() == (whole / "lib64/libnccl-net.so").read_text() == "v2\n"
    assert (tmp_path / "node/gib.old").stat().st_ino == mounted
    node.image("v3")
    node.runs(install["command"])
    assert (whole / "lib64/libnccl-net.so").read_text() == "v3\n"


def test_a_plugin_that_was_not_installed_whole_is_not_there(tmp_path: Path) -> None:
    (install,) = pod(installer(pods("a3-ultragpu-8g")))["initContainers"]
    node = Node(tmp_path, "gib")
    (tmp_path / "scripts/container_entry.sh").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(subprocess.CalledProcessError):
        node.runs(install["command"])
    assert not (tmp_path / "node/gib").exists()


def test_the_cards_memory_is_mapped_once(tmp_path: Path) -> None:
    prepare, _ = pod(installer(pods("a3-megagpu-8g")))["initContainers"]
    assert prepare["command"][:5] == ["nsenter", "--target=1", "--mount", "--net", "--"]
    node = Node(tmp_path, "tcpxo")
    for name, vendor, device in (("06:00.0", "0x1ae0", "0x0084"), ("00:0c.0", "0x1ae0", "0x0042")):
        card = tmp_path / "sys/bus/pci/devices" / f"0000:{name}"
        card.mkdir(parents=True)
        (card / "vendor").write_text(f"{vendor}\n")
        (card / "device").write_text(f"{device}\n")
    # In place of a mount, a copy.
    node.program("mount", 'cp -r "$2"/. "$3"; touch "$3/resource0"')
    node.program("iptables", '[ "$1" = -I ]')
    node.program("modprobe")
    node.runs(prepare["command"])
    node.runs(prepare["command"])
    (aperture,) = (tmp_path / "dev/aperture_devices").iterdir()
    assert aperture.name == "0000:06:00.0"
    assert (aperture / "resource0").stat().st_mode & 0o666 == 0o666
    assert [each.split()[0] for each in node.calls()] == [
        *("iptables", "iptables", "modprobe", "mount"),
        *("iptables", "iptables", "modprobe"),
    ]
