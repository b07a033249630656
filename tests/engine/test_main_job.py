"""`wayfare up` where capacity is short: it finds the place that has some, and leaves nothing behind elsewhere."""

from typing import Any

from tests.engine.rehearsal import SCARCE, Rehearsal

ON_DEMAND, SPOT = "blueprints/pretrain-h100-16.yaml", "blueprints/pretrain-h100-16-spot.yaml"
CLUSTER, POOL, BUCKET = "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup", "gcp:storage/bucket:Bucket"


def attempted(result: Any) -> list[tuple[str, str | None, str | None]]:
    """Zone, kind and scope of each attempt."""
    rows: list[dict[str, Any]] = result["attempts"]
    return [
        (row["zone"], row["failure"]["taken_for"], row["failure"]["scope"])
        if row["failure"]
        else (row["zone"], None, None)
        for row in rows
    ]


def test_the_cluster_goes_where_there_is_capacity_and_its_data_stays_until_it_is_given_up(rehearsal: Rehearsal) -> None:
    rehearsal.sandbox.start(SCARCE)
    result = rehearsal.wayfare("up", ON_DEMAND, "--sandbox", "--yes", "-o", "json").data
    placement = result["placement"]
    standing, zone = f"llm-pretrain.gcp-{placement['region']}", placement["zone"]

    assert result["end"] == "stands"
    assert attempted(result) == [
        ("us-east-1a", "stockout", "zone"),
        ("us-east-1b", "stockout", "zone"),
        ("us-east-2a", "quota", "family"),
        ("us-west-2a", "stockout", "zone"),
        (zone, None, None),
    ]
    words = [attempt["failure"]["message"] for attempt in result["attempts"][:4]]
    codes = ("InsufficientInstanceCapacity", "InsufficientInstanceCapacity", "VcpuLimitExceeded")
    for message, code in zip(words, (*codes, "InsufficientInstanceCapacity"), strict=True):
        assert message.startswith("creating EC2 Capacity Reservation: operation error EC2: CreateCapacityReservation")
        assert f"api error {code}: " in message
    assert [attempt["kept_control_plane"] for attempt in result["attempts"]] == [False, True, False, False, False]
    assert (placement["cloud"], placement["chosen"]) == ("gcp", True)
    assert placement["price_per_hour"] > result["attempts"][0]["price_per_hour"]
    difference = placement["price_per_hour"] - result["attempts"][0]["price_per_hour"]
    assert result["price_difference_per_hour"] == round(difference, 2)
    # No attempt came further than to its reservation: what was wasted is seconds, and no control plane.
    assert 0 < result["wasted_seconds"] < 60
    assert result["outputs"]["cloud"] == "gcp"
    assert result["outputs"]["kubeconfig"] == "[secret]"
    cleaned = ("llm-pretrain.aws-us-east-1", "llm-pretrain.aws-us-east-2", "llm-pretrain.aws-us-west-2")
    clean: dict[str, Any] = {"retained": [], "left_behind": [], "problem": None}
    assert result["cleaned_up"] == dict.fromkeys(cleaned, clean)

    # Nothing else is left, and the capacity that was held has been given back.
    resources = rehearsal.sandbox.inventory()["resources"]
    assert {row["package"] for row in resources} == {"gcp"}
    assert not [row for row in resources if "eservation" in row["token"]]
    assert rehearsal.stacks() == [standing]
    assert rehearsal.settings_files() == [f"Pulumi.{standing}.yaml"]

    (row,) = rehearsal.wayfare("get", "--sandbox", "-o", "json").data["clusters"]
    assert (row["stack"], row["state"], row["zone"]) == (standing, "stands", zone)
    shown = rehearsal.wayfare("outputs", "llm-pretrain", "--sandbox", "-o", "json").data
    assert shown == result["outputs"]

    # A second `up` finds it and changes nothing, although the places that are wanted more have room again.
    for region in ("us-east-1", "us-west-2"):
        rehearsal.sandbox.set_capacity("aws", region, "p5.48xlarge", 64)
    before, state = len(rehearsal.sandbox.events()), rehearsal.state_file(standing).read_bytes()
    again = rehearsal.wayfare("up", ON_DEMAND, "--sandbox", "--yes", "-o", "json").data
    assert set(again) == {*result, "changes"}
    assert (again["end"], attempted(again), again["placement"]["zone"]) == ("stands", [], zone)
    assert again["outputs"] == result["outputs"]
    assert rehearsal.sandbox.events(before) == []
    assert rehearsal.state_file(standing).read_bytes() == state

    # One who asks for another place, or has not the stack's settings, does not lose the cluster that stands.
    elsewhere = rehearsal.wayfare("up", ON_DEMAND, "--sandbox", "--yes", "--cloud", "aws", expect=1)
    assert f"llm-pretrain stands in {standing}, which this `up` leaves out: not asked for: --cloud aws" in elsewhere.err
    file = rehearsal.project.settings_file(standing)
    aside = file.rename(file.with_suffix(".aside"))
    blind = rehearsal.wayfare("up", ON_DEMAND, "--sandbox", "--yes", expect=1)
    assert f"stands in {standing}, which this `up` leaves out: {file} is missing" in blind.err
    aside.rename(file)
    assert rehearsal.sandbox.events(before) == []

    # Without --yes and without a terminal there is nobody to ask.
    refused = rehearsal.wayfare("destroy", "llm-pretrain", "--sandbox", expect=2)
    assert "--yes" in refused.err
    assert rehearsal.sandbox.events(before) == []

    destroyed = rehearsal.wayfare("destroy", "llm-pretrain", "--sandbox", "--yes")
    (bucket,) = rehearsal.sandbox.inventory()["resources"]
    assert bucket["token"] == BUCKET
    (kept,) = [line for line in destroyed.out.splitlines() if line.startswith("kept on purpose")]
    assert kept.endswith(f"/{bucket['id']}")
    assert "the inventory shows nothing else" in destroyed.out
    assert rehearsal.stacks() == [standing]

    # Data is what the word is about: a bucket with something in it is deleted too, since that was asked for.
    (rehearsal.sandbox.bucket("gcp", str(bucket["id"])) / "step-1.pt").write_bytes(b"weights")
    destroyed = rehearsal.wayfare("destroy", "llm-pretrain", "--sandbox", "--yes", "--delete-data")
    assert "the inventory shows nothing of it" in destroyed.out
    assert rehearsal.sandbox.inventory() == {"resources": [], "kubernetes": []}
    assert rehearsal.stacks() == []
    assert rehearsal.settings_files() == []
    rehearsal.wayfare("get", "llm-pretrain", "--sandbox", expect=1)


def test_spot_capacity_lost_after_the_control_plane_costs_only_the_pool(rehearsal: Rehearsal) -> None:
    rehearsal.sandbox.start(SCARCE)
    result = rehearsal.wayfare("up", SPOT, "--sandbox", "--yes", "-o", "json").data

    assert attempted(result) == [("us-east-1a", "stockout", "zone"), ("us-east-1b", None, None)]
    assert [attempt["kept_control_plane"] for attempt in result["attempts"]] == [False, True]
    assert "Could not launch Spot Instances" in result["attempts"][0]["failure"]["message"]
    # The control plane had been built by then; the second attempt did not wait for one.
    assert result["wasted_seconds"] > 8 * 60
    assert result["cleaned_up"] == {}

    done = [(event["kind"], event["token"], event["id"]) for event in rehearsal.sandbox.events()]
    there = {row["id"]: row for row in rehearsal.sandbox.inventory("llm-pretrain-spot")["resources"]}
    for once in (CLUSTER, "aws:ec2/vpc:Vpc", "aws:ec2/natGateway:NatGateway"):
        (made,) = [id for kind, token, id in done if (kind, token) == ("create", once)]
        assert made in there
    assert not [kind for kind, token, _ in done if kind == "delete" and token == CLUSTER]

    pools = [row for row in rehearsal.sandbox.inventory()["resources"] if row["token"] == POOL]
    assert sorted(row["name"].rpartition("-")[0] for row in pools) == [
        "llm-pretrain-spot-accelerator",
        "llm-pretrain-spot-system",
    ]
    assert not [row for row in pools if row["failed"]]
    (failed,) = [id for kind, _, id in done if kind == "failed"]
    assert ("deleted", POOL, failed) in done
    assert result["outputs"]["zone"] == "us-east-1b"


def test_no_capacity_anywhere_is_said_with_every_reason_and_leaves_nothing(rehearsal: Rehearsal) -> None:
    rehearsal.sandbox.start(SCARCE)
    for region in ("us-east-1", "us-west-2"):
        rehearsal.sandbox.set_quota("aws", region, "P", 384)
    done = rehearsal.wayfare("up", ON_DEMAND, "--sandbox", "--yes", "--cloud", "aws", expect=20)

    _, found, table = done.out.partition("no capacity anywhere:")
    assert found
    for said in ("us-east-1", "us-east-2", "us-west-2", "p5.48xlarge", "p5en.48xlarge", "quota", "passed over"):
        assert said in table, table
    # What was never tried has its reason, too.
    for said in ("not asked for: --cloud aws", "a3-megagpu-8g", "Standard_ND96isr_H100_v5", "is not sold on-demand"):
        assert said in table.replace("\n", " "), table
    assert done.out.count("VcpuLimitExceeded") == 3
    assert rehearsal.sandbox.inventory() == {"resources": [], "kubernetes": []}
    assert rehearsal.stacks() == []
    assert rehearsal.settings_files() == []
