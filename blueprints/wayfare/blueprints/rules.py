"""Rules that a regular expression cannot say. Each raises ValueError with a sentence for the person who wrote it."""

from collections.abc import Hashable, Mapping
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import TypeVar

from wayfare.blueprints.problems import show

ItemT = TypeVar("ItemT", bound=Hashable)
TextsT = TypeVar("TextsT", bound=Mapping[str, str])

#: Resource names are derived from the cluster's. Azure refuses `microsoft` and `windows` anywhere in the name of what
#: has an endpoint, and `login` at its start; Cloud Storage refuses buckets with `google` in their name or `goog` at
#: its start; S3 refuses buckets that start with `xn--`, `sthree-` or `amzn-s3-demo-`.
_RESERVED_WORDS = ("microsoft", "windows", "google")
_RESERVED_STARTS = ("login", "goog", "xn--", "sthree-", "amzn-s3-demo-")

#: Azure refuses tags that start with `microsoft`, `azure` or `windows`; `goog` marks Google's own labels.
_RESERVED_LABELS = ("wayfare", "microsoft", "azure", "windows", "goog")

#: Networks whose packets never arrive at a public endpoint (RFC 1122, 1918, 3927, 5771, 1112).
_NEVER_PUBLIC = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "224.0.0.0/3",
    )
)
_WIDEST = 8

#: Networks of one's own (RFC 1918), and those shared behind a carrier's or a cloud's translation (RFC 6598).
_PRIVATE = tuple(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))

#: Four parts of /13: nodes, pods and services of a cloud.
_NARROWEST_SPACE = 11


def cluster_name(name: str) -> str:
    """Refuse names from which a cloud would not accept a resource's name."""
    for word in _RESERVED_WORDS:
        if word in name:
            raise ValueError(f"must not contain {show(word)}: a cloud refuses resources that are named so")
    for start in _RESERVED_STARTS:
        if name.startswith(start):
            raise ValueError(f"must not begin with {show(start)}: a cloud refuses resources that are named so")
    return name


def label_key(key: str) -> str:
    """Refuse label keys that a cloud or Wayfare keeps for itself."""
    for start in _RESERVED_LABELS:
        if key.lower().startswith(start):
            raise ValueError(f"must not begin with {show(start)}: such labels are reserved")
    return key


def apart_in_lower_case(labels: TextsT) -> TextsT:
    """Refuse label keys that differ only in case."""
    seen: dict[str, str] = {}
    for key in labels:
        if (other := seen.setdefault(key.lower(), key)) != key:
            raise ValueError(f"{show(other)} and {show(key)} differ only in case, which Google cannot tell apart")
    return labels


def once(items: tuple[ItemT, ...]) -> tuple[ItemT, ...]:
    """Refuse a list in which something stands twice."""
    seen: set[ItemT] = set()
    for item in items:
        if item in seen:
            raise ValueError(f"{show(str(item))} stands here twice")
        seen.add(item)
    return items


def network(text: str) -> str:
    """Give an IPv4 network in canonical form; refuse host bits and all that is wider than /8."""
    try:
        network = IPv4Network(text, strict=False)
    except (AddressValueError, NetmaskValueError, ValueError):
        raise ValueError(f"{show(text)} is not an IPv4 network; write it as 203.0.113.0/24") from None
    if str(network.network_address) != text.split("/")[0]:
        raise ValueError(f"{show(text)} has bits set beyond its prefix; did you mean {show(str(network))}?")
    if network.prefixlen < _WIDEST:
        raise ValueError(f"{show(text)} opens the API to too many; name networks of /{_WIDEST} or narrower")
    return str(network)


def public(text: str) -> None:
    """Refuse a network whose packets never arrive at a public endpoint."""
    if any(IPv4Network(text).overlaps(private) for private in _NEVER_PUBLIC):
        raise ValueError(
            f"{show(text)} is not a public network; the API's endpoint is public and never sees its addresses"
        )


def private(text: str) -> None:
    """Refuse a network that is not within the private ones (RFC 1918, and RFC 6598's shared space)."""
    if not any(IPv4Network(text).subnet_of(own) for own in _PRIVATE):
        raise ValueError(
            f"{show(text)} is not a private network; a private endpoint never sees the addresses of others"
        )


def private_space(text: str) -> str:
    """Give a private network that is wide enough to be divided among the clouds."""
    space = IPv4Network(network(text))
    if not any(space.subnet_of(own) for own in _PRIVATE) or not _WIDEST <= space.prefixlen <= _NARROWEST_SPACE:
        raise ValueError(
            f"{show(text)} cannot be divided among the clouds; name a network of /{_WIDEST} to /{_NARROWEST_SPACE} "
            "within 10.0.0.0/8 or 100.64.0.0/10"
        )
    return str(space)
