"""ENI009."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.capacity.slots import TRUNK_ATTRIBUTE, limit_of
from awsvpc_audit.analyzers.capacity.trunking import type_evidence
from awsvpc_audit.checks._awsvpc_hosts import AwsvpcHost, awsvpc_hosts
from awsvpc_audit.checks._base import Context, Fault, check, known
from awsvpc_audit.facts.eni_limits import TRUNKING_PAGE
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="ENI009",
    title="ENI limit of the instance type is not known",
    severity=Severity.INFO,
    resource="instance",
    source="+",
    proof=(
        "ecs:DescribeContainerInstances attributes[ecs.instance-type]",
        "ec2:DescribeInstanceTypes NetworkInfo.MaximumNetworkInterfaces",
    ),
    fix="Look the type up in AWS's lists; until then, the instance's free task-ENI slots are not counted.",
    commands=("aws ec2 describe-instance-types --instance-types {instance_type}",),
    references=(
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AvailableIpPerENI.html",
        TRUNKING_PAGE,
    ),
    subjects=awsvpc_hosts,
)
def limit_unknown(host: AwsvpcHost, context: Context) -> Iterator[Fault]:
    """How many ENIs an instance takes depends on its type. This type is in neither EC2's answer nor the packaged table.

    So its task-ENI slots cannot be counted, and what is said about room in the cluster leaves it out.

    ## Why it happens
    The type is newer than this release, and `ec2:DescribeInstanceTypes` does not offer it in this Region (or answers
    without its network figures). For an instance with a trunk, the number of tasks is in AWS's guide alone, and the
    packaged copy does not have the type.

    ## What it cannot see
    The limit itself. ECS knows it, and goes on placing tasks by it.
    """
    instance_type = known(host.instance_type(context), "ec2:DescribeInstances", "InstanceType")
    trunk = host.container_instance.has_attribute(TRUNK_ATTRIBUTE)
    limit = limit_of(instance_type, context.cluster, trunk=trunk)
    if limit.source is not None:
        return
    if limit.missing:
        raise NotCollectedError(limit.missing)
    what = (
        f"how many tasks its type {instance_type} runs with a trunk is not in the packaged table"
        if trunk
        else f"the ENI limit of its type {instance_type} is in neither ec2:DescribeInstanceTypes nor the packaged table"
    )
    yield Fault(
        detail=f"{host.id}: {what}",
        evidence=(type_evidence(host, instance_type),),
        values={"instance_type": instance_type},
    )
