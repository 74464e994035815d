"""SUB006."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity

MAX_SUBNETS = 16
"""Subnets in one awsvpcConfiguration; not adjustable (Amazon ECS endpoints and quotas, AWS General Reference)."""
MAX_SECURITY_GROUPS = 5
"""Security groups in one awsvpcConfiguration; not adjustable (same source)."""


@check(
    id="SUB006",
    title="Too many subnets or security groups in one awsvpcConfiguration",
    severity=Severity.HIGH,
    resource="service",
    source="doc",
    statements=("S23", "S34"),
    symptoms=("service.unsteady",),
    proof=(
        "ecs:DescribeServices networkConfiguration.awsvpcConfiguration.subnets",
        "ecs:DescribeServices networkConfiguration.awsvpcConfiguration.securityGroups",
    ),
    fix=(
        "Keep at most 16 subnets and 5 security groups; join the rules of several groups in one. "
        "The quotas cannot be raised."
    ),
    commands=(
        (
            "aws ecs describe-services --cluster {cluster} --services {service} "
            "--query 'services[].networkConfiguration.awsvpcConfiguration'"
        ),
    ),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/general/latest/gr/ecs-service.html",
    ),
    controls=("wellarchitected/REL01-BP03",),
    subjects=awsvpc_workloads,
)
def too_many_subnets_or_groups(workload: Workload, context: Context) -> Iterator[Fault]:
    """An awsvpcConfiguration takes at most 16 subnets and 5 security groups.

    AWS rejects a create or update with more, so the configuration seen here cannot be deployed again.

    ## Why it happens
    Templates that pass every subnet of a large VPC, or one group for each peer.

    ## What it cannot see
    Requests that AWS rejected: they left no service behind. Standalone tasks do not keep their awsvpcConfiguration.
    """
    if workload.service is None and workload.launch is None:
        return
    counted = (
        ("subnets", "subnets", len(set(workload.subnets)), MAX_SUBNETS),
        ("security groups", "securityGroups", len(set(workload.security_groups)), MAX_SECURITY_GROUPS),
    )
    excess = [each for each in counted if each[2] > each[3]]
    if not excess:
        return
    yield Fault(
        detail=f"{workload.name} names "
        + " and ".join(f"{count} {what} (AWS allows {quota})" for what, _, count, quota in excess),
        evidence=tuple(
            proof_of(
                workload.launch.operation if workload.launch else "ecs:DescribeServices",
                workload.name,
                f"length({workload.launch.path if workload.launch else 'networkConfiguration.awsvpcConfiguration'}"
                f".{member})",
                count,
            )
            for _, member, count, _ in excess
        ),
        values={"cluster": context.cluster.name, "service": workload.name} if workload.service is not None else {},
    )
