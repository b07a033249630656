"""A generated repository, whose pipeline's shell steps are run in clean clones: from the pull request to drift."""

from pathlib import Path

from tests.engine.pipeline import Pipeline
from tests.engine.rehearsal import Rehearsal

UP, PROPOSE = "up-serve-small", "propose-serve-small"
POOL = "gcp:container/nodePool:NodePool"


def test_from_a_pull_request_to_drift(rehearsal: Rehearsal, tmp_path: Path) -> None:
    pipeline = Pipeline(rehearsal, tmp_path / "pipeline")
    start = pipeline.clone_empty()
    rehearsal.wayfare("gitops", "blueprints/serve-small.yaml", "--to", str(start), "--sandbox")
    pipeline.push(start, "main", "Clusters")

    # A pull request: what a merge would do, as one comment. It reads, and makes nothing.
    at = pipeline.clone()
    base = pipeline.run(at, "git", "rev-parse", "HEAD").strip()
    blueprint = at / "blueprints" / "serve-small.yaml"
    text = blueprint.read_text(encoding="utf-8")
    blueprint.write_text(text.replace("perNode: 1, nodes: 2", "perNode: 1, nodes: 3"), encoding="utf-8")
    pipeline.run(at, "wayfare", "gitops", "--to", ".")
    pipeline.push(at, "more", "Three nodes")
    request = {"github.event.pull_request.base.sha": base, "github.event.pull_request.number": "5"}
    reviewed = pipeline.job(pipeline.clone("more"), "review", "review", request)
    markdown = reviewed.outputs["markdown"]
    assert "## serve-small" in markdown
    assert "resources would be made" in markdown
    assert "All mandatory controls are fulfilled" in markdown
    assert "| serve-small | aws | azure | gcp |" in markdown
    assert "+0.71 USD/h" in markdown
    assert rehearsal.stacks() == []
    known = {
        **request,
        "github.token": "",
        "github.repository": "team/clusters",
        "needs.review.outputs.markdown": markdown,
    }
    pipeline.job(at, "review", "comment", known)
    (comment,) = pipeline.told()
    assert comment["arguments"][:3] == ["pr", "comment", "5"]
    assert comment["given"].rstrip("\n") == markdown
    pipeline.merge("more")

    # A merge where capacity is short: nothing is taken elsewhere, and a branch proposes another place.
    rehearsal.sandbox.set_capacity("gcp", "us-central1", "g2-standard-4", 0)
    first = pipeline.job(pipeline.clone(), "up", UP, {})
    assert first.outputs["code"] == "20"
    assert rehearsal.stacks() == []
    known = {
        "github.token": "",
        f"needs.{UP}.outputs.patch": first.outputs["patch"],
        f"needs.{UP}.outputs.reason": first.outputs["reason"],
    }
    pipeline.job(pipeline.clone(), "up", PROPOSE, known)
    assert pipeline.told()[-1]["arguments"][:2] == ["pr", "create"]
    branch = "placement/serve-small-41-1"
    proposed = pipeline.clone(branch)
    placement = (proposed / "placements" / "serve-small.yaml").read_text(encoding="utf-8")
    assert "kind: stockout" in placement
    assert (
        pipeline.run(proposed, "git", "diff", "--name-only", "origin/main").split()[0] == "placements/serve-small.yaml"
    )
    pipeline.run(proposed, "wayfare", "gitops", "--to", ".", "--check")

    # Somebody agrees: it comes up there.
    pipeline.merge(branch)
    second = pipeline.job(pipeline.clone(), "up", UP, {})
    assert second.outputs["code"] == "0"
    (stack,) = rehearsal.stacks()
    assert stack != "serve-small.gcp-us-central1"
    events = len(rehearsal.sandbox.events())
    assert pipeline.job(pipeline.clone(), "up", UP, {}).outputs["code"] == "0"
    assert rehearsal.sandbox.events(events) == []

    # A pull request for what stands: what it would change there, and that its place is known in a clean clone.
    at = pipeline.clone()
    base = pipeline.run(at, "git", "rev-parse", "HEAD").strip()
    blueprint = at / "blueprints" / "serve-small.yaml"
    text = blueprint.read_text(encoding="utf-8")
    blueprint.write_text(text.replace("perNode: 1, nodes: 3", "perNode: 1, nodes: 4"), encoding="utf-8")
    pipeline.run(at, "wayfare", "gitops", "--to", ".")
    pipeline.push(at, "four", "Four nodes")
    request = {**request, "github.event.pull_request.base.sha": base}
    standing = pipeline.job(pipeline.clone("four"), "review", "review", request).outputs["markdown"]
    assert "| stands | gcp |" in standing
    assert "accelerator pool: 3 → 4 nodes" in standing
    assert rehearsal.sandbox.events(events) == []

    # Each day: nothing, until somebody else has changed something.
    assert pipeline.job(pipeline.clone(), "drift", "drift", {}).outputs["code"] == "0"
    pool = next(row for row in rehearsal.resources(stack) if row["type"] == POOL and "accelerator" in row["urn"])
    rehearsal.sandbox.drift("gcp", POOL, pool["id"], "nodeCount", 1)
    seen = pipeline.job(pipeline.clone(), "drift", "drift", {})
    assert seen.outputs["code"] == "7"
    assert "accelerator pool: 3 → 1 nodes" in seen.outputs["markdown"]
    known = {
        "github.token": "",
        "github.repository": "team/clusters",
        "needs.drift.outputs.markdown": seen.outputs["markdown"],
    }
    pipeline.job(at, "drift", "issue", known)
    pipeline.job(at, "drift", "issue", known)
    assert [each["arguments"][:2] for each in pipeline.told()[-4:]] == [
        ["issue", "list"],
        ["issue", "create"],
        ["issue", "list"],
        ["issue", "edit"],
    ]
