"""NET018."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="NET018",
    title="NAT instance does not forward",
    severity=Severity.CRITICAL,
    resource="instance",
    source="+",
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeNetworkInterfaces SourceDestCheck",
        "ec2:DescribeInstances State",
        "ec2:DescribeSecurityGroups IpPermissions",
        *TRACED,
    ),
    fix=(
        "Turn the source/destination check off, start the instance, admit the task subnets in its security group, "
        "and give it a public address in a public subnet; or use a NAT gateway."
    ),
    commands=("aws ec2 modify-instance-attribute --instance-id {instance_id} --no-source-dest-check",),
    references=("https://docs.aws.amazon.com/vpc/latest/userguide/VPC_NAT_Instance.html",),
    subjects=awsvpc_workloads,
)
def nat_instance_not_forwarding(workload: Workload, context: Context) -> Iterator[Fault]:
    """The way out leads through a NAT instance that does not forward.

    Its source/destination check is on, it does not run, its security group does not admit the subnet or lets
    nothing out, or it has no public address or internet route of its own.

    ## Why it happens
    The instance was replaced, and the new one came up with AWS's defaults; or it was stopped.

    ## What it cannot see
    What runs inside: whether the kernel forwards and translates.
    """
    yield from faults("NET018", workload, context)
