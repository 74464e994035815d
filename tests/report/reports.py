"""Documents made by hand that hold all that a report can say beside its findings: for writers and their validators."""

import random
from typing import Any

import msgspec

from awsvpc_audit.audit import summarize
from awsvpc_audit.findings import (
    AuditResult,
    BaselineComparison,
    BaselineCounts,
    NotAudited,
    Report,
    ScopeSummary,
    Status,
    WaiverUse,
)
from awsvpc_audit.model.gaps import Missing
from awsvpc_audit.report.options import Document
from tests.report.results import HOSTILE, READ_AT, a_finding, an_audit, hostile, in_trouble, not_told, passed, ref
from tests.world import healthy

EXPIRED = WaiverUse(
    check="NET006",
    resource="nat-*",
    cluster="*",
    reason="the new one is ordered",
    expires="2026-11-01",
    state="expired",
    findings=1,
)
UNMATCHED = WaiverUse(
    check="DNS001", resource="*", cluster="prod", reason="no names", expires=None, state="unmatched", findings=0
)
USED = WaiverUse(check="DNS002", resource="*", cluster="*", reason="no names", expires=None, state="used", findings=1)


def compared() -> AuditResult:
    """An audit against a baseline: one finding new, one remaining, one fixed, one that cannot be told now."""
    return msgspec.structs.replace(
        an_audit(a_finding("NET006", ref("nat_gateway", "nat-new"))),
        baseline=BaselineComparison(
            created_at=READ_AT,
            new=1,
            remaining=(a_finding("NET006", ref("nat_gateway", "nat-old")),),
            fixed=(a_finding("SUB001", ref("subnet", "subnet-fixed")),),
            undetermined=(a_finding("SUB001", ref("subnet", "subnet-unread")),),
        ),
        waivers=(EXPIRED, UNMATCHED, USED),
    )


def in_region(audit: AuditResult, region: str) -> AuditResult:
    return msgspec.structs.replace(audit, scope=msgspec.structs.replace(audit.scope, region=region))


def a_report(*audits: AuditResult, **more: Any) -> Report:
    members: dict[str, Any] = {
        "tool": audits[0].tool,
        "started_at": READ_AT,
        "finished_at": READ_AT,
        "summary": summarize(finding for audit in audits for finding in audit.findings),
        "scopes": tuple(
            ScopeSummary(
                account=audit.scope.account,
                region=audit.scope.region,
                cluster=audit.scope.cluster,
                summary=audit.summary,
                services=len(audit.scope.services),
            )
            for audit in audits
        ),
        "audits": audits,
    }
    return Report(**members | more)


def whole_report() -> Report:
    """Two clusters of one name in two Regions, one that was not audited, a Region that was not, waivers, a baseline."""
    nothing_before = BaselineComparison(created_at=READ_AT, new=2)
    everything = msgspec.structs.replace(in_trouble(), baseline=nothing_before)
    return a_report(
        everything,
        in_region(everything, "eu-west-1"),
        in_region(compared(), "us-west-1"),
        not_audited=(
            NotAudited(account="123456789012", region="us-east-1", cluster="gone", error="ClusterNotFound"),
            NotAudited(account=None, region="ap-south-2", cluster=None, error="the Region is not enabled"),
        ),
        waivers=(EXPIRED, UNMATCHED, USED),
        baseline=BaselineCounts(
            new=1, remaining=1, fixed=1, undetermined=1, left_out=("123456789012/us-west-2/retired",)
        ),
    )


def hostile_report() -> Report:
    """All of it written by an attacker."""
    evil = msgspec.structs.replace(EXPIRED, resource=HOSTILE, reason=HOSTILE, cluster=HOSTILE)
    return a_report(
        msgspec.structs.replace(hostile(), baseline=BaselineComparison(created_at=None, new=2)),
        not_audited=(NotAudited(account=None, region="us-east-1", cluster=HOSTILE, error=HOSTILE),),
        waivers=(evil,),
        baseline=BaselineCounts(new=0, remaining=0, fixed=0, undetermined=0, left_out=(HOSTILE,)),
    )


def undated() -> AuditResult:
    """An audit of a snapshot that does not say when it was taken."""
    audit = an_audit(
        a_finding("NET006", ref("nat_gateway", "nat-1")),
        not_told("SVC007", ref("iam_role", "role"), "iam:GetRole"),
        passed("ENI001", ref("cluster", "prod")),
        a_finding("DNS002", ref("vpc", "vpc-1"), status=Status.WAIVED),
        missing=(Missing(operation="iam:GetRole", error="NotCollected", because=("ecs:DescribeTaskDefinition",)),),
        source="snapshot",
    )
    collection = msgspec.structs.replace(audit.collection, started_at=None, finished_at=None)
    return msgspec.structs.replace(audit, collection=collection)


def from_a_world() -> AuditResult:
    """The audit of an account in which much is broken and much was not read, with the checks' own words.

    Of what passes only a few findings are left: validators take their time over each.
    """
    world = healthy()
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 0
    world.deny("ec2:DescribeRouteTables")
    world.deny("iam:GetRole")
    audit = world.audit()
    told = [finding for finding in audit.findings if finding.status is not Status.PASS]
    well = [finding for finding in audit.findings if finding.status is Status.PASS]
    return msgspec.structs.replace(audit, findings=(*told, *well[:3]))


def documents() -> dict[str, Document]:
    """Every kind of document, by what it is."""
    return {
        "everything": in_trouble(),
        "hostile": hostile(),
        "empty": an_audit(),
        "compared": compared(),
        "undated": undated(),
        "from a world": from_a_world(),
        "report": whole_report(),
        "hostile report": hostile_report(),
    }


def shuffled_gaps(seed: int) -> AuditResult:
    """The same gaps in another order."""
    gaps = [
        Missing(operation=f"ec2:Describe{name}", error=error)
        for name in ("Subnets", "Vpcs", "RouteTables")
        for error in ("Throttled", "AccessDenied")
    ]
    random.Random(seed).shuffle(gaps)  # noqa: S311
    return an_audit(missing=tuple(gaps))
