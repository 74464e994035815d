"""What is compared: every kind of resource as data, one module for each AWS service.

Left out is what changes by itself: times, events, counts of tasks and of free addresses, the ENIs of tasks, health.
"""

from awsvpc_audit.analyzers.configuration.kinds import (
    autoscaling,
    ec2,
    ecs,
    efs,
    elbv2,
    iam,
    launchers,
    route53,
)
from awsvpc_audit.analyzers.configuration.kinds.kind import Kind

KINDS: tuple[Kind, ...] = (
    *ecs.KINDS,
    *autoscaling.KINDS,
    *ec2.KINDS,
    *elbv2.KINDS,
    *efs.KINDS,
    *route53.KINDS,
    *iam.KINDS,
    *launchers.KINDS,
)
"""Every kind, in the order in which a difference tells them."""
