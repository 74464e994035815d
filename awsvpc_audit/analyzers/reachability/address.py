"""Sets of integers as sorted ranges: addresses of either family, ports, protocols.

One algebra serves all three. A set is a tuple of `(low, high)` pairs, both ends inside, sorted, with gaps between them;
so equal sets are equal tuples, and a set can be the key of a cache.
"""

import ipaddress
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

Ranges = tuple[tuple[int, int], ...]

EMPTY: Ranges = ()


class Family(StrEnum):
    """An address family, spelled as the contract does."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"

    @property
    def bits(self) -> int:
        """Length of an address."""
        return 32 if self is Family.IPV4 else 128


def ranges(pairs: Iterable[tuple[int, int]]) -> Ranges:
    """The set of all numbers in any of these ranges, which may overlap and come in any order."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(pairs):
        if merged and low <= merged[-1][1] + 1:
            if high > merged[-1][1]:
                merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return tuple(merged)


def union(*sets: Ranges) -> Ranges:
    """All numbers in any of these sets."""
    return ranges(pair for each in sets for pair in each)


def intersect(one: Ranges, other: Ranges) -> Ranges:
    """The numbers in both sets."""
    if len(one) == 1 and len(other) == 1:
        (low, high), (other_low, other_high) = one[0], other[0]
        if low >= other_low and high <= other_high:
            return one
        low, high = max(low, other_low), min(high, other_high)
        return ((low, high),) if low <= high else EMPTY
    result: list[tuple[int, int]] = []
    i = j = 0
    while i < len(one) and j < len(other):
        low, high = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if low <= high:
            result.append((low, high))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return tuple(result)


def subtract(one: Ranges, other: Ranges) -> Ranges:
    """The numbers of `one` that are not in `other`."""
    result: list[tuple[int, int]] = []
    j = 0
    for low, high in one:
        while j < len(other) and other[j][1] < low:
            j += 1
        start, k = low, j
        while k < len(other) and other[k][0] <= high:
            if other[k][0] > start:
                result.append((start, other[k][0] - 1))
            start = max(start, other[k][1] + 1)
            k += 1
        if start <= high:
            result.append((start, high))
    return tuple(result)


def size(numbers: Ranges) -> int:
    """How many numbers are in a set."""
    return sum(high - low + 1 for low, high in numbers)


SYMBOLS = 1 << 16
"""How many numbers beyond its last address a family has here.

Each stands for addresses that exist but were not read: the content of one prefix list. Only `0.0.0.0/0` and `::/0` hold
them, so a rule with a narrower CIDR does not claim to know where they are.
"""


def everything(family: Family) -> Ranges:
    """All addresses of a family, with those that are known by name alone."""
    return ((0, (1 << family.bits) + SYMBOLS - 1),)


def symbol(number: int, family: Family) -> Ranges:
    """The stand-in for the unread addresses with this number."""
    return (((1 << family.bits) + number % SYMBOLS,) * 2,)


def symbols(family: Family) -> Ranges:
    """All stand-ins of a family."""
    return ((1 << family.bits, (1 << family.bits) + SYMBOLS - 1),)


def has_symbols(numbers: Ranges, family: Family) -> bool:
    """Whether some of these addresses are known by name alone."""
    return bool(numbers) and numbers[-1][1] >> family.bits > 0


@lru_cache(maxsize=65536)
def parse_cidr(text: str) -> tuple[Family, Ranges] | None:
    """The family and addresses of a CIDR or a single address; ``None`` for text that is neither.

    Bits right of the mask are ignored, as EC2 does.
    """
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    family = Family.IPV4 if network.version == 4 else Family.IPV6
    if network.prefixlen == 0:
        return family, everything(family)
    low = int(network.network_address)
    return family, ((low, low + (1 << (family.bits - network.prefixlen)) - 1),)


def addresses(texts: Iterable[str | None], family: Family) -> Ranges:
    """The addresses of one family in these CIDRs and addresses; what is neither is left out."""
    parsed = (parse_cidr(text) for text in texts if text)
    return union(*(found[1] for found in parsed if found is not None and found[0] is family))


def describe_ports(numbers: Ranges) -> str:
    """A set of ports as people write it: `443`, `1024-65535`, `80, 443`."""
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in numbers)


_NOT_PUBLIC_V4 = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
)
"""What the IANA registry of special-purpose IPv4 addresses (RFC 6890) keeps out of the internet."""

NAT64_PREFIX = "64:ff9b::/96"
"""The well-known prefix of RFC 6052: Route 53 Resolver's DNS64 puts IPv4 addresses in it, and NAT gateways take them
out again (docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html)."""

NAT64: Ranges = parse_cidr(NAT64_PREFIX)[1]  # type: ignore[index]

INTERNET: dict[Family, Ranges] = {
    Family.IPV4: subtract(((0, (1 << 32) - 1),), addresses(_NOT_PUBLIC_V4, Family.IPV4)),
    # Global unicast: 2000::/3, all that IANA has given out.
    Family.IPV6: addresses(("2000::/3",), Family.IPV6),
}
"""The addresses that `internet` and `internet6` stand for."""


@lru_cache(maxsize=8192)
def describe_addresses(numbers: Ranges, family: Family, limit: int = 3) -> str:
    """A set of addresses as people write it: CIDRs, the largest first, cut after `limit`."""
    if not subtract(INTERNET[family], numbers):
        private = subtract(numbers, union(INTERNET[family], symbols(family)))
        return f"all {'addresses' if private else 'public addresses'}"
    named = has_symbols(numbers, family)
    numbers = intersect(numbers, ((0, (1 << family.bits) - 1),))
    if not numbers:
        return "addresses that were not read" if named else "nothing"
    kind = ipaddress.IPv4Address if family is Family.IPV4 else ipaddress.IPv6Address
    networks = [
        network for low, high in numbers[:64] for network in ipaddress.summarize_address_range(kind(low), kind(high))
    ]
    networks.sort(key=lambda network: (network.prefixlen, int(network.network_address)))
    texts = [
        str(network.network_address) if network.prefixlen == family.bits else str(network)
        for network in networks[:limit]
    ]
    more = len(networks) - limit if len(numbers) <= 64 else 0
    if len(numbers) > 64:
        return ", ".join(texts) + " and more"
    return ", ".join(texts) + (f" and {more} more" if more > 0 else "")
