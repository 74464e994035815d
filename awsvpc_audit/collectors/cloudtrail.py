"""AWS CloudTrail: launches that AWS refused, and the changes that may have broken a network.

LookupEvents takes two calls a second for an account and Region, whoever makes them, gives fifty events a page, newest
first, and narrows down by one attribute a call: by name, source or resource of the events, or by whether they only
read. So what it costs to find all changes depends on the account:

- all calls that write (`ReadOnly=false`) take one look-up for each fifty of them. In a quiet account that is one or
  two for some hours, whatever was changed;
- by the name of a call (`EventName=DeleteRoute`) it takes one look-up for each name, some forty, however busy the
  account is. By source it would be worse: `EventSource=ec2.amazonaws.com` holds every Describe call of every tool.

The first page of the writes tells how dense they are. They are read on for as long as that promises to end sooner than
asking by name would; else the names are asked, those alone that the cluster's network can meet. A name that fills too
many pages is cut, and said to be missing.

What cannot be had from here: CloudTrail records calls of IAM in one Region of a partition (us-east-1), and shows a call
some minutes after it was made.

Sources: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html,
docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events-cli.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from awsvpc_audit.collectors.operation import Answers, Ask, Entry, Operation, Paging, Params, Response
from awsvpc_audit.collectors.selection import clusters, launches, route_targets
from awsvpc_audit.model import tables

NAME = "cloudtrail:LookupEvents"

LAUNCHES_LOOK_BACK = timedelta(hours=24)
"""How far an audit looks back at launches that failed: what runs every night has failed once in it."""

CHANGES_LOOK_BACK = timedelta(hours=24)
"""How far a snapshot looks back at changes, for a timeline of it later on."""

LAUNCH = "RunTask"

_ALWAYS = (
    *("CreateRoute", "DeleteRoute", "ReplaceRoute"),
    *("AssociateRouteTable", "DisassociateRouteTable", "ReplaceRouteTableAssociation"),
    *("AuthorizeSecurityGroupEgress", "RevokeSecurityGroupEgress", "ModifySecurityGroupRules", "DeleteSecurityGroup"),
    *("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"),
    *("CreateNetworkAclEntry", "DeleteNetworkAclEntry", "ReplaceNetworkAclEntry", "ReplaceNetworkAclAssociation"),
    *("CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints", "DetachInternetGateway"),
    *("ModifyVpcAttribute", "AssociateDhcpOptions", "ModifySubnetAttribute", "DeleteSubnet"),
    "ModifyVpcBlockPublicAccessOptions",
    *("PutAccountSetting", "PutAccountSettingDefault", "DeleteAccountSetting"),
    *("UpdateService", "CreateService"),
)
_OF_NAT_GATEWAYS = ("CreateNatGateway", "DeleteNatGateway", "ReleaseAddress")
_OF_TRANSIT_GATEWAYS = ("DeleteTransitGatewayVpcAttachment", "DeleteTransitGatewayRoute")
_OF_PEERINGS = ("DeleteVpcPeeringConnection",)
_OF_INSTANCES = ("AttachNetworkInterface",)
_OF_ROLES = (
    *("PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy", "UpdateAssumeRolePolicy"),
    "DeleteRole",
)
_REGION_OF_IAM = "us-east-1"
"""Where CloudTrail records the calls of IAM, in the partition `aws`; of other partitions each Region is asked."""

CHANGES = (
    *(*_ALWAYS, *_OF_NAT_GATEWAYS, *_OF_TRANSIT_GATEWAYS, *_OF_PEERINGS, *_OF_INSTANCES, *_OF_ROLES),
    *(LAUNCH, "StartTask"),
)
"""Calls that change routes, groups, ACLs, endpoints, NAT, DNS, settings, services or roles, or that launch tasks: what
is kept of whatever a look-up brings."""

MOST_PAGES = 10
"""Of the changes of one name."""

MOST_PAGES_OF_LAUNCHES = 4
"""Two hundred launches say what is going on, and an audit has to wait for them."""

_LOOK_UPS_BY_NAME = len(CHANGES) - 2


def _dhcp_changes(answers: Answers) -> Iterable[Params]:
    """When DHCP options were last exchanged, where those in use name DNS servers of the owner's own."""
    own = any(
        value.get("Value") != "AmazonProvidedDNS"
        for options in answers.entries("ec2:DescribeDhcpOptions")
        for configuration in options.get("DhcpConfigurations", ())
        if configuration.get("Key") == "domain-name-servers"
        for value in configuration.get("Values", ())
    )
    return (_look_up("EventName", "AssociateDhcpOptions"),) if own else ()


def _launches(answers: Answers) -> Iterable[Params]:
    """Calls of RunTask, where something in the cluster is started by other than a service.

    AWS answers a launch that it refuses (no free task-ENI slot, no permission) to the caller alone: no task, no event.
    Clusters of services only have no use for it, and the look-up is one call beside the others.
    """
    standalone = any(
        not str(task.get("group", "")).startswith("service:")
        and not str(task.get("startedBy", "")).startswith("ecs-svc/")
        for task in answers.entries("ecs:DescribeTasks")
    )
    if not standalone and not launches(answers):
        return ()
    since = answers.target.launches_since
    return (_look_up("EventName", LAUNCH) | ({} if since is None else {"StartTime": since}),)


def _look_up(attribute: str, value: str) -> dict[str, object]:
    return {"LookupAttributes": [{"AttributeKey": attribute, "AttributeValue": value}]}


def _name_asked(params: Params) -> tuple[str, ...]:
    """The name of the calls that a request asks about; none where it asks about all that write."""
    return tuple(each["AttributeValue"] for each in params["LookupAttributes"] if each["AttributeKey"] == "EventName")


def _kept(response: Response) -> list[Entry]:
    return [event for event in response["Events"] if event.get("EventName") in CHANGES]


def _writes(answers: Answers) -> Iterable[Params]:
    since = answers.target.since
    return (_look_up("ReadOnly", "false") | ({} if since is None else {"StartTime": since}),)


def _by_name(answers: Answers) -> Iterable[Params]:
    """One look-up a name, where the account writes too much to read all of it."""
    if f"{NAME}/writes" not in answers.cut:
        return
    since = answers.target.since
    for name in _names_that_matter(answers):
        yield _look_up("EventName", name) | ({} if since is None else {"StartTime": since})


def _names_that_matter(answers: Answers) -> Iterator[str]:
    """What the cluster's network can meet. A route outlives its target, as a blackhole that still names it."""
    yield from _ALWAYS
    if route_targets(answers, "NatGatewayId", "nat-"):
        yield from _OF_NAT_GATEWAYS
    if route_targets(answers, "TransitGatewayId", "tgw-"):
        yield from _OF_TRANSIT_GATEWAYS
    if route_targets(answers, "VpcPeeringConnectionId", "pcx-"):
        yield from _OF_PEERINGS
    if answers.entries("ecs:DescribeContainerInstances"):
        yield from _OF_INSTANCES
    places = [arn.split(":") for arn in clusters(answers) if arn.startswith("arn:")]
    if not all(partition == "aws" and region != _REGION_OF_IAM for _, partition, _, region, *_ in places):
        yield from _OF_ROLES


def _is_too_dense(params: Params, page: Response, pages: int) -> bool:
    """Whether to read all that was written takes more look-ups than to ask by name."""
    since = params.get("StartTime")
    if since is None or pages >= _LOOK_UPS_BY_NAME:
        return True
    times = [event["EventTime"] for event in page["Events"]]
    if not times:
        return False
    left, in_this_page = min(times) - since, max(times) - min(times)
    return bool(left > in_this_page * (_LOOK_UPS_BY_NAME - pages))


def _is_long(_params: Params, _page: Response, pages: int) -> bool:
    return pages >= MOST_PAGES


def _are_many_launches(_params: Params, _page: Response, pages: int) -> bool:
    return pages >= MOST_PAGES_OF_LAUNCHES


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name=NAME,
        table=tables.TRAIL_EVENTS,
        entries=_kept,
        paging=Paging(size=50),
        subjects=_name_asked,
        is_asked_until_refused=True,
        is_partial=True,
        asks=(
            Ask(label="dhcp-options", after=("ec2:DescribeDhcpOptions",), requests=_dhcp_changes),
            Ask(
                label="launches",
                also_after=(
                    *("ecs:DescribeClusters", "ecs:DescribeTasks", "events:ListTargetsByRule"),
                    *("scheduler:GetSchedule", "stepfunctions:DescribeStateMachine"),
                ),
                requests=_launches,
                enough=_are_many_launches,
            ),
        ),
        why=(
            "launches that AWS refused, changes of DHCP options; for `timeline` and snapshots, what was changed before "
            "something broke"
        ),
    ),
)
"""As an audit needs it."""


def with_changes(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """The operations of an audit, with all changes since `Target.since`: see above."""
    return tuple(
        replace(
            operation,
            asks=(
                *operation.asks,
                Ask(label="writes", requests=_writes, enough=_is_too_dense, rest_by="by-name"),
                Ask(
                    label="by-name",
                    also_after=(
                        *(f"{NAME}/writes", "ecs:DescribeClusters", "ecs:DescribeContainerInstances"),
                        "ec2:DescribeRouteTables",
                    ),
                    requests=_by_name,
                    enough=_is_long,
                ),
            ),
        )
        if operation.name == NAME
        else operation
        for operation in operations
    )
