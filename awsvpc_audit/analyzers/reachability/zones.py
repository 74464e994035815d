"""Private hosted zones: where they lead the name of an AWS service, if they do.

The pattern of one VPC with the endpoints for all: each other VPC has a private hosted zone for each service's name,
with records for the endpoint there (AWS whitepaper "Building a Scalable and Secure Multi-VPC AWS Network
Infrastructure", Centralized access to VPC private endpoints).
"""

import re
from dataclasses import dataclass

from awsvpc_audit.analyzers.reachability.address import Family, Ranges
from awsvpc_audit.analyzers.reachability.address import addresses as addresses_of
from awsvpc_audit.analyzers.reachability.network import Network, Place
from awsvpc_audit.model import route53, tables
from awsvpc_audit.model.scope import Scope

_LEADING = frozenset({"A", "AAAA", "CNAME"})
"""Types of records that lead to addresses."""

_ENDPOINT = re.compile(r"(?:^|\.)(vpce-[0-9a-z]+)-[^.]+\.")


@dataclass(frozen=True, slots=True)
class ZoneAnswer:
    """What a VPC's private hosted zones say of a service's name.

    Attributes:
        zone_id, zone_name: of the zone that answers, or that was meant to.
        operation: where that was read.
        records: the addresses and names that the records hold.
        endpoint_id: of the endpoint that a record leads to, as its DNS name says.
        fault: why the zone does not answer, where it was meant to.
        is_read: whether its records were read.
        is_asked: whether the zone has the name, so that Amazon's resolver asks it and nobody else.
    """

    zone_id: str
    zone_name: str
    operation: str
    records: tuple[str, ...] = ()
    endpoint_id: str | None = None
    fault: str = ""
    is_read: bool = True
    is_asked: bool = True

    def addresses(self, family: Family) -> Ranges:
        """The addresses in the records; none where they lead to an endpoint, or to another name."""
        return addresses_of(self.records, family)


def zone_answer(network: Network, place: Place, name: str) -> ZoneAnswer | None:
    """What the private hosted zones of a subnet's VPC say of a name, as far as they were read.

    ``None`` where no zone that was read has to do with the name.

    Args:
        network: of the snapshot.
        place: whose VPC asks.
        name: the service's name, `api.ecr.us-east-1.amazonaws.com`; for `dkr.ecr` the part that all registries share.
    """
    for scope in network.near(place.scope):
        zones = scope.hosted_zones_by_vpc.known_where("vpc_id", lambda zone: (zone.vpc_id,), place.subnet.vpc_id)
        for zone in sorted(zones, key=lambda zone: -len(zone.name or "")):
            zone_name = (zone.name or "").rstrip(".").lower()
            if name == zone_name or name.endswith(f".{zone_name}"):
                return _answer(scope, zone, zone_name, name)
        for zone in zones:
            zone_name = (zone.name or "").rstrip(".").lower()
            if _is_misnamed(zone_name, name):
                fault = f"the private hosted zone {zone.hosted_zone_id} is named {zone_name}, and the name is {name}"
                operation = tables.HOSTED_ZONES_BY_VPC.operation
                return ZoneAnswer(zone.hosted_zone_id, zone_name, operation, fault=fault, is_asked=False)
    return None


def _answer(scope: Scope, zone: route53.HostedZoneSummary, zone_name: str, name: str) -> ZoneAnswer:
    table = scope.resource_record_sets
    rows = table.known_where("hosted_zone_id", lambda row: (_bare(row.hosted_zone_id),), _bare(zone.hosted_zone_id))
    operation = tables.RESOURCE_RECORD_SETS.operation
    registries = name.startswith("dkr.ecr.")
    # A wildcard answers for all names below it that have no record of their own; buckets are below S3's name.
    labels = name.split(".")
    below = [f"*.{'.'.join(labels[number:])}" for number in range(len(labels))]
    wanted = [f"*.{name}"] if registries else [name, *below]
    records = [
        record
        for row in rows
        # The name of the zone itself has NS and SOA records too. Of registries each account has its own name.
        if row.type in _LEADING and ((bare := _name(row)) in wanted or (registries and bare.endswith(f".{name}")))
        for record in _leads_to(row)
    ]
    if records:
        ids = [found[1] for record in records if (found := _ENDPOINT.search(f".{record}"))]
        return ZoneAnswer(zone.hosted_zone_id, zone_name, operation, tuple(records), ids[0] if ids else None)
    if not table.is_complete:
        return ZoneAnswer(zone.hosted_zone_id, zone_name, operation, is_read=False)
    fault = f"the private hosted zone {zone.hosted_zone_id} ({zone_name}) has no record for {wanted[0]}"
    return ZoneAnswer(zone.hosted_zone_id, zone_name, operation, fault=fault)


def _name(row: route53.ResourceRecordSet) -> str:
    return (row.name or "").rstrip(".").lower().replace("\\052", "*")


def _leads_to(row: route53.ResourceRecordSet) -> list[str]:
    alias = row.alias_target.dns_name if row.alias_target else None
    return [record.value for record in row.resource_records if record.value] + ([alias] if alias else [])


def _bare(zone_id: str | None) -> str:
    return (zone_id or "").rsplit("/", 1)[-1]


def _is_misnamed(zone_name: str, name: str) -> bool:
    """Whether a zone is named after the endpoint service (`ecr.api.…`) where clients ask for another name."""
    service, _, rest = name.partition(".")
    other, _, _ = rest.partition(".")
    swapped = f"{other}.{service}.{rest.partition('.')[2]}"
    return zone_name != name and zone_name == swapped
