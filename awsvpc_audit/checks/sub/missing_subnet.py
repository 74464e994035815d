"""SUB003."""

from collections.abc import Iterator

from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._subjects import TaskSubnet, task_subnets
from awsvpc_audit.checks.sub._configured import (
    UPDATE_SERVICE,
    is_in_another_scope,
    proof_of_naming,
    update_command_values,
)
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.tables import SUBNETS


@check(
    id="SUB003",
    title="Configured task subnet no longer exists",
    severity=Severity.CRITICAL,
    resource="subnet",
    source="+",
    symptoms=("start.eni-attach", "start.other", "service.unsteady"),
    proof=(
        "ecs:DescribeServices networkConfiguration.awsvpcConfiguration.subnets",
        "ec2:DescribeSubnets SubnetId",
    ),
    fix=(
        "Update each service that names the subnet: leave it out of the awsvpcConfiguration, "
        "or put an existing subnet in its place."
    ),
    commands=(UPDATE_SERVICE,),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html",
    ),
    subjects=task_subnets,
)
def missing_subnet(task_subnet: TaskSubnet, context: Context) -> Iterator[Fault]:
    """A service's awsvpcConfiguration names a subnet that is not there any more.

    ECS checks the ids when a service is created or updated, and never again. Where it picks this subnet for a new
    task, the ENI cannot be created and the task does not start; tasks in the other subnets go on.

    ## Why it happens
    A stack or a person deleted the subnet (AWS allows it once no ENI is left in it) and the service was not updated;
    often while the service stood at zero tasks.

    ## What it cannot see
    A subnet shared with the account by another one whose share was withdrawn looks the same: it is not listed either.
    """
    found = context.scope.subnets.get(task_subnet.subnet_id)
    if found is not None or is_in_another_scope(SUBNETS, task_subnet.subnet_id, context):
        return
    names = ", ".join(workload.name for workload in task_subnet.workloads)
    yield Fault(
        detail=f"{task_subnet.subnet_id}, a task subnet of {names}, does not exist",
        evidence=(
            *(proof_of_naming(workload, "subnets", task_subnet.subnet_id) for workload in task_subnet.workloads),
            proof_of("ec2:DescribeSubnets", task_subnet.subnet_id, "SubnetId", None),
        ),
        values=update_command_values(
            task_subnet.workloads,
            context.cluster.name,
            subnets=frozenset({task_subnet.subnet_id}),
            groups=frozenset(),
        ),
    )
