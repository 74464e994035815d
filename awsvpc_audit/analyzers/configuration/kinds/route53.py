"""Amazon Route 53: private hosted zones and what they answer."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.configuration.kinds.kind import Kind, last
from awsvpc_audit.analyzers.configuration.members import Row, Texts, at
from awsvpc_audit.model import tables


def _records(row: Row) -> Iterator[str]:
    for record in row.get("ResourceRecords") or ():
        yield str(record.get("Value"))
    if at(row, "AliasTarget.DNSName"):
        yield f"alias {at(row, 'AliasTarget.DNSName')}"


KINDS: tuple[Kind, ...] = (
    Kind(
        table=tables.HOSTED_ZONES_BY_VPC,
        type="hosted_zone",
        key=lambda row: f"{row['HostedZoneId']} of {row.get('VPCId')}",
        id=last("HostedZoneId"),
        label=lambda row: f"{row.get('Name')} of {row.get('VPCId')}",
    ),
    Kind(
        table=tables.RESOURCE_RECORD_SETS,
        type="resource_record_set",
        key=lambda row: f"{row.get('Type')} {row.get('Name')} in {row.get('HostedZoneId')}",
        id=lambda row: f"{row.get('Name')} {row.get('Type')}",
        label=lambda row: row.get("HostedZoneId"),
        members=(Texts("ResourceRecords", _records),),
    ),
)
"""In the order of a report."""
