"""Addresses of the clouds of one fleet never overlap, whatever the space is."""

from ipaddress import IPv4Network
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from wayfare.blueprints import CloudName
from wayfare.components.addresses import Addresses, addresses

#: Networks of one's own (RFC 1918, RFC 6598) that are wide enough to be divided.
_OWN = [IPv4Network("10.0.0.0/8"), IPv4Network("100.64.0.0/10")]

spaces = st.sampled_from(_OWN).flatmap(
    lambda own: st.integers(own.prefixlen, 11).flatmap(
        lambda prefix: st.sampled_from(list(own.subnets(new_prefix=prefix)))
    )
)


def parts(found: Addresses) -> list[IPv4Network]:
    return [found.nodes, found.services, found.fabric, found.storage, found.pods]


@given(spaces)
def test_no_two_networks_of_a_fleet_overlap_and_all_are_within_its_space(space: IPv4Network) -> None:
    every = [part for name in CloudName for part in parts(addresses(str(space), name))]
    assert not [(one, other) for one, other in combinations(every, 2) if one.overlaps(other)]
    assert all(part.subnet_of(space) for part in every)


@given(spaces)
def test_each_part_is_as_wide_as_it_says(space: IPv4Network) -> None:
    for name in CloudName:
        found = addresses(str(space), name)
        assert [part.prefixlen for part in parts(found)] == [16, 16, 16, 16, 14]
