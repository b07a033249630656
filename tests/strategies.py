"""Hypothesis strategies for blueprints: everything that the models accept, the odd corners included."""

from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network

from hypothesis import strategies as st

from wayfare.blueprints import (
    Accelerator,
    AcceleratorName,
    Access,
    Area,
    Blueprint,
    Budget,
    Checkpoints,
    CloudName,
    InferenceCluster,
    Metadata,
    PlacementWish,
    Purchase,
    Spec,
    Storage,
    TrainingCluster,
    Workload,
)
from wayfare.blueprints.patterns import CLUSTER_NAME, IMAGE, LABEL_KEY, LABEL_VALUE

# Words that YAML readers take for something else than text, to be met often.
_AWKWARD = ("4711", "1e3", "0o7", "0x1F", "2026-01-01", "12_000")
_AWKWARD_LETTERS = ("true", "no", "on", "null", "NULL", "y", "Off")
_RESERVED = ("wayfare", "microsoft", "azure", "windows", "goog", "login", "xn--", "sthree-", "amzn-s3-demo-")


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
    return Accelerator(
        name=draw(st.sampled_from(AcceleratorName)),
        per_node=draw(st.integers(1, 16)),
        nodes=draw(st.integers(1, 512)),
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
def specs(draw: st.DrawFn) -> Spec:
    """What a cluster consists of."""
    alternatives = st.lists(
        accelerators(), min_size=1, max_size=4, unique_by=lambda one: repr(one.model_copy(update={"image": None}))
    )
    return Spec(
        accelerators=tuple(draw(alternatives)),
        purchase=tuple(draw(st.lists(st.sampled_from(Purchase), min_size=1, unique=True))),
        budget=draw(st.none() | budgets()),
        placement=draw(placement_wishes()),
        storage=Storage(checkpoints=draw(buckets())),
        access=Access(allow=tuple(draw(st.lists(networks(), min_size=1, max_size=3, unique=True)))),
        workload=Workload(image=draw(images), command=draw(commands)),
    )


@st.composite
def blueprints(draw: st.DrawFn) -> Blueprint:
    """Blueprints of either kind."""
    labels = draw(st.dictionaries(label_keys, label_values, max_size=4))
    metadata = Metadata(name=draw(names), labels={key.lower(): value for key, value in labels.items()})
    if draw(st.booleans()):
        return TrainingCluster(
            api_version="wayfare.dev/v1", kind="TrainingCluster", metadata=metadata, spec=draw(specs())
        )
    return InferenceCluster(
        api_version="wayfare.dev/v1", kind="InferenceCluster", metadata=metadata, spec=draw(specs())
    )
