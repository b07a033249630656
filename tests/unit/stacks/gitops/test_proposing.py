"""After a shortage the next place is the best one that it does not cover; until when it lasts is written down."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.golden.cases import ROOT
from wayfare.blueprints import CloudName, load
from wayfare.components.catalog import shipped_catalog
from wayfare.stacks.gitops import wanted
from wayfare.stacks.gitops.proposing import lines, proposal, shorts
from wayfare.stacks.gitops.wanted import Place, PlacementInvalid, Short, Wanted
from wayfare.stacks.placement import Candidate
from wayfare.stacks.presumed import presumed

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def candidates() -> list[Candidate]:
    """Those of the library's pretraining, each in two zones."""
    found, _ = presumed(load(ROOT / "blueprints" / "library" / "pretrain-h100-16.yaml"), shipped_catalog())
    return [replace(each, zone=f"{each.zone}{more}") for each in found if each.rejected is None for more in ("", "b")]


def failed(candidate: Candidate, scope: str, kind: str = "stockout") -> dict[str, Any]:
    failure = {"taken_for": kind, "scope": scope, "lasts_seconds": 1800}
    return {**candidate.as_data(chosen=False), "ended": NOW.isoformat(), "failure": failure}


def start() -> tuple[Wanted, list[Candidate]]:
    found = candidates()
    return Wanted(cluster="llm-pretrain", placement=Place.of(found[0], zone=False)), found


def met(*attempts: dict[str, Any]) -> list[Short]:
    return list(shorts({"attempts": attempts}, shipped_catalog()))


def test_the_next_is_no_place_of_the_one_that_is_short() -> None:
    known, found = start()
    first = found[0]
    proposed = proposal(known, found, met(failed(first, "region")), NOW)
    assert proposed is not None
    assert (proposed.candidate.cloud, proposed.candidate.region) != (first.cloud, first.region)
    assert proposed.wanted.placement.zone is None, "elsewhere any zone will do"
    (short,) = proposed.wanted.short
    assert short.until == NOW + timedelta(minutes=30)
    assert short.place.region == first.region


def test_another_zone_of_the_same_region_is_named() -> None:
    _, found = start()
    known = Wanted(cluster="llm-pretrain", placement=Place.of(found[0], zone=True))
    proposed = proposal(known, found, met(failed(found[0], "zone")), NOW)
    assert proposed is not None
    assert (proposed.candidate.region, proposed.wanted.placement.zone) == (found[0].region, found[1].zone)


def test_a_shortage_that_is_over_is_forgotten() -> None:
    known, found = start()
    first = proposal(known, found, met(failed(found[0], "region")), NOW)
    assert first is not None
    later = NOW + timedelta(hours=1)
    again = proposal(first.wanted, found, (), later)
    assert again is not None
    assert again.wanted.placement == known.placement
    assert again.wanted.short == ()


def test_when_none_is_left_there_is_no_proposal() -> None:
    known, found = start()
    own = [each for each in found if known.placement.against(each) is None]
    assert proposal(known, own, met(failed(own[0], "zone")), NOW) is None


def test_only_shortages_lead_on_and_what_is_no_result_is_told() -> None:
    _, found = start()
    assert met(failed(found[0], "zone", "unknown")) == []
    wrongs: list[dict[str, Any]] = [{}, {"attempts": [{}]}, {"attempts": [failed(found[0], "galaxy")]}]
    for wrong in wrongs:
        with pytest.raises(PlacementInvalid):
            list(shorts(wrong, shipped_catalog()))


def test_who_is_to_agree_is_told_the_price() -> None:
    known, found = start()
    proposed = proposal(known, found, met(failed(found[0], "cloud")), NOW)
    assert proposed is not None
    told = "\n".join(lines(proposed, found[0]))
    assert "Short until 2026-11-01 12:30 UTC" in told
    before, after = found[0].ceiling_per_hour, proposed.candidate.ceiling_per_hour
    assert before is not None
    assert after is not None
    assert f"An hour of all nodes would cost {after - before:+,.2f} USD." in told


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    known, found = start()
    proposed = proposal(known, found, met(failed(found[0], "zone")), NOW)
    assert proposed is not None
    file = tmp_path / "llm-pretrain.yaml"
    file.write_text(wanted.text(proposed.wanted), encoding="utf-8")
    assert wanted.read(file) == proposed.wanted
    assert wanted.text(wanted.read(file)) == file.read_text(encoding="utf-8")
    with pytest.raises(PlacementInvalid, match="is for the cluster llm-pretrain"):
        wanted.wanted_place(file, "another")


def test_a_zone_that_is_a_number_is_read_as_text(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(
        "apiVersion: wayfare.dev/v1\nkind: Placement\ncluster: x\n"
        "placement: {cloud: azure, region: eastus, zone: 1, machineType: Standard_ND96isr_H100_v5}\n"
    )
    assert wanted.read(file).placement.zone == "1"
    assert wanted.read(file).placement.cloud is CloudName.AZURE
