"""SVC007."""

from collections.abc import Iterator
from dataclasses import dataclass

from awsvpc_audit.analyzers.permissions import Permission, permissions_of
from awsvpc_audit.analyzers.starting import Start, role_arn, role_name
from awsvpc_audit.analyzers.workloads import Compute
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._starts import FailingStart, as_told, failing_starts
from awsvpc_audit.findings import ResourceRef, Severity
from awsvpc_audit.model import iam
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.scope import Scope

SIMULATE = "iam:SimulatePrincipalPolicy"


@check(
    id="SVC007",
    title="The execution role may not do what the start of its tasks needs",
    severity=Severity.HIGH,
    resource="iam_role",
    source="+",
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "iam:SimulatePrincipalPolicy EvalDecision",
        "ecs:DescribeTaskDefinition executionRoleArn",
        "iam:GetRole RoleName",
        "iam:GetInstanceProfile Roles",
        "ec2:DescribeInstances IamInstanceProfile",
        "secretsmanager:DescribeSecret ARN",
        "secretsmanager:DescribeSecret KmsKeyId",
        "logs:DescribeLogGroups logGroupName",
    ),
    fix=(
        "Allow the role the actions that are named, on the resources that are named: AmazonECSTaskExecutionRolePolicy "
        "covers images and log streams, secrets and parameters need a policy of their own."
    ),
    commands=(
        (
            "aws iam simulate-principal-policy --policy-source-arn {role_arn} --action-names {action} "
            "--resource-arns {resource}"
        ),
    ),
    references=(
        f"{DOCS_URL}/task_execution_IAM_role.html",
        f"{DOCS_URL}/task_cannot_pull_image.html",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html",
    ),
    subjects=failing_starts,
)
def role_not_allowed(subject: FailingStart, context: Context) -> Iterator[Fault]:
    """Before a task runs, calls are made for it with its execution role. IAM's simulator says that one is not allowed.

    On Amazon EC2 the host pulls images and writes logs with the instance role; there the instance role is judged, and
    only where the execution role may not do it either.

    ## Why it happens
    The role has the managed policy for images and logs, and none for the secrets; a policy names a secret without the
    six characters that end its ARN, or a log group without the `:*` after it; a permissions boundary or a service
    control policy takes away what the policy gives.

    ## What it cannot see
    Policies of the resources themselves: a repository, secret or key that admits the role by its own policy, or refuses
    it. Keys of AWS KMS that parameters are encrypted with. Conditions on what is known at the time of the call alone
    make it unknown. Only tasks that do not start are looked into.
    """
    start, scope = subject.start, context.scope
    arns = {row.secret_id: row.arn for row in scope.secrets.known() if row.secret_id and row.arn}
    keys = {row.secret_id: row.kms_key_id for row in scope.secrets.known() if row.secret_id and row.kms_key_id}
    gap: dict[str, None] = {}
    for permission in permissions_of(start.definition, scope, arns, keys):
        if permission.is_presigned or not start.may_be("SVC007", *permission.symptoms):
            continue
        try:
            yield from as_told(start, _judged(permission, start, context), context)
        except NotCollectedError as error:
            gap |= dict.fromkeys(error.operations)
    if gap:
        raise NotCollectedError(tuple(gap))


def _judged(permission: Permission, start: Start, context: Context) -> Iterator[Fault]:
    scope = context.scope
    if permission.creates is not None and scope.log_groups.get(permission.creates) is not None:
        return
    role = start.definition.execution_role_arn
    execution = role_arn(role, scope.partition, scope.account) if role else None
    if execution is not None and scope.roles.get(role_name(execution)) is None:
        execution = None  # that there is no such role is SVC006
    own = _denied(execution, permission, scope) if execution else ()
    if not (permission.by_host and start.compute is Compute.EC2):
        if execution is not None and own:
            yield _fault(execution, own, permission, start)
        return
    if execution is not None and not own:
        return
    for arn in _instance_roles(start, context):
        denied = _denied(arn, permission, scope)
        if denied:
            yield _fault(arn, denied, permission, start)


@dataclass(frozen=True, slots=True)
class _Denial:
    action: str
    decision: str


def _denied(role: str, permission: Permission, scope: Scope) -> tuple[_Denial, ...]:
    """The actions that a role is refused.

    Raises:
        NotCollectedError: the simulator was not asked, or could not tell.
    """
    scope.simulations.get(role)
    found: list[_Denial] = []
    for action in permission.actions:
        decision, missing = _decision(role, action, permission.resource, scope)
        # Of a key it is known only since the secret was described: a snapshot may hold no question about it.
        if decision == "allowed" or (decision is None and permission.service == "kms"):
            continue
        if decision is None or missing:
            raise NotCollectedError((SIMULATE,), f"{action} on {permission.resource}")
        found.append(_Denial(action, decision))
    return tuple(found)


def _decision(role: str, action: str, resource: str, scope: Scope) -> tuple[str | None, tuple[str, ...]]:
    """The simulator's decision, and the condition keys whose values it lacked."""
    rows: tuple[iam.EvaluationResult, ...] = scope.simulations.known_where(
        "role and action", lambda row: ((row.policy_source_arn, row.eval_action_name),), (role, action)
    )
    for row in rows:
        for specific in row.resource_specific_results:
            if specific.eval_resource_name == resource and specific.eval_resource_decision:
                missing = (*specific.missing_context_values, *row.missing_context_values)
                return specific.eval_resource_decision, missing
        if row.eval_resource_name == resource:
            return row.eval_decision, row.missing_context_values
    return None, ()


def _instance_roles(start: Start, context: Context) -> tuple[str, ...]:
    """The roles of the hosts on which the tasks failed, else of all hosts of the cluster."""
    hosts = {i.container_instance_arn: i.instance_id for i in context.cluster.container_instances}
    failed_on = [hosts[arn] for arn in start.container_instances if arn in hosts]
    found: dict[str, None] = {}
    for instance_id in failed_on or hosts.values():
        instance = context.scope.instances.get(instance_id)
        role = context.scope.instance_role_of(instance) if instance is not None else None
        if role is not None and role.arn:
            found[role.arn] = None
    return tuple(sorted(found))


def _fault(role: str, denied: tuple[_Denial, ...], permission: Permission, start: Start) -> Fault:
    name = role_name(role)
    actions = " and ".join(denial.action for denial in denied)
    simulated = tuple(
        proof_of(SIMULATE, name, f"EvalDecision of {denial.action} on {permission.resource}", denial.decision)
        for denial in denied
    )
    named = proof_of("ecs:DescribeTaskDefinition", start.definition.short_name, permission.field, permission.value)
    return Fault(
        detail=f"{name} is not allowed {actions} on {permission.resource} ({denied[0].decision})",
        evidence=(*simulated, named),
        resource=ResourceRef(type="iam_role", id=name, arn=role),
        affected=(start.ref,),
        values={"role_arn": role, "action": denied[0].action, "resource": permission.resource},
    )
