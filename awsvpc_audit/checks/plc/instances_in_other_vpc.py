"""PLC007."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._placement import command_values, ec2_workloads, outlook_of_waiting, waiting_evidence, waits
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="PLC007",
    title="Container instances are in another VPC than the task subnets",
    severity=Severity.CRITICAL,
    resource="service",
    source="+",
    statements=("S6",),
    symptoms=("place.attribute",),
    proof=(
        "ecs:DescribeContainerInstances attributes[ecs.vpc-id]",
        "ec2:DescribeInstances VpcId",
        "ec2:DescribeSubnets VpcId",
    ),
    fix="Give the service subnets of the VPC that the container instances are in, or start instances in its VPC.",
    commands=(
        (
            "aws ecs describe-services --cluster {cluster} --services {service} "
            "--query 'services[].networkConfiguration.awsvpcConfiguration'"
        ),
    ),
    references=(f"{DOCS_URL}/task-networking-awsvpc.html", f"{DOCS_URL}/container-instance-eni.html"),
    subjects=ec2_workloads,
)
def instances_in_other_vpc(workload: Workload, context: Context) -> Iterator[Fault]:
    """A task ENI attaches to instances of its own VPC only. All instances are in another VPC than the task subnets.

    ECS says then that no instance has an attribute that the task requires.

    ## Why it happens
    A cluster is no part of a VPC, so nothing stops a service from naming subnets of another one: templates with the
    ids of another environment do.

    ## What it cannot see
    Which of the two is meant.
    """
    outlook = outlook_of_waiting(workload, context)
    if outlook is None or not outlook.active:
        return
    if outlook.demand.subnets is None:
        raise NotCollectedError(outlook.demand.missing)
    blocked = [s for s in outlook.active if any(r.code == "vpc" for r in s.reasons)]
    if len(blocked) < len(outlook.active):
        return
    unread = [r for s in blocked if "vpc" not in s.codes for r in s.reasons if r.code == "vpc"]
    if unread:
        raise NotCollectedError(tuple(dict.fromkeys(op for r in unread for op in r.missing)))
    yield Fault(
        detail=(
            f"{waits(outlook)}: its subnets are in {', '.join(sorted(outlook.demand.vpcs))}, and the instances are in "
            f"{', '.join(sorted({s.candidate.vpc_id or '?' for s in blocked}))}"
        ),
        evidence=(
            *(
                proof_of("ec2:DescribeSubnets", subnet_id, "VpcId", subnet.vpc_id)
                for subnet_id, subnet in sorted(outlook.demand.subnets.items())
            ),
            *(
                proof_of("ecs:DescribeContainerInstances", s.candidate.id, "attributes[ecs.vpc-id]", s.candidate.vpc_id)
                if "ecs.vpc-id" in s.candidate.attributes
                else proof_of("ec2:DescribeInstances", s.candidate.id, "VpcId", s.candidate.vpc_id)
                for s in blocked
            ),
            *waiting_evidence(workload),
        ),
        values=command_values(context, workload),
    )
