"""Every AWS operation that this program calls, declared once: see `Operation`.

What is asked follows from what was read: the cluster's services name subnets, those lie in VPCs, and of those VPCs
everything that networking depends on is read; not the account's other VPCs.
"""

from awsvpc_audit.collectors import (
    autoscaling,
    cloudtrail,
    ec2,
    ecr,
    ecs,
    efs,
    elbv2,
    iam,
    launchers,
    logs,
    route53,
    secretsmanager,
    ssm,
)
from awsvpc_audit.collectors.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *iam.OPERATIONS,
    *ecs.OPERATIONS,
    *autoscaling.OPERATIONS,
    *ec2.OPERATIONS,
    *route53.OPERATIONS,
    *elbv2.OPERATIONS,
    *efs.OPERATIONS,
    *ecr.OPERATIONS,
    *launchers.OPERATIONS,
    *cloudtrail.OPERATIONS,
    *logs.OPERATIONS,
    *secretsmanager.OPERATIONS,
    *ssm.OPERATIONS,
)
"""In the order in which people think of them; the runner orders them by what waits for what."""

BY_NAME: dict[str, Operation] = {operation.name: operation for operation in OPERATIONS}
