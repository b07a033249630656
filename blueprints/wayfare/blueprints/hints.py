"""What to try, for those who write a blueprint in another tool's words."""

import re
from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz, process, utils

from wayfare.blueprints.problems import show

_MACHINE = "a blueprint names the accelerator; the machine type follows from the placement"
_NODES = "an alternative of spec.accelerators says it: nodes, and perNode for the accelerators in each"
_CHIPS = "list alternatives in spec.accelerators, such as {name: H100, perNode: 8, nodes: 2}"
_PLACE = "the region follows from the placement; narrow it with spec.placement.within or spec.placement.avoid"
_CLOUDS = "list the clouds in spec.placement.clouds"
_PURCHASE = "list spot or on-demand in spec.purchase, most wanted first"
_COMMAND = "put the program and its arguments into spec.workload.command"
_FABRIC = "ask for a bandwidth with interconnectGbps; the fabric follows from the machine type"
_NETWORK = "every cluster has a network of its own; who may reach its API is in spec.access.allow"
_BUCKET = "every cluster has a bucket of its own; see spec.storage.checkpoints"
_PRICE = "the most that a placement may cost is spec.budget.perHour, in USD"


def _of_the_model(field: str) -> str:
    return f"in spec.workload.model it is called {field}"


#: Keys of a model's config.json and vLLM's options.
_MODEL_WORDS: Mapping[str, str] = {
    "numhiddenlayers": _of_the_model("layers"),
    "numattentionheads": _of_the_model("attentionHeads"),
    **dict.fromkeys(("numkeyvalueheads", "numkvheads", "kvheads"), _of_the_model("keyValueHeads")),
    "headdim": _of_the_model("headDimension"),
    "kvlorarank": _of_the_model("latent.rank"),
    "qkropeheaddim": _of_the_model("latent.rotary"),
    **dict.fromkeys(("maxmodellen", "maxpositionembeddings", "contextlength"), _of_the_model("context")),
    "maxnumseqs": _of_the_model("concurrency"),
    **dict.fromkeys(("tensorparallelsize", "tp"), _of_the_model("tensorParallel")),
    **dict.fromkeys(("pipelineparallelsize", "pp"), _of_the_model("pipelineParallel")),
    "gpumemoryutilization": _of_the_model("utilization"),
    **dict.fromkeys(("kvcachedtype", "kvdtype"), _of_the_model("cacheDtype")),
    **dict.fromkeys(("torchdtype", "quantization"), _of_the_model("dtype")),
}

#: Keys as other tools spell them, in lower case and without hyphens and underscores.
_OTHER_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("machinetype", "machinetypes", "instancetype", "instancetypes", "vmsize", "sku"), _MACHINE),
    **dict.fromkeys(("count", "nodecount", "numnodes", "replicas", "minnodes", "maxnodes", "numgpus"), _NODES),
    **dict.fromkeys(("gpucount", "gpuspernode", "acceleratorcount", "minsize", "maxsize", "size"), _NODES),
    **dict.fromkeys(("gpu", "gpus", "gputype", "acceleratortype", "resources", "nodepools", "nodegroups"), _CHIPS),
    **dict.fromkeys(("region", "regions", "zone", "zones", "location", "availabilityzone"), _PLACE),
    **dict.fromkeys(("cloud", "provider", "backend", "backends", "infra"), _CLOUDS),
    **dict.fromkeys(("spot", "usespot", "preemptible", "capacitytype", "spotpolicy", "ondemand"), _PURCHASE),
    **dict.fromkeys(("args", "run", "entrypoint", "script", "commands"), _COMMAND),
    **dict.fromkeys(("efa", "infiniband", "rdma", "fabric", "placementgroup", "networktier"), _FABRIC),
    **dict.fromkeys(("vpc", "vnet", "network", "subnet", "subnets"), _NETWORK),
    **dict.fromkeys(("bucket", "buckets", "filemounts"), _BUCKET),
    **dict.fromkeys(("maxprice", "price", "spotmaxprice", "maxcost"), _PRICE),
    "env": "set variables in the image, or begin the command with `env NAME=value`",
    "tags": "put them into metadata.labels",
    "annotations": "put what is to become tags into metadata.labels",
    "namespace": "the workload's namespace is the same on every cluster",
    **_MODEL_WORDS,
    "authorizednetworks": "list networks in spec.access.allow",
    "publicaccesscidrs": "list networks in spec.access.allow",
}

#: Values as other tools spell them, in lower case.
_OTHER_VALUES: Mapping[str, str] = {
    "amazon": "aws",
    "google": "gcp",
    "gke": "gcp",
    "eks": "aws",
    "aks": "azure",
    "microsoft": "azure",
    "europe": "eu",
    "usa": "us",
    "america": "us",
    "preemptible": "spot",
    "low-priority": "spot",
    "training": "TrainingCluster",
    "inference": "InferenceCluster",
    "bfloat16": "bf16",
    "float16": "fp16",
    "half": "fp16",
    "float32": "fp32",
    "awq": "int4",
    "gptq": "int4",
}

_MACHINE_TYPE = re.compile(r"(p[2-6]|g[4-7]|trn|inf|standard_n|a[2-4]x?-|g[24]-|n1-)[a-z0-9_.-]*", re.IGNORECASE)
_REGION = re.compile(r"[a-z]+-[a-z]+-?[0-9]|(east|west|central|north|south)[a-z]*[0-9]?")
_MEMORY = re.compile(r"([0-9]{2,3})\s*-?gi?b", re.IGNORECASE)


def for_key(key: str, known: Sequence[str], elsewhere: Mapping[str, str]) -> str:
    """What to write for an unknown key: the field of that meaning, the place where it belongs, or the nearest one."""
    if said := _OTHER_WORDS.get(re.sub(r"[-_]", "", key).lower()):
        return said
    if place := elsewhere.get(key):
        return f"it belongs to {place}"
    if near := nearest(key, known):
        return f"did you mean {near}?"
    return f"known here: {', '.join(known)}"


def for_value(value: object, allowed: Sequence[str]) -> str:
    """What to write for a value that is not one of the allowed; empty where nothing is near."""
    if not isinstance(value, str):
        return ""
    if (meant := _OTHER_VALUES.get(value.lower())) in allowed:
        return f"did you mean {meant}?"
    if _MACHINE_TYPE.fullmatch(value):
        return _MACHINE
    if "us" in allowed and _REGION.fullmatch(value):
        return "that is a region; leave single regions out with spec.placement.avoid"
    contained = [name for name in allowed if name.lower() in re.split(r"[\s_-]+", value.lower())]
    near = max(contained, key=len) if contained else nearest(value, allowed)
    if not near:
        return ""
    memory = _MEMORY.search(value)
    return f"did you mean {near} with memoryGiB: {memory[1]}?" if memory else f"did you mean {near}?"


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that is most like this one, if any is like it."""
    found = process.extractOne(word, known, scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=70)
    return found[0] if found else None


def one_of(allowed: Sequence[str]) -> str:
    """A sentence's ending that lists what is allowed."""
    return f"must be {show(allowed[0])}" if len(allowed) == 1 else f"must be one of {', '.join(allowed)}"
