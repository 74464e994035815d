"""SUB004."""

from collections.abc import Iterator

from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._subjects import TaskSecurityGroup, task_security_groups
from awsvpc_audit.checks.sub._configured import (
    UPDATE_SERVICE,
    is_in_another_scope,
    proof_of_naming,
    update_command_values,
)
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.tables import SECURITY_GROUPS


@check(
    id="SUB004",
    title="Configured task security group no longer exists",
    severity=Severity.CRITICAL,
    resource="security_group",
    source="+",
    symptoms=("start.eni-attach", "start.other", "service.unsteady"),
    proof=(
        "ecs:DescribeServices networkConfiguration.awsvpcConfiguration.securityGroups",
        "ec2:DescribeSecurityGroups GroupId",
    ),
    fix=(
        "Update each service that names the security group: leave it out of the awsvpcConfiguration, "
        "or put an existing group in its place."
    ),
    commands=(UPDATE_SERVICE,),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html",
    ),
    subjects=task_security_groups,
)
def missing_security_group(task_group: TaskSecurityGroup, context: Context) -> Iterator[Fault]:
    """A service's awsvpcConfiguration names a security group that is not there any more.

    Every task ENI of the service is created with all its groups, so no new task of the service starts, in any subnet.
    Tasks that run keep their ENIs.

    ## Why it happens
    A stack or a person deleted the group (AWS allows it once no ENI uses it) and the service was not updated; often
    while the service stood at zero tasks.

    ## What it cannot see
    A group shared with the account by another one whose share was withdrawn looks the same: it is not listed either.
    Standalone tasks do not keep their awsvpcConfiguration; the groups on their ENIs are in use, so they exist.
    """
    # A group on the ENI of a standalone task is in use, so it exists, whoever owns it.
    services = [w for w in task_group.workloads if w.service or w.launch or w.recorded]
    if not services:
        return
    found = context.scope.security_groups.get(task_group.group_id)
    if found is not None or is_in_another_scope(SECURITY_GROUPS, task_group.group_id, context):
        return
    names = ", ".join(workload.name for workload in services)
    yield Fault(
        detail=f"{task_group.group_id}, a task security group of {names}, does not exist",
        evidence=(
            *(proof_of_naming(workload, "securityGroups", task_group.group_id) for workload in services),
            proof_of("ec2:DescribeSecurityGroups", task_group.group_id, "GroupId", None),
        ),
        affected=tuple(workload.ref for workload in services),
        values=update_command_values(
            services,
            context.cluster.name,
            subnets=frozenset(),
            groups=frozenset({task_group.group_id}),
        ),
    )
