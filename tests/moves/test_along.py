"""What comes along with a training: its data, and its image by digest; and what a move refuses to leave in silence."""

import re

from tests.engine.rehearsal import ANY, Rehearsal
from tests.kills.moving import every_step_is_there
from tests.mirroring.made import Made, made
from wayfare.components.along import DATA, prefix
from wayfare.sandbox.client import Sandbox
from wayfare.stacks.mirroring.mirror import tag
from wayfare.stacks.mirroring.stores import Layout, Read

CLUSTER = "along"
CORPUS = "s3://corpus/v7"
BLUEPRINT = """\
apiVersion: wayfare.dev/v1
kind: TrainingCluster
metadata: {name: along}
spec:
  accelerators: [{name: H100, nodes: 2}]
  access: {allow: [203.0.113.0/24]}
  registry: private
  secrets: {aws: ['arn:aws:secretsmanager:us-east-1:123456789012:secret:hub-AbCdEf']}
  storage:
    data: [{from: 's3://corpus/v7', mount: /data, elsewhere: copy}]
  workload:
    image: IMAGE
    command: [torchrun, --nproc-per-node=gpu, train.py]
    checkpoint: {complete: "step-*/DONE", step: 'step-(\\d+)/', grace: 20s}
"""


def write(rehearsal: Rehearsal, image: str) -> None:
    (rehearsal.project.root / "along.yaml").write_text(BLUEPRINT.replace("IMAGE", image), encoding="utf-8")


def outputs(rehearsal: Rehearsal) -> dict[str, str]:
    return rehearsal.wayfare("outputs", CLUSTER, "--sandbox", "-o", "json").data


def push(sandbox: Sandbox, repository: str, image: Made, reference: str) -> None:
    """As another tool writes a folder in the form of the OCI's image layout."""
    store = Layout(sandbox.repository(repository))
    for part in image.parts:
        content = iter([image.blobs[part.digest]])
        store.put_blob(part, Read(lambda _, rest=content: next(rest, b""), part.size))
    for manifest in image.images:
        store.put_manifest(manifest.digest, manifest)
    store.put_manifest(reference, image.index)


def data_volume(rehearsal: Rehearsal) -> dict[str, object]:
    (found,) = (
        row["inputs"]["spec"]
        for stack in rehearsal.stacks()
        for row in rehearsal.resources(stack)
        if row["type"].endswith(":PersistentVolume") and row["inputs"]["metadata"]["name"].endswith("data-0")
    )
    return found


def test_data_and_image_come_along_to_another_cloud_and_back(rehearsal: Rehearsal) -> None:
    sandbox = rehearsal.sandbox
    sandbox.start(train=True)
    corpus = sandbox.bucket("aws", "corpus/v7")
    for name, text in {"en/one": "tokens", "en/two": "", "de/eins": "Wörter"}.items():
        (corpus / name).parent.mkdir(parents=True, exist_ok=True)
        (corpus / name).write_text(text, encoding="utf-8")
    write(rehearsal, "registry.example/train:1.4")
    planned = rehearsal.wayfare("plan", "along.yaml", "--sandbox", "-o", "json", "--cloud", "azure", expect=ANY)
    assert "bring the cluster up on aws and move it to azure" in planned.out
    rehearsal.wayfare("up", "along.yaml", "--sandbox", "--yes", "--cloud", "aws")
    registry = outputs(rehearsal)["registry"]
    image = made()
    push(sandbox, registry, image, "1.4")
    write(rehearsal, f"{registry}:1.4")
    rehearsal.wayfare("up", "along.yaml", "--sandbox", "--yes")
    sandbox.await_training(CLUSTER, ("running",), beyond=30)

    refused = rehearsal.wayfare("move", CLUSTER, "--to", "azure", "--sandbox", "--yes", expect=2)
    assert "secrets.azure" in refused.err
    assert rehearsal.wayfare("moves", "--sandbox", "-o", "json").data == {"moves": []}
    move = ("move", CLUSTER, "--without-secrets", "--sandbox", "--yes", "-o", "json")
    moved = rehearsal.wayfare(*move, "--to", "azure")
    assert moved.data["state"] == "moved"
    assert moved.data["plan"]["data"] == [{"from": CORPUS, "objects": 3, "bytes": 13}]
    (weighed,) = moved.data["plan"]["images"]
    assert weighed == {"image": f"{registry}:1.4", "bytes": sum(map(len, image.blobs.values()))}
    assert "1 secret on aws, 0 secrets on azure" in moved.err
    (evidence,) = (row["evidence"] for row in moved.data["steps"] if row["step"] == "along")
    assert list(evidence["data"]) == [CORPUS]

    # The same bytes, in the cluster's own bucket, and read from there.
    (place,) = sandbox.bucket("azure", "").rglob(prefix(CORPUS))
    assert {str(file.relative_to(place)): file.read_bytes() for file in place.rglob("*") if file.is_file()} == {
        str(file.relative_to(corpus)): file.read_bytes() for file in corpus.rglob("*") if file.is_file()
    }
    assert f"--subdirectory={prefix(CORPUS)}" in str(data_volume(rehearsal))
    # The same image, in the target's registry, and run from there.
    there = outputs(rehearsal)["registry"]
    copy = f"{there}/workload@{image.index.digest}"
    assert evidence["images"][f"{registry}:1.4"]["to"] == copy
    assert Layout(sandbox.repository(f"{there}/workload")).manifest(tag(image.index.digest)) == image.index
    (stack,) = rehearsal.stacks()
    sets = [row for row in rehearsal.resources(stack) if row["type"].endswith(":JobSet")]
    named = set(re.findall(r"'image': '([^']+)'", str(sets)))
    assert copy in named
    assert not [each for each in named if each.startswith(registry)]
    every_step_is_there(rehearsal)

    # Who brings it up again changes nothing.
    again = rehearsal.wayfare("up", "along.yaml", "--sandbox", "--yes", "-o", "json").data
    assert again["changes"]["differences"] == []
    assert again["attempts"] == []

    # At home the original is read again; the copy came along within the bucket.
    back = rehearsal.wayfare(*move, "--to", "aws")
    assert back.data["plan"]["data"] == []
    assert "corpus" in str(data_volume(rehearsal))
    assert DATA not in str(data_volume(rehearsal))
    home = f"{outputs(rehearsal)['registry']}@{image.index.digest}"
    (stack,) = rehearsal.stacks()
    assert home in str([row for row in rehearsal.resources(stack) if row["type"].endswith(":JobSet")])
    every_step_is_there(rehearsal)
