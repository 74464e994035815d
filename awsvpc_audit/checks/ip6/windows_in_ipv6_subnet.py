"""IP6005."""

import contextlib
from collections.abc import Iterator

from awsvpc_audit.analyzers.operating_system import is_windows
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.checks.ip6._dual_stack import BLOCK_FIELD, blocks, subnets_with_ipv6
from awsvpc_audit.findings import Evidence, Severity
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="IP6005",
    title="Windows tasks in subnets with IPv6",
    severity=Severity.HIGH,
    resource="service",
    source="doc",
    statements=("S35",),
    proof=(
        "ecs:DescribeTaskDefinition runtimePlatform.operatingSystemFamily",
        "ecs:DescribeContainerInstances attributes[ecs.os-type]",
        "ecs:DescribeServices platformFamily",
        "ec2:DescribeSubnets Ipv6CidrBlockAssociationSet",
    ),
    fix="Put Windows tasks in subnets that have an IPv4 block only.",
    commands=(
        (
            "aws ec2 describe-subnets --filters Name=vpc-id,Values={vpc_id} "
            "--query 'Subnets[?!Ipv6CidrBlockAssociationSet].[SubnetId,AvailabilityZone,CidrBlock]'"
        ),
    ),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        f"{DOCS_URL}/fargate-task-networking.html",
    ),
    subjects=awsvpc_workloads,
)
def windows_in_ipv6_subnet(workload: Workload, context: Context) -> Iterator[Fault]:
    """AWS supports neither dual-stack nor IPv6-only subnets for Windows tasks in awsvpc mode.

    The tasks of this service run Windows, and some of its task subnets have an IPv6 block. Do not count on an IPv6
    address for them; in an IPv6-only subnet they have no address at all.

    ## Why it happens
    A VPC was moved to dual-stack for its Linux tasks, and Windows services share the subnets.

    ## What it cannot see
    The operating system of an image: it goes by the task definition's runtime platform, the service's platform family
    and the instances that tasks run on. Where none of them says Windows, the tasks count as Linux.
    """
    with contextlib.suppress(NotCollectedError):
        if not is_windows(workload, context.cluster):
            return
    subnets = subnets_with_ipv6(workload.subnets, context)
    if not subnets or not is_windows(workload, context.cluster):
        return
    names = ", ".join(f"{s.subnet_id} ({'IPv6-only' if s.ipv6_native else 'dual-stack'})" for s in subnets)
    vpc_id = subnets[0].vpc_id
    yield Fault(
        detail=f"{workload.name} runs Windows tasks in {names}",
        evidence=(
            _proof_of_windows(workload, context),
            *(proof_of("ec2:DescribeSubnets", s.subnet_id, BLOCK_FIELD, blocks(s)) for s in subnets),
        ),
        values={"vpc_id": vpc_id} if vpc_id else {},
    )


def _proof_of_windows(workload: Workload, context: Context) -> Evidence:
    if workload.platform_family:
        operation = "ecs:DescribeServices" if workload.service else "ecs:DescribeTasks"
        return proof_of(operation, workload.name, "platformFamily", workload.platform_family)
    definition = context.scope.task_definitions.peek(workload.task_definition_arn or "")
    if definition is not None and definition.is_windows and definition.runtime_platform:
        family = definition.runtime_platform.operating_system_family
        field = "runtimePlatform.operatingSystemFamily"
        return proof_of("ecs:DescribeTaskDefinition", definition.short_name, field, family)
    return proof_of("ecs:DescribeContainerInstances", workload.name, "attributes[ecs.os-type]", "windows")
