"""AWS CloudTrail: the changes that may have broken a network.

LookupEvents takes two calls a second, so it is asked for little, and by the name of a call: what else goes on in an
account, and how much, then does not matter.
"""

from collections.abc import Iterable
from dataclasses import replace

from awsvpc_audit.collectors.operation import Answers, Ask, Operation, Paging, Params
from awsvpc_audit.model import tables

NAME = "cloudtrail:LookupEvents"

CALLS_PER_SECOND = 2
"""docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html"""

CHANGES = (
    *("CreateRoute", "DeleteRoute", "ReplaceRoute"),
    *("AssociateRouteTable", "DisassociateRouteTable", "ReplaceRouteTableAssociation"),
    *("AuthorizeSecurityGroupEgress", "RevokeSecurityGroupEgress", "ModifySecurityGroupRules", "DeleteSecurityGroup"),
    *("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"),
    *("CreateNetworkAclEntry", "DeleteNetworkAclEntry", "ReplaceNetworkAclEntry", "ReplaceNetworkAclAssociation"),
    *("CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints"),
    *("CreateNatGateway", "DeleteNatGateway", "ReleaseAddress", "DetachInternetGateway"),
    *("ModifyVpcAttribute", "AssociateDhcpOptions", "ModifySubnetAttribute", "DeleteSubnet"),
    *("ModifyVpcBlockPublicAccessOptions", "AttachNetworkInterface"),
    *("DeleteTransitGatewayVpcAttachment", "DeleteTransitGatewayRoute", "DeleteVpcPeeringConnection"),
    *("PutAccountSetting", "PutAccountSettingDefault", "DeleteAccountSetting", "UpdateService"),
    *("PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy", "UpdateAssumeRolePolicy"),
    "DeleteRole",
)
"""Calls that change routes, groups, ACLs, endpoints, NAT, DNS, settings, services or roles."""


def _dhcp_changes(answers: Answers) -> Iterable[Params]:
    """When DHCP options were last exchanged, where those in use name DNS servers of the owner's own."""
    own = any(
        value.get("Value") != "AmazonProvidedDNS"
        for options in answers.entries("ec2:DescribeDhcpOptions")
        for configuration in options.get("DhcpConfigurations", ())
        if configuration.get("Key") == "domain-name-servers"
        for value in configuration.get("Values", ())
    )
    return (_by_name("AssociateDhcpOptions"),) if own else ()


def _by_name(name: str) -> Params:
    return {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": name}]}


def _changes(answers: Answers) -> Iterable[Params]:
    since = answers.target.since
    for name in CHANGES:
        yield _by_name(name) if since is None else {**_by_name(name), "StartTime": since}


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name=NAME,
        table=tables.TRAIL_EVENTS,
        paging=Paging(size=50),
        per_second=CALLS_PER_SECOND,
        is_partial=True,
        asks=(Ask(label="dhcp-options", after=("ec2:DescribeDhcpOptions",), requests=_dhcp_changes),),
        why="changes of DHCP options; for `timeline`, what was changed before something broke",
    ),
)
"""As an audit needs it."""


def with_changes(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """The operations of an audit, and the changes beside: see `CHANGES`."""
    return tuple(
        replace(each, asks=(*each.asks, Ask(label="changes", requests=_changes))) if each.name == NAME else each
        for each in operations
    )
