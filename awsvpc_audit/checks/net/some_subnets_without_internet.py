"""NET015."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, paths, require_seen
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity, Verdict


@check(
    id="NET015",
    title="Some task subnets reach the internet and others do not",
    severity=Severity.HIGH,
    resource="service",
    source="+",
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(*TRACED,),
    fix="Mend the way out of the subnets named, or take them out of the service's awsvpcConfiguration.",
    references=(f"{DOCS_URL}/task-networking-awsvpc.html", f"{DOCS_URL}/fargate-task-networking.html"),
    subjects=awsvpc_workloads,
)
def some_subnets_without_internet(workload: Workload, context: Context) -> Iterator[Fault]:
    """Whether a task of this workload reaches the internet depends on the subnet that it lands in.

    ECS spreads tasks over the subnets, so some tasks work and some fail, and a new try may help. That looks like
    chance and is not: the other findings name the hop that stops each subnet.

    ## Why it happens
    A subnet was added with another route table, ACL or NAT gateway than the rest, or the way out of one zone broke.

    ## What it cannot see
    What applications in the tasks really call: the traces are for tcp/443 to public addresses.
    """
    answers = [answer for answer in paths(context).internet(workload) if not answer.gap]
    good = [a.subnet_id for a in answers if a.outcome.verdict is Verdict.REACHABLE]
    bad = [(a, a.outcome.block) for a in answers if a.is_blocked]
    if good and bad:
        yield Fault(
            detail=f"tasks of {workload.name} reach the internet from {', '.join(good)} and not from "
            f"{', '.join(a.subnet_id for a, _ in bad)}",
            evidence=tuple(evidence for _, block in bad if block is not None for evidence in block.evidence),
            affected=(workload.ref,),
        )
        return
    require_seen("NET015", workload, context)
