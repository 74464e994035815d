"""The DNS attributes of a VPC, as the DNS checks read them."""

from typing import Literal

from awsvpc_audit.checks._base import Context, known
from awsvpc_audit.checks._subjects import TaskVpc


def dns_attribute(vpc: TaskVpc, attribute: Literal["EnableDnsSupport", "EnableDnsHostnames"], context: Context) -> bool:
    """Whether a DNS attribute of a VPC is on.

    Each attribute is a call of its own: one may have been read and the other not.

    Raises:
        NotCollectedError: it was not read.
    """
    operation = "ec2:DescribeVpcAttribute"
    attributes = known(context.scope.vpc_attributes.get(vpc.vpc_id), operation, vpc.vpc_id)
    read = attributes.enable_dns_support if attribute == "EnableDnsSupport" else attributes.enable_dns_hostnames
    return known(known(read, operation, attribute).value, operation, f"{attribute}.Value")
