"""What shows that targets are unhealthy for reasons of their own: the load balancer says so, or ECS did."""

import re
from collections import Counter
from dataclasses import dataclass

from awsvpc_audit.analyzers.symptoms import Symptom, symptoms_of
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, proof_of
from awsvpc_audit.checks._subjects import TaskTargetGroup
from awsvpc_audit.findings import Evidence
from awsvpc_audit.model import elbv2
from awsvpc_audit.model.gaps import NotCollectedError

REASONS = {
    "Target.ResponseCodeMismatch": "the container answers with another code than the health check wants",
    "Target.FailedHealthChecks": "the connection is refused or ended before there is an answer",
    "Target.Timeout": "there is no answer in time",
}
"""Reasons that speak of the target itself (TargetHealth in the API reference)."""

_CODE = "run.health-elb"
_IS_GONE = re.compile("is not found", re.IGNORECASE)
"""Reasons that tell of a target, or a target group, that something else took away."""


@dataclass(frozen=True, slots=True)
class Unhealthy:
    """What shows that targets are unhealthy.

    Attributes:
        reasons: how many for each reason: AWS's code, or the text where ECS alone says it.
        evidence: where that was read.
    """

    reasons: Counter[str]
    evidence: tuple[Evidence, ...]

    @property
    def text(self) -> str:
        """The reasons, counted."""
        return ", ".join(f"{count} x {reason}" for reason, count in sorted(self.reasons.items()))


def unhealthy_targets(
    row: elbv2.TargetGroup, workload: Workload, target_group: TaskTargetGroup, context: Context
) -> Unhealthy | None:
    """What shows that targets of a workload are unhealthy for reasons of their own; ``None`` where nothing does.

    Raises:
        NotCollectedError: the service lacks tasks, ECS says no word of health checks, and targets were not read.
    """
    said = _said(row, workload, context)
    try:
        described = context.scope.target_health_of(row.target_group_arn)
    except NotCollectedError:
        # ECS says itself what the load balancer found; without a word of it only a service in trouble is in doubt.
        if not said and workload.short:
            raise
        described = ()
    own = _addresses(workload) if len(target_group.workloads) > 1 else None
    unhealthy = [each for each in described if _is_unhealthy(each, own)]
    if unhealthy:
        reasons = Counter(
            each.target_health.reason for each in unhealthy if each.target_health and each.target_health.reason
        )
        evidence = [
            proof_of(
                "elbv2:DescribeTargetHealth", f"{each.target.id}:{each.target.port}", "TargetHealth", _health(each)
            )
            for each in unhealthy[:5]
            if each.target
        ]
        return Unhealthy(reasons, tuple(evidence))
    if not said or _zones_differ(row, workload, context):
        return None
    return Unhealthy(
        Counter({symptom.text: symptom.count for symptom in said}),
        tuple(proof_of("ecs:DescribeServices", workload.name, "events[].message", symptom.text) for symptom in said),
    )


def _health(each: elbv2.TargetHealthDescription) -> str:
    health = each.target_health or elbv2.TargetHealth()
    text = f"{health.state} {health.reason}"
    return f"{text}: {health.description}" if health.description else text


def _said(row: elbv2.TargetGroup, workload: Workload, context: Context) -> list[Symptom]:
    """Symptoms of a failed health check, of this target group or of none that is named."""
    symptoms = context.once("symptoms", lambda: symptoms_of(context.cluster)).get(("service", workload.name), ())
    found = []
    for symptom in symptoms:
        if symptom.code != _CODE:
            continue
        readings = [r for r in symptom.readings if not _IS_GONE.search(r.carries.get("reason", ""))]
        named = {r.carries["target_group"] for r in readings if "target_group" in r.carries}
        if readings and (not named or any(row.target_group_arn in name for name in named)):
            found.append(symptom)
    return found


def _addresses(workload: Workload) -> frozenset[str]:
    """The private addresses of a workload's tasks, of either family."""
    return frozenset(
        address
        for task in workload.tasks
        for container in task.containers
        for interface in container.network_interfaces
        for address in (interface.private_ipv4_address, interface.ipv6_address)
        if address
    )


def _is_unhealthy(each: elbv2.TargetHealthDescription, own: frozenset[str] | None) -> bool:
    """Whether a target is unhealthy for a reason of its own, and one of these addresses where they are given."""
    if each.target is None or each.target_health is None or each.target_health.state != "unhealthy":
        return False
    return each.target_health.reason in REASONS and (own is None or each.target.id in own)


def _zones_differ(row: elbv2.TargetGroup, workload: Workload, context: Context) -> bool:
    """Whether some tasks may lie in a zone that a load balancer does not serve: then that is why, and LBS003's."""
    zones = {
        subnet.availability_zone
        for subnet in map(context.scope.subnets.get, workload.subnets)
        if subnet is not None and subnet.vpc_id == row.vpc_id
    }
    balancers = [context.scope.load_balancers.get(arn) for arn in row.load_balancer_arns]
    return any(
        zones - {zone.zone_name for zone in balancer.availability_zones}
        for balancer in balancers
        if balancer is not None
    )
