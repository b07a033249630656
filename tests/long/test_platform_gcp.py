"""What a Google project gets once, and a cluster that needs it, with the real engine."""

from tests.engine.rehearsal import Rehearsal

KEY = "projects/wayfare-sandbox/locations/{}/keyRings/wayfare/cryptoKeys/wayfare"

BLUEPRINT = """\
apiVersion: wayfare.dev/v1
kind: InferenceCluster
metadata: {name: closed}
spec:
  accelerators: [{name: L4, perNode: 1, nodes: 1}]
  placement: {clouds: [gcp], within: [us]}
  encryption: own
  network: {endpoints: private}
  access: {allow: [203.0.113.0/24]}
  admins: {gcp: [ml-admins@example.com]}
  monitoring: {metrics: managed, notify: [oncall@example.com]}
  workload: {image: "registry.example/serve:1"}
"""


def test_a_region_is_added_and_nothing_is_replaced(rehearsal: Rehearsal) -> None:
    rehearsal.wayfare("bootstrap", "gcp", "--region", "us-central1", "--sandbox", "--yes")
    # It comes before the other by its name; the bucket for state stays where it is all the same, since what is
    # protected would refuse to be replaced.
    done = rehearsal.wayfare("bootstrap", "gcp", "--region", "europe-west4", "--sandbox", "--yes", "--output", "json")
    assert done.data["keys"] == {region: KEY.format(region) for region in ("europe-west4", "us-central1")}
    assert done.data["state"] == "gs://wayfare-sandbox-wayfare-state"


def test_a_cluster_with_keys_endpoints_and_alerts_comes_and_goes(rehearsal: Rehearsal) -> None:
    rehearsal.wayfare("bootstrap", "gcp", "--region", "us-central1", "--sandbox", "--yes")
    (rehearsal.project.root / "closed.yaml").write_text(BLUEPRINT, encoding="utf-8")
    rehearsal.wayfare("up", "closed.yaml", "--sandbox", "--yes")
    rehearsal.wayfare("destroy", "closed", "--sandbox", "--yes")
