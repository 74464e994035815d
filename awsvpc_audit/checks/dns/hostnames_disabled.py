"""DNS002."""

from collections.abc import Iterator

from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._subjects import TaskVpc, task_vpcs
from awsvpc_audit.checks.dns._attributes import dns_attribute
from awsvpc_audit.findings import Severity


@check(
    id="DNS002",
    title="DNS host names of the VPC are off",
    severity=Severity.LOW,
    resource="vpc",
    source="doc",
    statements=("S14", "S31"),
    proof=("ec2:DescribeVpcAttribute EnableDnsHostnames.Value", "ec2:DescribeSubnets VpcId"),
    fix="Turn on enableDnsHostnames for the VPC; tasks started after that get their private DNS name as host name.",
    commands=("aws ec2 modify-vpc-attribute --vpc-id {vpc_id} --enable-dns-hostnames Value=true",),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html",
    ),
    subjects=task_vpcs,
)
def hostnames_disabled(vpc: TaskVpc, context: Context) -> Iterator[Fault]:
    """ECS gives a task its Amazon private DNS name as host name only where the VPC has DNS host names on.

    Here enableDnsHostnames is false, so the host names of tasks are random. Private DNS of interface endpoints needs
    it as well (see END006).

    ## Why it happens
    AWS turns it on in default VPCs only: a VPC made by API, CLI or template has it off until somebody turns it on.

    ## What it cannot see
    Whether anything in the tasks cares for its host name.
    """
    if not dns_attribute(vpc, "EnableDnsHostnames", context):
        yield Fault(
            detail=f"{vpc.vpc_id}: enableDnsHostnames is false, so the host names of its tasks are random",
            evidence=(proof_of("ec2:DescribeVpcAttribute", vpc.vpc_id, "EnableDnsHostnames.Value", False),),
            values={"vpc_id": vpc.vpc_id},
        )
