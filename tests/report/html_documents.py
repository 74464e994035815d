"""Documents that a page is made of: more of everything than `results` has, for tests with a browser and without."""

import msgspec

from awsvpc_audit.audit import summarize
from awsvpc_audit.findings import (
    AuditResult,
    BaselineComparison,
    BlockedBy,
    NetworkSubnet,
    NotAudited,
    PathDocument,
    PathFlow,
    PathHop,
    Report,
    ResourceRef,
    ScopeSummary,
    ServiceNetwork,
    Severity,
    Status,
    Tool,
    Verdict,
    Waiver,
    WaiverUse,
)
from tests.report.results import NAT_FAILED, READ_AT, a_finding, an_audit, in_trouble, not_told, ref

TASKS = "service:prod/worker"


def hop(kind: str, hop_id: str, verdict: str = "allow", direction: str = "egress", detail: str = "as it is") -> PathHop:
    return msgspec.convert(
        {"kind": kind, "id": hop_id, "direction": direction, "verdict": verdict, "detail": detail}, PathHop
    )


def flow(subnet: str, *hops: PathHop, blocked_by: str | None = None, family: str = "ipv4") -> PathFlow:
    verdicts = {each.verdict for each in hops}
    verdict = Verdict.UNREACHABLE if "deny" in verdicts else Verdict.UNKNOWN if "unknown" in verdicts else None
    return msgspec.convert(
        {
            "subnet": subnet,
            "eni": None,
            "address_family": family,
            "verdict": verdict or Verdict.REACHABLE,
            "hops": hops,
            "blocked_by": None
            if blocked_by is None
            else BlockedBy(check_id=blocked_by, resource=ResourceRef(type="nat_gateway", id="nat-0c3")),
        },
        PathFlow,
    )


def path(destination: str, *flows: PathFlow, source: str = TASKS, missing: tuple[str, ...] = ()) -> PathDocument:
    verdicts = {each.verdict for each in flows}
    return PathDocument(
        source=source,
        destination=destination,
        protocol="tcp",
        port=443,
        verdict=verdicts.pop() if len(verdicts) == 1 else Verdict.PARTIAL,
        flows=flows,
        missing=missing,
    )


def open_way(subnet: str) -> PathFlow:
    return flow(
        subnet,
        hop("security_group", "sg-0d5"),
        hop("route_table", "rtb-0f6", detail="0.0.0.0/0 -> nat-0a1"),
        hop("nat_gateway", "nat-0a1"),
        hop("internet_gateway", "igw-01"),
        hop("network_acl", "acl-0c4", direction="return"),
    )


def blocked_way(subnet: str) -> PathFlow:
    return flow(
        subnet, hop("security_group", "sg-0d5"), hop("nat_gateway", "nat-0c3", "deny", detail="failed"),
        blocked_by="NET006",
    )  # fmt: skip


def a_network(service: str, *paths: PathDocument) -> ServiceNetwork:
    return ServiceNetwork(
        service=service,
        subnets=(
            NetworkSubnet(id="subnet-0aa", availability_zone="us-east-1a", cidr="10.0.1.0/24", running_tasks=2),
            NetworkSubnet(id="subnet-0bb", availability_zone="us-east-1b", cidr="10.0.2.0/24", running_tasks=0),
        ),
        paths=paths,
    )


WORKER_NETWORK = a_network(
    "worker",
    path("internet", open_way("subnet-0aa"), blocked_way("subnet-0bb")),
    path("ecr.api", open_way("subnet-0aa"), blocked_way("subnet-0bb")),
    path(
        "s3",
        flow("subnet-0aa", hop("vpc_endpoint", "vpce-0e1")),
        flow("subnet-0bb", hop("transit_gateway", "tgw-01", "unknown")),
        missing=("ec2:SearchTransitGatewayRoutes",),
    ),
    path("ecr.dkr", open_way("subnet-0aa"), source="i-0a1"),
)
WELL_NETWORK = (path("internet", open_way("subnet-0aa"), open_way("subnet-0bb")),)


def everything() -> AuditResult:
    """An audit with pictures, waivers of every state, and a baseline."""
    result = in_trouble()
    waived = a_finding(
        "SUB006", ref("service", "cron"), status=Status.WAIVED, severity=Severity.LOW, waiver=Waiver(reason="one day")
    )
    controlled = a_finding(
        "AGT001", ref("container_instance", "i-0b2"), severity=Severity.MEDIUM, controls=("own/NO-1",),
        affected=(ref("service", "web"), ref("service", "api")),
    )  # fmt: skip
    findings = (*result.findings, waived, controlled, not_told("AGT002", ref("container_instance", "i-0b2"), "ecs:X"))
    return msgspec.structs.replace(
        result,
        findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
        summary=summarize(findings),
        waivers=(
            a_use("used", "DNS002"),
            a_use("expired", "LBS003"),
            a_use("unmatched", "NET004"),
            a_use("undetermined", "SVC007"),
        ),
        baseline=BaselineComparison(
            created_at=READ_AT.replace(day=1),
            new=3,
            remaining=(a_finding("NET010", ref("network_acl", "acl-remaining")),),
            fixed=(a_finding("SUB001", ref("subnet", "subnet-fixed"), doc_url="javascript:alert(1)"),),
            undetermined=(a_finding("PLC003", ref("cluster", "cluster-undetermined")),),
        ),
        networks=(
            a_network("api", *WELL_NETWORK),
            a_network("cron", *WELL_NETWORK),
            WORKER_NETWORK,
        ),
    )


def a_use(state: str, check: str) -> WaiverUse:
    return msgspec.convert(
        {
            "check": check,
            "resource": "vpc-*",
            "cluster": "*",
            "reason": f"is {state}",
            "expires": "2026-01-31",
            "state": state,
            "findings": 1,
        },
        WaiverUse,
    )


def many(number: int, **more: object) -> AuditResult:
    """An audit with a number of findings of one check, of services in turns."""
    return an_audit(
        *(
            a_finding("NET010", ref("network_acl", f"acl-{n:04d}"), affected=(ref("service", f"s{n % 3}"),), **more)
            for n in range(number)
        )
    )


def a_report() -> Report:
    """Three clusters: one with everything, one with a fault alone, one that is well; and one that was not audited."""
    audits = (
        everything(),
        in_cluster(an_audit(NAT_FAILED, services=("api",)), "staging", "eu-west-1"),
        in_cluster(an_audit(services=("docs",)), "sandbox", "us-east-1"),
    )
    findings = [finding for audit in audits for finding in audit.findings]
    return Report(
        tool=Tool(name="awsvpc-audit", version="9.9.9"),
        started_at=READ_AT,
        finished_at=READ_AT,
        summary=summarize(findings),
        scopes=tuple(
            ScopeSummary(
                account=audit.scope.account,
                region=audit.scope.region,
                cluster=audit.scope.cluster,
                summary=audit.summary,
                services=len(audit.scope.services),
                in_trouble=tuple(diagnosis.subject.id for diagnosis in audit.diagnoses),
            )
            for audit in audits
        ),
        not_audited=(NotAudited(account=None, region="ap-south-1", cluster=None, error="no credentials there"),),
        waivers=(a_use("expired", "LBS003"),),
        audits=audits,
    )


def in_cluster(result: AuditResult, cluster: str, region: str) -> AuditResult:
    return msgspec.structs.replace(result, scope=msgspec.structs.replace(result.scope, cluster=cluster, region=region))
