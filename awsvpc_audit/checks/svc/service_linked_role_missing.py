"""SVC003."""

from collections.abc import Iterator
from dataclasses import dataclass

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.findings import ResourceRef, Severity
from awsvpc_audit.model.iam import SERVICE_LINKED_ROLE


@dataclass(frozen=True, slots=True)
class ServiceLinkedRole:
    """The service-linked role of Amazon ECS, with the awsvpc workloads that cannot do without."""

    partition: str
    account: str
    workloads: tuple[Workload, ...]

    @property
    def ref(self) -> ResourceRef:
        """Named by its name, whether it exists or not."""
        path = "role/aws-service-role/ecs.amazonaws.com"
        return ResourceRef(
            type="iam_role",
            id=SERVICE_LINKED_ROLE,
            arn=f"arn:{self.partition}:iam::{self.account}:{path}/{SERVICE_LINKED_ROLE}",
        )

    @property
    def affected(self) -> tuple[ResourceRef, ...]:
        """Whose ENIs and targets ECS manages with it."""
        return tuple(workload.ref for workload in self.workloads)


def service_linked_role(context: Context) -> Iterator[ServiceLinkedRole]:
    """The role, where the cluster has awsvpc workloads."""
    if context.workloads:
        yield ServiceLinkedRole(context.scope.partition, context.scope.account, context.workloads)
    context.cluster.require_services()


@check(
    id="SVC003",
    title="The service-linked role of Amazon ECS is missing",
    severity=Severity.CRITICAL,
    resource="iam_role",
    source="doc",
    statements=("S12", "S29"),
    symptoms=(
        "start.eni-attach",
        "start.eni-timeout",
        "start.role",
        "start.other",
        "run.health-elb",
        "service.unsteady",
    ),
    proof=("iam:GetRole RoleName",),
    fix="Create the service-linked role; nothing else has to be changed.",
    commands=("aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com",),
    references=(
        f"{DOCS_URL}/using-service-linked-roles.html",
        f"{DOCS_URL}/task-networking-awsvpc.html",
    ),
    subjects=service_linked_role,
)
def service_linked_role_missing(role: ServiceLinkedRole, context: Context) -> Iterator[Fault]:
    """ECS makes and attaches task ENIs, and registers tasks with load balancers, as the role AWSServiceRoleForECS.

    The account has no such role, so ECS can do neither: new awsvpc tasks get no ENI. It is one role for all Regions.

    ## Why it happens
    ECS creates it with the first cluster or service, if whoever creates that may call iam:CreateServiceLinkedRole.
    AWS lets nobody delete it while clusters exist, but an account may be older than the role.

    ## What it cannot see
    Whether a service control policy of the organization denies what the role's own policy allows. The role is looked
    up by its name alone.
    """
    # IAM compares role names without regard to case, and CreateServiceLinkedRole decides how it is written.
    if any(each.role_name.lower() == SERVICE_LINKED_ROLE.lower() for each in context.scope.roles.known()):
        return
    if context.scope.roles.get(SERVICE_LINKED_ROLE) is None:
        yield Fault(
            detail=f"Account {role.account} has no role {SERVICE_LINKED_ROLE}",
            evidence=(proof_of("iam:GetRole", SERVICE_LINKED_ROLE, "RoleName", None),),
        )
