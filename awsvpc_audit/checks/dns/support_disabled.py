"""DNS001."""

from collections.abc import Iterator

from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._subjects import TaskVpc, task_vpcs
from awsvpc_audit.checks.dns._attributes import dns_attribute
from awsvpc_audit.findings import Severity


@check(
    id="DNS001",
    title="DNS support of the VPC is off",
    severity=Severity.HIGH,
    resource="vpc",
    source="doc",
    statements=("S14", "S31"),
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging", "start.efs"),
    proof=("ec2:DescribeVpcAttribute EnableDnsSupport.Value", "ec2:DescribeSubnets VpcId"),
    fix="Turn on enableDnsSupport for the VPC; tasks that run can use it at once.",
    commands=("aws ec2 modify-vpc-attribute --vpc-id {vpc_id} --enable-dns-support Value=true",),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html",
    ),
    subjects=task_vpcs,
)
def support_disabled(vpc: TaskVpc, context: Context) -> Iterator[Fault]:
    """The Amazon DNS server of this VPC answers nothing: enableDnsSupport is false.

    Tasks and hosts that use AmazonProvidedDNS resolve no name at all: no registry, no secret, no log endpoint. Private
    DNS names of VPC endpoints do not exist either, and task host names are random.

    ## Why it happens
    It is on by default in every VPC; somebody turned it off, usually for DNS servers of their own.

    ## What it cannot see
    Whether DNS servers named in the DHCP options answer in its place (see DNS003).
    """
    if not dns_attribute(vpc, "EnableDnsSupport", context):
        yield Fault(
            detail=f"{vpc.vpc_id}: enableDnsSupport is false",
            evidence=(proof_of("ec2:DescribeVpcAttribute", vpc.vpc_id, "EnableDnsSupport.Value", False),),
            values={"vpc_id": vpc.vpc_id},
        )
