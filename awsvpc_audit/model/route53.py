"""Amazon Route 53 shapes, as far as private names of AWS services go."""

import msgspec

from awsvpc_audit.model.ec2 import Shape


class HostedZoneSummary(Shape, frozen=True, kw_only=True):
    """A private hosted zone of one VPC: `route53:ListHostedZonesByVPC`."""

    hosted_zone_id: str
    name: str | None = None
    vpc_id: str | None = msgspec.field(default=None, name="VPCId")
    """Not in AWS's answer: the parameter it was asked with, added while collecting, see the contract."""


class ResourceRecord(Shape, frozen=True, kw_only=True):
    value: str | None = None


class AliasTarget(Shape, frozen=True, kw_only=True):
    hosted_zone_id: str | None = None
    dns_name: str | None = msgspec.field(default=None, name="DNSName")


class ResourceRecordSet(Shape, frozen=True, kw_only=True):
    hosted_zone_id: str | None = None
    """Not in AWS's answer: added while collecting, see the contract."""
    name: str | None = None
    type: str | None = None
    resource_records: tuple[ResourceRecord, ...] = ()
    alias_target: AliasTarget | None = None
