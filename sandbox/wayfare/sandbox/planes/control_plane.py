"""One control plane on loopback: etcd, the API server, its controllers, the scheduler, and kwok for the nodes.

Everything of it lies in one directory; its programs end with the sandbox (see `keeper`). Only clients with a
certificate of its authority are let in, at etcd too.
"""

import base64
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from wayfare.sandbox.behaviour import Plane
from wayfare.sandbox.planes import certificates, keeper
from wayfare.sandbox.planes.api import Api, NotReady
from wayfare.sandbox.planes.certificates import Pair

_START_SECONDS = 120.0
"""Real time in which a program must be ready; the API server usually takes three seconds."""
_LOOK = 0.05
"""Real seconds between two questions whether it is."""
_STAGES = Path(__file__).with_name("stages.yaml")


def free_port() -> int:
    """A port of loopback on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ControlPlane:
    """A control plane with a directory of its own, running or not."""

    def __init__(self, directory: Path, binaries: Path) -> None:
        """What it is made of is made now; nothing runs before `start`."""
        self.directory, self._binaries = directory, binaries
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._keeper: subprocess.Popen[bytes] | None = None
        self._listener: threading.Thread | None = None
        self._ended = dict[str, int]()
        self._lock = threading.Lock()
        file = directory / "port"
        if not file.exists():
            self._make_files()
            file.write_text(str(free_port()), encoding="utf-8")
        self.port = int(file.read_text(encoding="utf-8"))
        self.api = Api(self.port, directory / "ca.crt", directory / "admin.crt", directory / "admin.key")
        self._kubeconfig()

    @property
    def address(self) -> Plane:
        """What the cloud tells of it."""
        authority = (self.directory / "ca.crt").read_bytes()
        return Plane(f"127.0.0.1:{self.port}", base64.b64encode(authority).decode())

    @property
    def running(self) -> bool:
        """Whether its programs were started and not stopped."""
        return self._keeper is not None

    def start(self) -> None:
        """Start it and wait until it is ready. Raises `NotReady`."""
        if self.running:
            return
        self._keeper = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-I", "-S", keeper.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=self.directory,
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, args=(self._keeper,), name="keeper", daemon=True)
        self._listener.start()
        etcd = self._etcd()
        self._api_server(etcd)
        self.wait("kube-apiserver", self.api.ready)
        self.run("kube-controller-manager", self._controllers())
        self.run("kube-scheduler", ["--leader-elect=false", "--secure-port=0", "--kubeconfig=kubeconfig"])
        selector = "kwok.x-k8s.io/node=fake"
        kwok = ["--kubeconfig=kubeconfig", f"--manage-nodes-with-annotation-selector={selector}", f"--config={_STAGES}"]
        self.run("kwok", [*kwok, "--node-lease-duration-seconds=40"])

    def stop(self) -> None:
        """Stop it; what it holds stays on disk."""
        if (process := self._keeper) is None:
            return
        self._keeper = None
        assert process.stdin is not None  # noqa: S101 - asked for
        process.stdin.close()
        process.wait()
        if self._listener is not None:
            self._listener.join()

    def run(self, name: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Run one more program of the installation, from the control plane's directory."""
        command = [str(self._binaries / name), *arguments]
        with self._lock:
            self._ended.pop(name, None)
        self._tell({"name": name, "command": command, "log": f"{name}.log", "environment": dict(environment or {})})

    def end(self, name: str) -> None:
        """End one program that was run beside the control plane's own."""
        with self._lock:
            ended = name in self._ended
        if self.running and not ended:
            self._tell({"name": name, "command": None})
            self.wait(name, lambda: name in self._ended, ends=True)

    def wait(self, name: str, ready: Callable[[], bool], *, ends: bool = False) -> None:
        """Wait until a program is ready, or `ends`. Raises `NotReady` where it ends instead, or its time does."""
        deadline = time.monotonic() + _START_SECONDS
        while not ready():
            with self._lock:
                code = self._ended.get(name)
            if (code is not None and not ends) or not self.running:
                raise NotReady(f"{name} ended with {code}:\n{self._last_lines(name)}")
            if time.monotonic() > deadline:
                raise NotReady(f"{name} is not ready after {_START_SECONDS:.0f} s:\n{self._last_lines(name)}")
            time.sleep(_LOOK)

    def write(self, name: str, pair: Pair, *ends: str) -> None:
        """Keep a pair as two files, `NAME.crt` and `NAME.key` unless other ends are given."""
        for end, data in zip(ends or ("crt", "key"), (pair.certificate, pair.key), strict=True):
            file = self.directory / f"{name}.{end}"
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.touch(mode=0o600)
            file.write_bytes(data)

    def _tell(self, asked: Mapping[str, object]) -> None:
        process = self._keeper
        if process is None or process.stdin is None:
            raise NotReady(f"{asked['name']} needs a control plane that runs")
        with self._lock:
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101 - asked for
        with process.stdout as said:
            for line in said:
                ended = json.loads(line)
                with self._lock:
                    self._ended[ended["name"]] = ended["code"]

    def _last_lines(self, name: str) -> str:
        try:
            log = (self.directory / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return "it wrote no log"
        return "\n".join(line[:300] for line in log.splitlines()[-15:])

    def _make_files(self) -> None:
        own = certificates.authority("wayfare-sandbox")
        hosts = ("127.0.0.1", "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "10.96.0.1")
        self.write("ca", own)
        self.write("server", certificates.issued(own, "kube-apiserver", hosts=hosts))
        self.write("etcd", certificates.issued(own, "etcd", hosts=("127.0.0.1", "localhost")))
        # The group that RBAC lets do everything (kubernetes.io, "Using RBAC Authorization").
        self.write("admin", certificates.issued(own, "wayfare-sandbox", "system:masters"))
        self.write("accounts", certificates.signing_key(), "pub", "key")

    def _kubeconfig(self) -> None:
        """For the control plane's own programs, and for a person's `kubectl --kubeconfig`."""
        directory = self.directory
        cluster = {"server": f"https://127.0.0.1:{self.port}", "certificate-authority": str(directory / "ca.crt")}
        user = {"client-certificate": str(directory / "admin.crt"), "client-key": str(directory / "admin.key")}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "sandbox", "cluster": cluster}],
            "users": [{"name": "sandbox", "user": user}],
            "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": "sandbox"}}],
            "current-context": "sandbox",
        }
        file = directory / "kubeconfig"
        file.touch(mode=0o600)
        file.write_text(json.dumps(content), encoding="utf-8")

    def _etcd(self) -> str:
        clients, peers = (f"https://127.0.0.1:{free_port()}" for _ in range(2))
        self.run(
            "etcd",
            [
                *("--name=sandbox", "--data-dir=etcd", "--log-level=warn", "--unsafe-no-fsync"),
                *(f"--listen-client-urls={clients}", f"--advertise-client-urls={clients}"),
                *(f"--listen-peer-urls={peers}", f"--initial-advertise-peer-urls={peers}"),
                *(f"--initial-cluster=sandbox={peers}", "--initial-cluster-state=new"),
                *("--cert-file=etcd.crt", "--key-file=etcd.key", "--client-cert-auth", "--trusted-ca-file=ca.crt"),
                *("--peer-cert-file=etcd.crt", "--peer-key-file=etcd.key"),
                *("--peer-client-cert-auth", "--peer-trusted-ca-file=ca.crt"),
            ],
        )
        return clients

    def _api_server(self, etcd: str) -> None:
        self.run(
            "kube-apiserver",
            [
                *("--bind-address=127.0.0.1", f"--secure-port={self.port}", "--endpoint-reconciler-type=none"),
                *("--tls-cert-file=server.crt", "--tls-private-key-file=server.key", "--client-ca-file=ca.crt"),
                *(f"--etcd-servers={etcd}", "--etcd-cafile=ca.crt", "--etcd-certfile=etcd.crt"),
                *("--etcd-keyfile=etcd.key", "--authorization-mode=Node,RBAC", "--anonymous-auth=false"),
                *("--service-account-key-file=accounts.pub", "--service-account-signing-key-file=accounts.key"),
                "--service-account-issuer=https://kubernetes.default.svc",
                *("--service-cluster-ip-range=10.96.0.0/16", "--allow-privileged=true", "--profiling=false"),
                "--cert-dir=.",
            ],
        )

    def _controllers(self) -> list[str]:
        # Those left out belong to a cloud; nodes' networks, load balancers and machines are the sandbox's.
        chosen = "*,-nodeipam,-service-lb-controller,-cloud-node-lifecycle-controller"
        return [
            *("--kubeconfig=kubeconfig", "--leader-elect=false", "--secure-port=0", f"--controllers={chosen}"),
            *("--service-account-private-key-file=accounts.key", "--root-ca-file=ca.crt", "--profiling=false"),
            "--use-service-account-credentials=false",
        ]
