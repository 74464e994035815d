"""SVC006."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from awsvpc_audit.analyzers.iam_policy import Answer, Is, Request, evaluate
from awsvpc_audit.analyzers.starting import Start, needs_execution_role, role_arn, role_name
from awsvpc_audit.analyzers.workloads import Compute
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, known, proof_of
from awsvpc_audit.checks._starts import StartingDefinition, starting_definitions, starts
from awsvpc_audit.findings import Evidence, ResourceRef, Severity

SYMPTOMS = ("start.role", "start.pull-auth", "start.other")
"""What tasks show whose role cannot be taken on: AWS says so, or says no more than that the start failed."""

_PULL_BY_EXECUTION_ROLE: dict[Compute | None, str] = {
    Compute.FARGATE: " on Fargate",
    Compute.MANAGED_INSTANCES: " on Managed Instances",
}
"""Where the execution role pulls images and writes logs, and how a detail says so."""

TASKS = "ecs-tasks.amazonaws.com"
"""The service that takes on the roles of tasks."""


@dataclass(frozen=True, slots=True)
class TaskRole:
    """A role that a task definition gives to tasks which do not start.

    Attributes:
        arn: of the role, whether it exists or not.
        member: of the task definition: `executionRoleArn` or `taskRoleArn`.
        starts: what does not start.
    """

    arn: str
    member: str
    starts: tuple[Start, ...]

    @property
    def ref(self) -> ResourceRef:
        """Named by its name."""
        return ResourceRef(type="iam_role", id=role_name(self.arn), arn=self.arn)

    @property
    def affected(self) -> tuple[ResourceRef, ...]:
        """Who does not start."""
        return tuple(dict.fromkeys(start.ref for start in self.starts))


def definitions_and_roles(context: Context) -> Iterator[StartingDefinition | TaskRole]:
    """The roles of what does not start, then every task definition in use."""
    roles: dict[tuple[str, str], list[Start]] = {}
    for start in starts(context).known:
        if not start.may_be("SVC006", *SYMPTOMS):
            continue
        for member, role in (
            ("executionRoleArn", start.definition.execution_role_arn),
            ("taskRoleArn", start.definition.task_role_arn),
        ):
            if role:
                arn = role_arn(role, context.scope.partition, context.scope.account)
                roles.setdefault((arn, member), []).append(start)
    for (arn, member), users in sorted(roles.items(), key=lambda item: item[0]):
        yield TaskRole(arn, member, tuple(users))
    yield from starting_definitions(context)


@check(
    id="SVC006",
    title="The execution role is missing, does not exist, or does not trust ECS tasks",
    severity=Severity.CRITICAL,
    resource="iam_role",
    source="+",
    symptoms=("start.role",),
    proof=(
        "ecs:DescribeTaskDefinition executionRoleArn",
        "iam:GetRole RoleName",
        "iam:GetRole AssumeRolePolicyDocument",
    ),
    fix=(
        "Give the task definition an execution role that exists and that trusts ecs-tasks.amazonaws.com, and deploy "
        "the new revision."
    ),
    commands=(
        "aws iam get-role --role-name {role}",
        "aws ecs describe-task-definition --task-definition {task_definition}",
    ),
    references=(
        f"{DOCS_URL}/task_execution_IAM_role.html",
        f"{DOCS_URL}/task-iam-roles.html",
        f"{DOCS_URL}/private-auth.html",
    ),
    subjects=definitions_and_roles,
)
def execution_role_missing(subject: StartingDefinition | TaskRole, context: Context) -> Iterator[Fault]:
    """ECS takes on the execution role to pull the image, fetch secrets and write logs before a task runs. It cannot.

    The task definition names no role though it needs one, or it names one that does not exist or that ECS may not take
    on. The same is checked of the task role. No task of this definition starts.

    ## Why it happens
    The role was deleted or is in another account, its trust policy names another service (`ecs.amazonaws.com` or
    `ec2.amazonaws.com` for `ecs-tasks.amazonaws.com`), or is limited to another account or Region by a condition.

    ## What it cannot see
    Whether whoever creates the service may pass the role. Conditions of a trust policy other than on the account or
    the source ARN count as met. Roles are looked up only where tasks do not start: running ones have theirs.
    """
    if isinstance(subject, StartingDefinition):
        yield from _not_named(subject)
        return
    account = subject.arn.split(":")[4]
    if account != context.scope.account:
        yield Fault(
            detail=f"The role {subject.ref.id} is in account {account}; tasks take roles of their own account alone",
            evidence=(_named(subject),),
        )
        return
    # IAM compares role names without regard to case.
    role = next((r for r in context.scope.roles.known() if r.role_name.lower() == subject.ref.id.lower()), None)
    if role is None and context.scope.roles.get(subject.ref.id) is None:
        yield Fault(
            detail=f"The role {subject.ref.id} does not exist",
            evidence=(_named(subject), proof_of("iam:GetRole", subject.ref.id, "RoleName", None)),
        )
        return
    trust: Any = role.assume_role_policy_document if role else None
    policy = known(trust, "iam:GetRole", "AssumeRolePolicyDocument")
    request = Request(
        action="sts:AssumeRole",
        resource="*",
        principal=f"service:{TASKS}",
        keys={
            "aws:sourceaccount": Is(context.scope.account),
            "aws:sourcearn": Is(context.cluster.arn.rpartition(":")[0] + ":*"),
        },
    )
    if evaluate(policy, request).answer is Answer.DENIED:
        yield Fault(
            detail=f"The trust policy of {subject.ref.id} does not let {TASKS} take on the role",
            evidence=(
                _named(subject),
                proof_of("iam:GetRole", subject.ref.id, "AssumeRolePolicyDocument", f"no sts:AssumeRole for {TASKS}"),
            ),
            values={"role": subject.ref.id},
        )


def _named(subject: TaskRole) -> Evidence:
    definition = subject.starts[0].definition.short_name
    return proof_of("ecs:DescribeTaskDefinition", definition, subject.member, subject.arn)


def _not_named(subject: StartingDefinition) -> Iterator[Fault]:
    definition = subject.definition
    if definition.execution_role_arn:
        return
    compute = next((each for each in _PULL_BY_EXECUTION_ROLE if each in subject.computes), None)
    needed = needs_execution_role(definition, compute)
    if needed is not None:
        on = _PULL_BY_EXECUTION_ROLE.get(compute, "")
        yield Fault(
            detail=f"{definition.short_name} has no execution role, and needs one{on} for {needed.thing}",
            evidence=(
                proof_of("ecs:DescribeTaskDefinition", definition.short_name, "executionRoleArn", None),
                proof_of("ecs:DescribeTaskDefinition", definition.short_name, needed.field, needed.value),
            ),
        )
