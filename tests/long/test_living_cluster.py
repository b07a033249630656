"""`wayfare up` on a cluster that stands, and `wayfare get --refresh`: what changes is told first, and agreed to."""

from typing import Any

from tests.engine.rehearsal import Rehearsal

FILE = "blueprints/pretrain-h100-16.yaml"
POOL, BUCKET, EKS = "gcp:container/nodePool:NodePool", "gcp:storage/bucket:Bucket", "aws:eks/cluster:Cluster"


def edit(rehearsal: Rehearsal, *replacements: tuple[str, str]) -> None:
    """Change the blueprint's file as a person would."""
    path = rehearsal.project.root / FILE
    text = path.read_text(encoding="utf-8")
    for there, instead in replacements:
        assert text.count(there) == 1, there
        text = text.replace(there, instead)
    path.write_text(text, encoding="utf-8")


def texts(differences: list[dict[str, Any]]) -> list[str]:
    return [difference["text"] for difference in differences]


def only(rows: list[dict[str, Any]], token: str, name: str) -> dict[str, Any]:
    """The one resource in the inventory with a token and a name."""
    (row,) = [row for row in rows if (row["token"], row["name"]) == (token, name)]
    return row


def test_a_changed_blueprint_is_told_by_meaning_and_changes_the_cluster_in_place(rehearsal: Rehearsal) -> None:
    place = ("--cloud", "gcp", "--region", "us-east4")
    first = rehearsal.wayfare("up", FILE, "--sandbox", "--yes", *place, "-o", "json")
    assert "changes" not in first.data, "a first `up` has nothing to compare with"
    stack = f"llm-pretrain.gcp-{first.data['placement']['region']}"
    pool = only(rehearsal.sandbox.inventory()["resources"], POOL, "llm-pretrain-accelerator-pool")

    edit(
        rehearsal,
        ("name: H100, perNode: 8, nodes: 16", "name: H100, perNode: 8, nodes: 24"),
        ("perHour: 1600", "perHour: 4000"),
        ("team: research", "team: infra"),
        ("keep: durable", "keep: scratch, expireAfter: 30d"),
        ("allow: [203.0.113.0/24]", "allow: [203.0.113.0/24, 198.51.100.0/24]"),
    )
    changed = rehearsal.wayfare("up", FILE, "--sandbox", "--yes", *place, "-o", "json").data
    assert changed["end"] == "stands"
    assert changed["changes"]["stack"] == stack
    assert set(changed["changes"]["blueprint"]) == {
        "metadata.labels.team research → infra",
        "spec.accelerators[0].nodes 16 → 24",
        "spec.budget.perHour 1600.0 → 4000.0",
        "spec.storage.checkpoints.keep durable → scratch",
        "spec.storage.checkpoints.expireAfter unset → 30d",
        "spec.access.allow[1] unset → 198.51.100.0/24",
    }
    told = texts(changed["changes"]["differences"])
    assert told[-1].startswith("labels: the blueprint's digest ")
    assert set(told[:-1]) == {
        "accelerator pool: 16 → 24 nodes, in place",
        "workload: 16 → 24 nodes, most pods of the namespace: 8192 → 12288, devices of the queue: 128 nvidia.com/gpu → "
        "192 nvidia.com/gpu: the job is replaced and starts anew",
        "Kubernetes API allows 198.51.100.0/24 besides, in place",
        "checkpoint bucket: keep durable → scratch (it is deleted with the cluster); objects expire after 30 days, in "
        "place",
        "labels: team research → infra, on 4 resources, in place",
    }
    # Holding capacity while the pool grows is no change of the cluster, and is over.
    assert "eservation" not in "".join(told)
    rows = rehearsal.sandbox.inventory()["resources"]
    assert not [row for row in rows if "eservation" in row["token"]]
    assert only(rows, POOL, "llm-pretrain-accelerator-pool")["id"] == pool["id"]
    assert only(rows, BUCKET, "llm-pretrain-checkpoints-bucket")["tags"]["team"] == "infra"
    assert changed["outputs"]["nodes"] == 24

    # The same again: nothing to change, nothing done.
    before, events = rehearsal.state_file(stack).read_bytes(), len(rehearsal.sandbox.events())
    same = rehearsal.wayfare("up", FILE, "--sandbox", *place, "-o", "json")
    assert "nothing to change" in same.err
    assert (same.data["end"], same.data["attempts"], same.data["changes"]["differences"]) == ("stands", [], [])
    assert same.data["outputs"] == changed["outputs"]
    assert rehearsal.state_file(stack).read_bytes() == before
    assert rehearsal.sandbox.events(events) == []

    # What somebody else does is shown, by meaning too, and the state stays as it is.
    calm = rehearsal.wayfare("get", "llm-pretrain", "--refresh", "--sandbox", "-o", "json").data
    assert calm["drift"] == {stack: []}
    bucket = only(rows, BUCKET, "llm-pretrain-checkpoints-bucket")
    rehearsal.sandbox.drift("gcp", POOL, pool["id"], "nodeCount", 20)
    rehearsal.sandbox.remove_behind("gcp", BUCKET, bucket["id"])
    drifted = rehearsal.wayfare("get", "llm-pretrain", "--refresh", "--sandbox", "-o", "json", expect=7).data
    assert [row["stack"] for row in drifted["clusters"]] == [stack]
    assert set(texts(drifted["drift"][stack])) == {"checkpoint bucket is gone", "accelerator pool: 24 → 20 nodes"}
    assert rehearsal.state_file(stack).read_bytes() == before


def test_another_machine_type_needs_consent_by_name(rehearsal: Rehearsal) -> None:
    place = ("--cloud", "aws", "--region", "us-east-1")
    rehearsal.wayfare("up", FILE, "--sandbox", "--yes", *place)
    stack = "llm-pretrain.aws-us-east-1"
    there = rehearsal.sandbox.inventory("llm-pretrain")["resources"]
    (cluster,) = [row["id"] for row in there if row["token"] == EKS]

    edit(rehearsal, ("    - { name: H100, perNode: 8, nodes: 16, interconnectGbps: 1600 }\n", ""))
    before, events = rehearsal.state_file(stack).read_bytes(), len(rehearsal.sandbox.events())
    settings = rehearsal.project.settings_file(stack).read_text(encoding="utf-8")
    refused = rehearsal.wayfare(
        *("up", FILE, "--sandbox", "--yes", *place, "--replace", "bucket", "-o", "json"), expect=2
    )
    assert refused.data["end"] == "refused"
    assert list(refused.data["consent"]) == ["pool"]
    (pool,) = [each for each in refused.data["changes"]["differences"] if each["consent"]]
    assert pool["text"].startswith("accelerator pool is replaced: machine type p5.48xlarge → p5e")
    assert pool["text"].endswith("(its nodes go before new ones come)")
    assert pool["lost"] in refused.err
    assert "nothing was changed; to agree, pass --replace pool" in refused.err
    assert rehearsal.state_file(stack).read_bytes() == before
    assert rehearsal.project.settings_file(stack).read_text(encoding="utf-8") == settings
    assert rehearsal.sandbox.events(events) == []
    unheard = rehearsal.wayfare("up", FILE, "--sandbox", "--yes", "--replace", "pools", expect=2)
    assert "'pools' is none of" in unheard.err

    done = rehearsal.wayfare("up", FILE, "--sandbox", "--yes", *place, "--replace", "pool", "-o", "json").data
    assert done["end"] == "stands"
    assert done["outputs"]["machineType"].startswith("p5e")
    assert done["outputs"]["accelerator"] == "H200"
    now = rehearsal.sandbox.inventory("llm-pretrain")["resources"]
    assert [row["id"] for row in now if row["token"] == EKS] == [cluster]
    deleted = {event["token"] for event in rehearsal.sandbox.events(events) if event["kind"] == "deleted"}
    assert "aws:eks/nodeGroup:NodeGroup" in deleted
    assert deleted.isdisjoint({EKS, "aws:s3/bucket:Bucket"})
