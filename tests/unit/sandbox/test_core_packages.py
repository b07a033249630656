"""Every cloud has a package in the sandbox, and every package a behaviour and an SDK."""

import importlib.util

import pytest

from wayfare.blueprints import CloudName
from wayfare.sandbox.packages import CLOUDS, PACKAGES
from wayfare.sandbox.server import behaviours


def test_every_cloud_has_one_package() -> None:
    assert sorted(CLOUDS.values()) == sorted(CloudName)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_has_a_behaviour_and_an_sdk(package: str) -> None:
    assert behaviours()[package].package == package
    assert importlib.util.find_spec(PACKAGES[package].sdk) is not None


@pytest.mark.parametrize("package", CLOUDS)
def test_zones_of_a_region_differ(package: str) -> None:
    zones = [zone.format("r") for zone in PACKAGES[package].zones]
    assert zones
    assert len(set(zones)) == len(zones)
