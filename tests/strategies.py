"""Hypothesis strategies for blueprints: everything that the models accept, the odd corners included."""

from datetime import UTC, timedelta
from ipaddress import IPv4Address, IPv4Network
from math import prod

from hypothesis import strategies as st

from wayfare.blueprints import (
    Accelerator,
    AcceleratorName,
    Access,
    Admins,
    Area,
    Blueprint,
    Budget,
    Checkpoint,
    Checkpoints,
    CloudName,
    ControlException,
    DataSet,
    ExistingAwsNetwork,
    ExistingAzureNetwork,
    ExistingGcpNetwork,
    Gateway,
    InferenceCluster,
    Kubernetes,
    Latent,
    Metadata,
    Monitoring,
    Network,
    PlacementWish,
    Purchase,
    Reservation,
    Scale,
    Scratch,
    Secrets,
    ServedModel,
    ServingSpec,
    ServingWorkload,
    SharedStore,
    SlidingWindow,
    Spec,
    Storage,
    TrainingCluster,
    TrainingSpec,
    TrainingWorkload,
    Weights,
    Workload,
)
from wayfare.blueprints.patterns import CLUSTER_NAME, IMAGE, LABEL_KEY, LABEL_VALUE

# Words that YAML readers take for something else than text, to be met often.
_AWKWARD = ("4711", "1e3", "0o7", "0x1F", "2026-01-01", "12_000")
_AWKWARD_LETTERS = ("true", "no", "on", "null", "NULL", "y", "Off")
_RESERVED = ("wayfare", "microsoft", "azure", "windows", "goog", "login", "xn--", "sthree-", "amzn-s3-demo-")


GROUP = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ours"


def _free(text: str) -> bool:
    return not text.lower().startswith(_RESERVED) and not any(
        word in text.lower() for word in ("microsoft", "windows", "google")
    )


def _as_ascii(pattern: str) -> st.SearchStrategy[str]:
    # Pydantic's `$` is the text's end; Python's also matches before a last line break.
    return st.from_regex(pattern.replace("$", r"\Z"), alphabet=st.characters(max_codepoint=127))


names = _as_ascii(CLUSTER_NAME.regex).filter(_free)
label_keys = st.sampled_from(_AWKWARD_LETTERS) | _as_ascii(LABEL_KEY.regex).filter(_free)
label_values = st.sampled_from((*_AWKWARD, *_AWKWARD_LETTERS, "")) | _as_ascii(LABEL_VALUE.regex)
images = st.sampled_from(("vllm/vllm-openai:v0.22.1", "registry.example:5000/a/b@sha256:" + "0" * 64)) | _as_ascii(
    IMAGE.regex
).filter(lambda text: len(text) <= 512)
# Any argument of a process: no NUL, and no half of a surrogate pair.
arguments = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])) | st.sampled_from(
    (
        *_AWKWARD,
        *_AWKWARD_LETTERS,
        "",
        " ",
        "a: b",
        "# no comment",
        "- a",
        "a\nb",
        "a\n",
        "\ta",
        "&a",
        "*a",
        "!a",
        "%a",
        "'",
        '"',
    )
)
commands = st.lists(arguments, max_size=5).map(tuple).filter(lambda command: not command or bool(command[0].strip()))
days = st.integers(1, 3650).map(lambda number: timedelta(days=number))


@st.composite
def networks(draw: st.DrawFn) -> str:
    """Public IPv4 networks of /8 or narrower, in canonical form."""
    prefix = draw(st.integers(8, 32))
    address = draw(st.integers(0x0B000000, 0x7EFFFFFF))  # 11.0.0.0 to 126.255.255.255: no private network within
    return str(IPv4Network((IPv4Address(address), prefix), strict=False))


@st.composite
def accelerators(draw: st.DrawFn) -> Accelerator:
    """One alternative."""
    name = draw(st.sampled_from(AcceleratorName))
    per_node, nodes, topology = draw(st.integers(1, 16)), draw(st.integers(1, 512)), None
    if name.is_tpu:
        sides = draw(st.lists(st.sampled_from((2, 4, 8)), min_size=2, max_size=3))
        topology, per_node = "x".join(map(str, sides)), draw(st.sampled_from((1, 4)))
        nodes = prod(sides) // per_node
    return Accelerator(
        name=name,
        per_node=per_node,
        nodes=nodes,
        topology=topology,
        memory_gib=draw(st.none() | st.integers(1, 1024)),
        interconnect_gbps=draw(st.none() | st.integers(1, 100_000)),
        image=draw(st.none() | images),
    )


@st.composite
def placement_wishes(draw: st.DrawFn) -> PlacementWish:
    """Where a cluster may be, with at least one cloud that is not avoided."""
    clouds = draw(st.permutations(list(CloudName)).flatmap(lambda p: st.integers(1, len(p)).map(lambda n: p[:n])))
    regions = st.sampled_from(("aws/us-east-1", "azure/westus3", "gcp/europe-west4"))
    others = [str(cloud) for cloud in CloudName if cloud != clouds[0]]
    return PlacementWish(
        clouds=tuple(clouds),
        within=tuple(draw(st.lists(st.sampled_from(Area), unique=True))),
        avoid=tuple(draw(st.lists(regions | st.sampled_from(others), unique=True, max_size=4))),
    )


@st.composite
def budgets(draw: st.DrawFn) -> Budget:
    """The most that a placement may cost."""
    return Budget(
        per_hour=draw(st.floats(0, 1e6, exclude_min=True) | st.integers(1, 10_000).map(float)),
        unknown_price=draw(st.sampled_from(("refuse", "allow"))),
    )


@st.composite
def buckets(draw: st.DrawFn) -> Checkpoints:
    """What becomes of the bucket."""
    return Checkpoints(keep=draw(st.sampled_from(("durable", "scratch"))), expire_after=draw(st.none() | days))


@st.composite
def reservations(draw: st.DrawFn) -> Reservation:
    """Capacity that exists already, with dates or without."""
    cloud = draw(st.sampled_from(CloudName))
    place = {
        CloudName.AWS: ("cr-0123456789abcdef0", "us-east-1", "us-east-1a"),
        CloudName.AZURE: (f"{GROUP}/providers/Microsoft.Compute/capacityReservationGroups/ours", "eastus", "1"),
        CloudName.GCP: ("ours/reservationBlocks/block-1", "us-east4", "us-east4-a"),
    }
    id, region, zone = place[cloud]
    start = None if cloud is CloudName.AZURE else draw(st.none() | st.datetimes(timezones=st.just(UTC)))
    end = None if start is None else start + timedelta(days=draw(st.integers(1, 90)))
    return Reservation(cloud=cloud, id=id, region=region, zone=zone, start=start, end=end)


@st.composite
def networks_there(draw: st.DrawFn) -> Network:
    """How a cluster is connected, without networks that exist already or with one on each cloud."""
    subnet = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/ours/subnets/nodes"
    there = (
        ExistingAwsNetwork(
            cloud="aws",
            region="us-east-1",
            vpc="vpc-0123456789abcdef0",
            cluster_subnets=("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
            accelerator_subnets={"us-east-1a": "subnet-0123456789abcdef2"},
            reach="10.20.0.2:443",
        ),
        ExistingAzureNetwork(cloud="azure", region="eastus", nodes=subnet, reach="bastion.example:22"),
        ExistingGcpNetwork(
            cloud="gcp",
            region="us-east4",
            subnetwork="projects/our-project/regions/us-east4/subnetworks/nodes",
            network="projects/our-project/global/networks/ours",
            pods="pods",
            services="services",
            reach="10.20.0.2:443",
        ),
    )
    return Network(
        space=draw(st.sampled_from(("10.0.0.0/8", "10.32.0.0/11", "100.64.0.0/10"))),
        existing=draw(st.sampled_from(((), there))),
        endpoints=draw(st.sampled_from(("public", "private"))),
    )


@st.composite
def stores(draw: st.DrawFn) -> Storage:
    """What a cluster stores."""
    sizes = st.integers(1, 10**6)
    shared = SharedStore(
        capacity=draw(sizes),
        throughput=draw(st.none() | st.floats(0, 1e4, exclude_min=True)),
        keep=draw(st.sampled_from(("durable", "scratch"))),
    )
    data = (
        DataSet(source="s3://corpus/v7", mount="/data"),
        DataSet(source="https://account.blob.core.windows.net/corpus", mount="/more/data"),
    )
    return Storage(
        checkpoints=draw(buckets()),
        shared=draw(st.sampled_from((None, shared))),
        scratch=draw(st.none() | sizes.map(lambda gib: Scratch(per_node=gib))),
        data=data[: draw(st.integers(0, 2))],
    )


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    """What a cluster consists of."""
    alternatives = st.lists(
        accelerators(), min_size=1, max_size=4, unique_by=lambda one: repr(one.model_copy(update={"image": None}))
    )
    reserved = tuple(draw(st.lists(reservations(), max_size=2, unique_by=lambda each: (each.cloud, each.purchase))))
    purchases = draw(
        st.lists(st.sampled_from((Purchase.ON_DEMAND, Purchase.SPOT, Purchase.FLEX)), min_size=1, unique=True)
    )
    network = draw(networks_there())
    private = bool(network.existing) and draw(st.booleans())
    public = draw(st.lists(networks(), min_size=1, max_size=3, unique=True))
    return Spec(
        accelerators=tuple(draw(alternatives)),
        purchase=tuple(dict.fromkeys([*(each.purchase for each in reserved), *purchases])),
        reservations=reserved,
        budget=draw(st.none() | budgets()),
        placement=draw(placement_wishes()),
        storage=draw(stores()),
        encryption=draw(st.sampled_from(("cloud", "own"))),
        network=network,
        access=Access(api="private", allow=("10.20.0.0/16",)) if private else Access(allow=tuple(public)),
        admins=Admins(aws=("arn:aws:iam::123456789012:role/platform",), gcp=("platform@example.com",)),
        secrets=Secrets(gcp=draw(st.sampled_from(((), ("projects/our-project/secrets/token",))))),
        registry=draw(st.sampled_from(("none", "private"))),
        kubernetes=Kubernetes(version=draw(st.sampled_from((None, "1.35")))),
        monitoring=Monitoring(metrics="managed", notify=("oncall@example.com",)),
        deletion_protection=draw(st.booleans()),
        exceptions=(ControlException(control="bucket-versioning", reason="checkpoints are written once"),),
        workload=Workload(image=draw(images), command=draw(commands)),
    )


@st.composite
def models(draw: st.DrawFn) -> ServedModel:
    """Models to serve, of any shape that there could be."""
    groups, key_value_heads = draw(st.sampled_from((1, 2, 4, 8))), draw(st.sampled_from((1, 2, 3, 8, 16)))
    latent = draw(st.none() | st.just(Latent(rank=512, rotary=64)))
    dtype, layers = draw(st.sampled_from(("bf16", "fp8", "int4", "mxfp4"))), draw(st.integers(1, 130))
    parameters = draw(st.integers(10**3, 2 * 10**9)) * 1000
    return ServedModel(
        name=draw(st.sampled_from(("meta-llama/Llama-3.1-8B", "/models/own"))),
        parameters=parameters,
        dtype=dtype,
        unquantized=None if dtype == "bf16" else draw(st.none() | st.just(max(10**6, parameters // 10**5 * 10**4))),
        layers=layers,
        hidden_size=draw(st.integers(64, 20_000)),
        attention_heads=groups * key_value_heads,
        key_value_heads=None if latent else key_value_heads,
        head_dimension=None if latent else draw(st.sampled_from((64, 80, 128, 256))),
        latent=latent,
        sliding_window=draw(st.none() | st.builds(SlidingWindow, layers=st.integers(1, layers), tokens=st.just(1024))),
        cache_dtype=draw(st.sampled_from(("bf16", "fp8"))),
        context=draw(st.integers(1, 2**20)),
        concurrency=draw(st.integers(1, 64)),
        utilization=draw(st.sampled_from((0.5, 0.9, 1.0))),
    )


@st.composite
def serving(draw: st.DrawFn) -> ServingSpec:
    """What a cluster consists of that serves, with the model that it serves or without."""
    plain = draw(specs())
    workload = plain.workload
    fields = {name: getattr(plain, name) for name in Spec.model_fields if name != "workload"}
    vllm = draw(st.booleans())
    scale, weights = Scale(waiting=draw(st.integers(1, 100))), Weights(image="registry.example/weights:1")
    served = ServingWorkload(
        image=workload.image,
        command=("vllm", "serve", "m") if vllm else workload.command,
        scale=draw(st.sampled_from((None, scale))) if vllm else None,
        weights=draw(st.sampled_from((None, weights))),
        model=draw(st.none() | models()),
        port=draw(st.none() | st.integers(1, 65_535)),
        replicas=draw(st.none() | st.integers(1, 512)),
        start=timedelta(minutes=draw(st.integers(1, 600))),
        drain=timedelta(seconds=draw(st.integers(1, 3600))),
    )
    gateway = Gateway(host="llm.example.com", certificate="tls", keys="keys", allow=(draw(networks()),))
    return ServingSpec(**fields, workload=served, gateway=draw(st.sampled_from((None, gateway))))


@st.composite
def contracts(draw: st.DrawFn) -> Checkpoint:
    """Contracts about checkpoints, as frameworks write them."""
    complete, step = draw(
        st.sampled_from(
            (
                ("step-*/DONE", r"step-(\d+)/"),
                ("step-*.done", r"^step-(\d+)[.]"),
                ("run-*/iter_*/done", r"/iter_(\d{7})/"),
                ("epoch=*-step=*.ckpt", r"epoch=\d+-step=(\d+)[.]ckpt$"),
                ("*/*", r"([0-9]+)/"),
            )
        )
    )
    return Checkpoint(
        path=draw(st.sampled_from(("/checkpoints", "/out/state"))),
        complete=complete,
        step=step,
        grace=timedelta(seconds=draw(st.integers(1, 3600))),
    )


@st.composite
def training(draw: st.DrawFn) -> TrainingSpec:
    """What a cluster consists of that trains, with a contract about its checkpoints or without."""
    plain = draw(specs())
    workload = plain.workload
    fields = {name: getattr(plain, name) for name in Spec.model_fields if name != "workload"}
    trained = TrainingWorkload(image=workload.image, command=workload.command, checkpoint=draw(st.none() | contracts()))
    return TrainingSpec(**fields, workload=trained)


@st.composite
def blueprints(draw: st.DrawFn) -> Blueprint:
    """Blueprints of either kind."""
    labels = draw(st.dictionaries(label_keys, label_values, max_size=4))
    metadata = Metadata(name=draw(names), labels={key.lower(): value for key, value in labels.items()})
    if draw(st.booleans()):
        return TrainingCluster(
            api_version="wayfare.dev/v1", kind="TrainingCluster", metadata=metadata, spec=draw(training())
        )
    return InferenceCluster(
        api_version="wayfare.dev/v1", kind="InferenceCluster", metadata=metadata, spec=draw(serving())
    )
