"""The statements of the AWS page on task networking in awsvpc mode, numbered, in our words.

Source: Amazon ECS Developer Guide, "Allocate a network interface for an Amazon ECS task" (task-networking-awsvpc.html),
Linux, Windows and dual-stack parts. Checks name the statements that they prove; the docs show which check holds which.
"""

from dataclasses import dataclass
from typing import Literal

PAGE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `part` is the part of the page it stands in."""

    id: str
    part: Literal["common", "Linux", "Windows", "dual-stack"]
    text: str


STATEMENTS: tuple[Statement, ...] = (
    Statement("S1", "common", "The task definition must set the network mode `awsvpc`."),
    Statement("S2", "common", "A task has exactly one ENI."),
    Statement("S3", "common", "A task ENI gets a private IPv4 address, except in an IPv6-only subnet."),
    Statement(
        "S4", "common", "In a dual-stack VPC and subnet with an IPv6 block the task ENI gets an IPv6 address too."
    ),
    Statement("S5", "common", "The awsvpcConfiguration names subnets and security groups of one VPC."),
    Statement("S6", "common", "EC2 tasks are placed on instances in the zones and the VPC of the given subnets."),
    Statement("S7", "common", "The task ENI is deleted when the task stops."),
    Statement("S8", "common", "An account cannot detach or modify the ENI of a task by hand."),
    Statement("S9", "common", "`awsvpcTrunking` raises the number of task ENIs of an instance."),
    Statement("S10", "common", "Containers of one task share its ENI, ports and localhost."),
    Statement("S11", "Linux", "A p5.48xlarge runs at most one awsvpc task."),
    Statement("S12", "Linux", "The service-linked role must exist."),
    Statement("S13", "Linux", "The agent must be 1.15.0 or newer."),
    Statement(
        "S14", "Linux", "Host names of tasks are DNS names only where the VPC has DNS hostnames and DNS support on."
    ),
    Statement(
        "S15",
        "Linux",
        "The primary interface counts against the instance's ENI limit: c5.large has room for two tasks.",
    ),
    Statement("S16", "Linux", "Trunking holds for supported types that were registered after it was switched on."),
    Statement("S17", "Linux", "Task ENIs on EC2 get no public IPv4 address."),
    Statement("S18", "Linux", "Tasks reach the internet from a private subnet by a NAT gateway."),
    Statement("S19", "Linux", "Tasks are reached by private address, or through a load balancer in the VPC."),
    Statement("S20", "Linux", "ECS counts only the ENIs it attached: ENIs attached by hand disturb placement."),
    Statement("S21", "Linux", "Only instances with the attribute `ecs.capability.task-eni` are considered."),
    Statement("S22", "Linux", "The ENI of a task is freed by stopping the task, and in no other way."),
    Statement("S23", "Linux", "An awsvpcConfiguration takes at most 16 subnets and 5 security groups."),
    Statement("S24", "Linux", "The agent starts one more container for each task, which holds the network namespace."),
    Statement("S25", "Linux", "Only Application and Network Load Balancers, with target type `ip`."),
    Statement("S26", "Linux", "Changed DHCP options reach new tasks only."),
    Statement("S27", "Windows", "Windows Server 2016 instances cannot run awsvpc tasks."),
    Statement("S28", "Windows", "Container metrics in awsvpc mode need agent 1.57.1."),
    Statement("S29", "Windows", "The service-linked role must exist."),
    Statement("S30", "Windows", "The agent must be 1.54.0 or newer, started with task ENIs enabled."),
    Statement(
        "S31", "Windows", "Host names of tasks are DNS names only where the VPC has DNS hostnames and DNS support on."
    ),
    Statement("S32", "Windows", "The primary interface counts against the ENI limit, and there is no trunk."),
    Statement("S33", "Windows", "Task ENIs get no public address: NAT, and a load balancer or private addresses."),
    Statement(
        "S34", "Windows", "As for Linux: ENIs by hand, the attribute, locked ENIs, limits, load balancers, DHCP."
    ),
    Statement("S35", "Windows", "Dual-stack, IPv6 and ENI trunking are not supported."),
    Statement("S36", "dual-stack", "Rules and routes of IPv4 and IPv6 are independent."),
    Statement("S37", "dual-stack", "IPv6 reaches the internet by an internet gateway or an egress-only one."),
    Statement(
        "S38", "dual-stack", "Agent, setting, network mode and address blocks must all be right for an IPv6 address."
    ),
)

NOT_A_CHECK = {"S34": ("S20", "S21", "S22", "S23", "S24", "S25", "S26")}
"""Statements that only repeat others."""
