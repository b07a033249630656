"""The clusters of one fleet can be connected: what their plans take of the space never overlaps between clouds."""

from ipaddress import IPv4Network, ip_network
from itertools import combinations

import pytest

from tests.contract.test_meaning import edited
from tests.golden.cases import TRAINING, request
from wayfare.blueprints import CloudName
from wayfare.components.clouds import cloud


def taken(name: CloudName, space: str) -> list[IPv4Network]:
    """Every CIDR that a cluster's plan uses."""
    asked = edited(request(name, TRAINING), ("spec", "network", "space"), space)
    chosen = cloud(name)
    found = [ip_network(each) for each in chosen.gives(chosen.plan(asked)).addresses]
    assert all(isinstance(each, IPv4Network) for each in found)
    return [each for each in found if isinstance(each, IPv4Network)]


@pytest.mark.parametrize("space", ["10.0.0.0/8", "10.96.0.0/11", "100.64.0.0/10", "100.96.0.0/11"])
def test_the_clouds_of_a_fleet_take_different_addresses_of_its_space(space: str) -> None:
    every = [each for name in CloudName for each in taken(name, space)]
    assert len(every) > len(CloudName)
    assert not [(one, other) for one, other in combinations(every, 2) if one.overlaps(other)]
    assert all(each.subnet_of(IPv4Network(space)) for each in every)
