"""Audits made by hand, for writers: records of `findings` with what a test does not care about filled in."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from awsvpc_audit.audit import summarize
from awsvpc_audit.findings import (
    Amount,
    AuditResult,
    Capacity,
    Cause,
    Cleared,
    Collection,
    Confidence,
    Diagnosis,
    EniSlots,
    Evidence,
    Finding,
    InstanceCapacity,
    Remediation,
    ResourceRef,
    ScopeRef,
    Severity,
    Status,
    SubjectRef,
    SymptomSeen,
    TaskCounts,
    Tool,
    TrunkingState,
    Waiver,
    WaiverUse,
    fingerprint,
)
from awsvpc_audit.model.gaps import Missing

READ_AT = datetime(2026, 11, 22, 23, 14, 2, tzinfo=UTC)


def ref(kind: str, resource_id: str) -> ResourceRef:
    return ResourceRef(type=kind, id=resource_id)


def a_finding(check_id: str, resource: ResourceRef, **more: Any) -> Finding:
    affected = more.get("affected", ())
    members: dict[str, Any] = {
        "check_id": check_id,
        "status": Status.FAIL,
        "severity": Severity.HIGH,
        "title": f"{check_id} is broken",
        "detail": f"{resource.id} is broken",
        "resource": resource,
        "remediation": Remediation(text="Mend it."),
        "doc_url": "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html",
        "fingerprint": fingerprint(check_id, resource, affected),
    }
    return Finding(**members | more)


def passed(check_id: str, resource: ResourceRef) -> Finding:
    return a_finding(check_id, resource, status=Status.PASS, detail=f"{resource.id}: no fault found")


def not_told(check_id: str, resource: ResourceRef, *operations: str) -> Finding:
    return a_finding(
        check_id,
        resource,
        status=Status.UNKNOWN,
        detail=f"{resource.id}: cannot be told without {', '.join(operations)}",
        missing=operations,
    )


def an_audit(
    *findings: Finding,
    diagnoses: tuple[Diagnosis, ...] = (),
    services: tuple[str, ...] = ("api", "web", "worker"),
    missing: tuple[Missing, ...] = (),
    capacity: Capacity | None = None,
    source: str = "live",
) -> AuditResult:
    """An audit of cluster `prod`, with its findings in the order of an audit."""
    collection: dict[str, Any] = {"source": source}
    return AuditResult(
        tool=Tool(name="awsvpc-audit", version="9.9.9"),
        scope=ScopeRef(account="123456789012", partition="aws", region="us-east-1", cluster="prod", services=services),
        collection=Collection(
            **collection,
            started_at=READ_AT.replace(second=0),
            finished_at=READ_AT,
            api_calls=61,
            calls_by_operation={"ec2:DescribeSubnets": 1},
            missing=missing,
        ),
        summary=summarize(findings),
        diagnoses=diagnoses,
        findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
        capacity=capacity or Capacity(cluster="prod", trunking=TrunkingState(setting="disabled")),
    )


def an_instance(instance_id: str, used: int | None, slots: int | None, binding: str = "none") -> InstanceCapacity:
    free = None if used is None or slots is None else slots - used
    return InstanceCapacity(
        ec2_instance_id=instance_id,
        container_instance=f"arn:aws:ecs:us-east-1:123456789012:container-instance/prod/{instance_id}",
        instance_type="c5.large",
        availability_zone="us-east-1a",
        status="ACTIVE",
        agent_version="1.89.0",
        agent_connected=True,
        eni=EniSlots(
            limit=None if slots is None else slots + 1,
            task_slots=slots,
            used_by_tasks=used,
            foreign=0,
            free=free,
            trunk=None,
            limit_source="ec2:DescribeInstanceTypes",
        ),
        cpu=Amount(registered=2048, remaining=1024),
        memory=Amount(registered=3768, remaining=2100),
        binding=binding,
    )


def a_diagnosis(name: str, *causes: Cause, desired: int = 2, running: int = 0, **more: Any) -> Diagnosis:
    members: dict[str, Any] = {
        "subject": SubjectRef(type="service", id=name, cluster="prod"),
        "state": TaskCounts(desired=desired, running=running, pending=0),
        "causes": causes,
    }
    return Diagnosis(**members | more)


NAT = ref("nat_gateway", "nat-0c3")
NAT_FAILED = a_finding(
    "NET006",
    NAT,
    severity=Severity.CRITICAL,
    title="NAT gateway is not available",
    detail="nat-0c3 (us-east-1b) failed: InsufficientFreeAddressesInSubnet",
    affected=(ref("service", "worker"),),
    observed=True,
    evidence=(
        Evidence(operation="ec2:DescribeNatGateways", resource="nat-0c3", field="State", value="failed"),
        Evidence(
            operation="ec2:DescribeNatGateways",
            resource="nat-0c3",
            field="FailureCode",
            value="InsufficientFreeAddressesInSubnet",
        ),
    ),
    remediation=Remediation(
        text="Create a NAT gateway in a subnet with free addresses and point the route at it.",
        commands=(
            "aws ec2 create-nat-gateway --subnet-id subnet-0bb --allocation-id eipalloc-0123456789abcdef0",
            "aws ec2 replace-route --route-table-id rtb-0f6 --destination-cidr-block 0.0.0.0/0 --nat-gateway-id nat-0",
        ),
    ),
)
PULL_FAILED = SymptomSeen(
    code="start.pull-image",
    text="CannotPullContainerError: ref pull has been retried 5 time(s): dial tcp 52.46.14.8:443: i/o timeout",
    at=READ_AT.replace(hour=23, minute=9),
    count=8,
)


def because_of(finding: Finding, confidence: Confidence = Confidence.CONFIRMED) -> Cause:
    return Cause(
        check_id=finding.check_id,
        resource=finding.resource,
        confidence=confidence,
        explanation=finding.detail,
        fix=finding.remediation,
    )


def in_trouble() -> AuditResult:
    """Everything a report can hold, once: a diagnosis with and one without a cause, another fault, unknown, waived.

    Of a waiver there is one of each kind; for a baseline see `reports.compared`.
    """
    listener = a_finding(
        "LBS003",
        ref("load_balancer", "alb-web"),
        detail="alb-web is not enabled in us-east-1c, where web has a subnet",
        affected=(ref("service", "web"),),
        evidence=(
            Evidence(
                operation="elbv2:DescribeLoadBalancers",
                resource="alb-web",
                field="AvailabilityZones[].ZoneName",
                value="us-east-1a, us-east-1b",
            ),
        ),
        remediation=Remediation(text="Enable the zone.", commands=("aws elbv2 set-subnets --subnets subnet-0cc",)),
    )
    waived = a_finding(
        "DNS002",
        ref("vpc", "vpc-main"),
        status=Status.WAIVED,
        severity=Severity.LOW,
        waiver=Waiver(reason="names are not used", expires="2027-01-31"),
    )
    unexplained = a_diagnosis(
        "api",
        desired=6,
        running=2,
        symptoms=(SymptomSeen(code="run.exit", text="Essential container in task exited", at=READ_AT, count=3),),
        cleared=(Cleared(check_id="NET004", detail="rtb-0f6 has a default route to nat-0a1"),),
        unknown=("logs:DescribeLogGroups",),
    )
    audit = an_audit(
        NAT_FAILED,
        listener,
        waived,
        not_told("SVC007", ref("iam_role", "ecsTaskExecutionRole"), "iam:SimulatePrincipalPolicy"),
        passed("ENI001", ref("cluster", "prod")),
        passed("NET006", ref("nat_gateway", "nat-0a1")),
        services=("api", "cron", "mailer", "web", "worker"),
        diagnoses=(a_diagnosis("worker", because_of(NAT_FAILED), symptoms=(PULL_FAILED,)), unexplained),
        missing=(
            Missing(
                operation="iam:SimulatePrincipalPolicy",
                error="AccessDenied",
                message="User: arn:aws:iam::123456789012:user/audit is not authorized",
            ),
        ),
        capacity=Capacity(
            cluster="prod",
            trunking=TrunkingState(setting="disabled"),
            instances=(an_instance("i-0a1", 2, 2, "eni"), an_instance("i-0b2", 0, 2)),
        ),
    )
    return msgspec.structs.replace(
        audit,
        waivers=(
            a_use("DNS002", "vpc-*", "used", expires="2027-01-31", reason="names are not used", findings=1),
            a_use("LBS003", "alb-*", "expired", expires="2026-10-31", reason="zone c comes in autumn", findings=1),
            a_use("SUB001", "subnet-0cc", "unmatched", reason="a small subnet"),
            a_use("SVC007", "*", "undetermined", reason="a role of another team"),
        ),
    )


def a_use(check: str, resource: str, state: str, *, cluster: str = "*", **more: Any) -> WaiverUse:
    members: dict[str, Any] = {"reason": "known", "expires": None, "findings": 0, "state": state}
    return WaiverUse(check=check, resource=resource, cluster=cluster, **members | more)


HOSTILE = '\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>\u202e|`=cmd()\r\n@here [x](javascript:1) \x9b31m\x00"&]]>'


def hostile() -> AuditResult:
    """An audit in which everything that AWS can say was written by an attacker."""
    evil = ref("nat_gateway", HOSTILE)
    fault = a_finding(
        "NET006",
        evil,
        title="NAT gateway is not available",
        detail=HOSTILE,
        affected=(ref("service", HOSTILE),),
        evidence=(Evidence(operation="ec2:DescribeNatGateways", resource=HOSTILE, field="State", value=HOSTILE),),
        remediation=Remediation(text="Mend it.", commands=(f"aws ec2 describe-tags --filters '{HOSTILE}'",)),
    )
    formula = a_finding("SUB001", ref("subnet", "=cmd()"), detail="=cmd()")
    result = an_audit(
        fault,
        formula,
        a_finding("DNS002", evil, status=Status.WAIVED, waiver=Waiver(reason=HOSTILE)),
        not_told("NET004", evil, "ec2:DescribeRouteTables"),
        passed("NET005", evil),
        services=(HOSTILE, f"{HOSTILE}2"),
        diagnoses=(
            a_diagnosis(
                HOSTILE,
                because_of(fault),
                because_of(formula, Confidence.POSSIBLE),
                symptoms=(SymptomSeen(code="unclassified", text=HOSTILE), SymptomSeen(code="run.exit", text=HOSTILE)),
            ),
            a_diagnosis(f"{HOSTILE}3", cleared=(Cleared(check_id="NET004", detail=HOSTILE),)),
        ),
        missing=(
            Missing(operation="ec2:DescribeRouteTables", error="AccessDenied", message=HOSTILE),
            Missing(operation="ec2:DescribeNetworkAcls", error="Throttled", message=HOSTILE),
        ),
        capacity=Capacity(
            cluster=HOSTILE, trunking=TrunkingState(setting="disabled"), instances=(an_instance(HOSTILE, 2, 2, "eni"),)
        ),
    )
    return msgspec.structs.replace(
        result,
        scope=msgspec.structs.replace(result.scope, cluster=HOSTILE),
        waivers=(a_use("DNS002", HOSTILE, "expired", cluster=HOSTILE, reason=HOSTILE, expires="2026-10-31"),),
    )
