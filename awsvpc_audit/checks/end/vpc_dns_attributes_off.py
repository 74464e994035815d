"""END006."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="END006",
    title="DNS support or host names of the VPC are off, so private DNS of endpoints does not work",
    severity=Severity.CRITICAL,
    resource="vpc",
    source="+",
    statements=("S14",),
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeVpcAttribute EnableDnsHostnames",
        "ec2:DescribeVpcEndpoints PrivateDnsEnabled",
        *TRACED,
    ),
    fix=("Turn on both attributes of the VPC."),
    commands=(
        "aws ec2 modify-vpc-attribute --vpc-id {vpc_id} --enable-dns-support",
        "aws ec2 modify-vpc-attribute --vpc-id {vpc_id} --enable-dns-hostnames",
    ),
    references=(
        "https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html",
    ),
    subjects=awsvpc_workloads,
)
def vpc_dns_attributes_off(workload: Workload, context: Context) -> Iterator[Fault]:
    """Private DNS of interface endpoints needs both DNS attributes of the VPC.

    With host names off, the service's name resolves to public addresses; with DNS support off, Amazon's resolver
    answers nothing at all.

    ## Why it happens
    A template made the VPC with `enableDnsHostnames` off, which is the default for a VPC that is not the account's
    default one.

    ## What it cannot see
    Own DNS servers: the DHCP options are told by DNS003.
    """
    yield from faults("END006", workload, context)
