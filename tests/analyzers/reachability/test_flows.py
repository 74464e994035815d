"""Traffic in words, and ICMP types and codes in place of ports."""

import pytest

from awsvpc_audit.analyzers.reachability.address import Family, Ranges, addresses
from awsvpc_audit.analyzers.reachability.flows import (
    ALL_PORTS,
    FROM_SOURCE,
    TO_DESTINATION,
    Side,
    describe,
    icmp_ports,
    request,
)

HERE = addresses(("10.0.1.0/24",), Family.IPV4)
THERE = addresses(("10.9.0.7",), Family.IPV4)


@pytest.mark.parametrize(
    ("protocol", "port", "side", "text"),
    [
        ("tcp", 443, TO_DESTINATION, "tcp 443 to 10.9.0.7"),
        ("udp", 53, TO_DESTINATION, "udp 53 to 10.9.0.7"),
        ("tcp", None, TO_DESTINATION, "tcp to 10.9.0.7"),
        ("tcp", 443, FROM_SOURCE, "tcp 443 from 10.0.1.0/24"),
        ("all", None, TO_DESTINATION, "all protocols to 10.9.0.7"),
        ("icmp", None, TO_DESTINATION, "icmp to 10.9.0.7"),
        ("47", None, TO_DESTINATION, "47 to 10.9.0.7"),
    ],
)
def test_in_words(protocol: str, port: int | None, side: Side, text: str) -> None:
    assert describe(request(protocol, port, Family.IPV4, HERE, THERE), Family.IPV4, side) == text


def test_no_traffic_in_words() -> None:
    assert describe((), Family.IPV4, TO_DESTINATION) == "nothing"


@pytest.mark.parametrize(
    ("icmp_type", "code", "expected"),
    [
        pytest.param(8, 0, ((2048, 2048),), id="one code of one type"),
        pytest.param(3, 4, ((772, 772),), id="fragmentation needed"),
        pytest.param(8, -1, ((2048, 2303),), id="all codes of one type"),
        pytest.param(8, None, ((2048, 2303),), id="no code said"),
        pytest.param(0, -1, ((0, 255),), id="type 0 is a type"),
        pytest.param(-1, -1, ALL_PORTS, id="all types"),
        pytest.param(None, None, ALL_PORTS, id="nothing said"),
    ],
)
def test_icmp_types_and_codes(icmp_type: int | None, code: int | None, expected: Ranges) -> None:
    assert icmp_ports(icmp_type, code) == expected
