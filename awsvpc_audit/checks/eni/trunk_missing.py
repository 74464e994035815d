"""ENI003."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.capacity.missing_trunk import missing_trunk_reasons
from awsvpc_audit.analyzers.capacity.slots import TRUNK_ATTRIBUTE, has_trunk
from awsvpc_audit.analyzers.capacity.trunking import (
    SETTING,
    setting_evidence,
    trunking_enabled_for,
)
from awsvpc_audit.checks._awsvpc_hosts import AwsvpcHost, awsvpc_hosts_of_any_status
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.facts.eni_limits import TRUNKING_PAGE
from awsvpc_audit.findings import Severity
from awsvpc_audit.model import ecs


def _registered_or_failed_to(context: Context) -> Iterator[AwsvpcHost]:
    """Hosts whose registration is over. While it goes on, the trunk is being made; afterwards none is made any more."""
    return (
        host
        for host in awsvpc_hosts_of_any_status(context)
        if host.container_instance.status in {None, "ACTIVE", "REGISTRATION_FAILED"}
    )


@check(
    id="ENI003",
    title="Container instance has no trunk although trunking is on",
    severity=Severity.HIGH,
    resource="instance",
    source="doc",
    statements=("S9", "S16"),
    symptoms=("place.eni",),
    proof=(
        "ecs:ListAccountSettings settings[awsvpcTrunking].value",
        "ecs:DescribeContainerInstances attributes[ecs.awsvpc-trunk-id]",
        "ecs:DescribeContainerInstances attributes[ecs.instance-type]",
        "ecs:DescribeContainerInstances attributes[ecs.os-type]",
        "ecs:DescribeContainerInstances attributes[ecs.capability.task-eni-trunking]",
        "ecs:DescribeContainerInstances registeredAt",
        "ecs:DescribeContainerInstances versionInfo.agentVersion",
        "ecs:DescribeContainerInstances statusReason",
        "ec2:DescribeInstances NetworkInterfaces[].InterfaceType",
        "ec2:DescribeInstances PrivateDnsNameOptions.EnableResourceNameDnsARecord",
        "ec2:DescribeNetworkInterfaces InterfaceType",
        "ec2:DescribeSubnets OwnerId",
        "iam:GetInstanceProfile Roles[].Arn",
    ),
    fix=(
        "Put the reason named right, then replace the instance: a trunk is made only while an instance registers, so "
        "one that is registered never gets one."
    ),
    commands=(
        (
            "aws ecs update-container-instances-state --cluster {cluster} "
            "--container-instances {container_instance} --status DRAINING"
        ),
        (
            "aws autoscaling terminate-instance-in-auto-scaling-group --instance-id {instance_id} "
            "--no-should-decrement-desired-capacity"
        ),
    ),
    references=(f"{DOCS_URL}/container-instance-eni.html", TRUNKING_PAGE),
    subjects=_registered_or_failed_to,
)
def trunk_missing(host: AwsvpcHost, context: Context) -> Iterator[Fault]:
    """With `awsvpcTrunking` on, ECS gives a container instance a trunk ENI when it registers, and tasks have branches.

    This instance has none, so it runs only as many awsvpc tasks as its type has ENIs beside the primary: 2 instead of
    10 on a c5.large.

    ## Why it happens
    In the order of AWS's own list: Windows; an instance type that takes no trunk (all of t2, t3, t3a, t4g among them);
    an instance launched before the setting was on; an agent older than 1.28.1 or without the capability
    `ecs.capability.task-eni-trunking`; a subnet that another account shares; resource-name DNS A records on; the
    setting off for the instance's own role; a registration that failed.

    ## What it cannot see
    When the setting was turned on: without another reason, "registered before" is said as a possibility. Types newer
    than the packaged lists are said to be UNCONFIRMED. The version of ecs-init (1.28.1-2 is needed) is in no API.
    """
    if host.container_instance.has_attribute(TRUNK_ATTRIBUTE):
        return
    row = trunking_enabled_for(host, context.cluster)
    if row is None or has_trunk(host, context.cluster):
        return
    reasons = missing_trunk_reasons(host, context.cluster)
    yield Fault(
        detail=(
            f"{host.label()} has no trunk although {SETTING} is enabled {_for_whom(row)}: "
            f"{'; '.join(reason.text for reason in reasons)}"
        ),
        evidence=(
            setting_evidence(row),
            proof_of("ecs:DescribeContainerInstances", host.id, f"attributes[{TRUNK_ATTRIBUTE}]", None),
            *(evidence for reason in reasons for evidence in reason.evidence),
        ),
        values=host.values(context),
    )


def _for_whom(row: ecs.Setting) -> str:
    if row.principal_arn is None:
        return "for whoever read the account"
    return "for the account" if row.principal_arn.endswith(":root") else f"for {row.principal_arn}"
