"""LBS002."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._subjects import awsvpc_workloads, load_balancers_of
from awsvpc_audit.findings import ResourceRef, Severity


@check(
    id="LBS002",
    title="Classic Load Balancer in front of an awsvpc service",
    severity=Severity.CRITICAL,
    resource="load_balancer",
    source="doc",
    statements=("S25", "S34"),
    symptoms=("run.health-elb", "service.unsteady"),
    proof=("ecs:DescribeServices loadBalancers[].loadBalancerName",),
    fix="Put an Application or Network Load Balancer with a target group of type ip in its place.",
    commands=("aws elb describe-load-balancers --load-balancer-names {load_balancer}",),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        f"{DOCS_URL}/service-load-balancing.html",
    ),
    subjects=awsvpc_workloads,
)
def classic_load_balancer(workload: Workload, _context: Context) -> Iterator[Fault]:
    """Services in awsvpc mode work with Application and Network Load Balancers, not with Classic ones.

    A Classic Load Balancer registers instances; a task with an ENI of its own is none. Its tasks get no traffic from
    it.

    ## Why it happens
    The service was in bridge mode and was changed to awsvpc; the load balancer stayed.

    ## What it cannot see
    Load balancers that reach the tasks without ECS knowing of them.
    """
    for load_balancer in load_balancers_of(workload):
        name = load_balancer.load_balancer_name
        if not name or load_balancer.target_group_arn:
            continue
        yield Fault(
            detail=f"{name} is a Classic Load Balancer; {workload.name} runs in awsvpc mode",
            evidence=(proof_of("ecs:DescribeServices", workload.name, "loadBalancers[].loadBalancerName", name),),
            resource=ResourceRef(type="load_balancer", id=name),
            affected=(workload.ref,),
            values={"load_balancer": name},
        )
