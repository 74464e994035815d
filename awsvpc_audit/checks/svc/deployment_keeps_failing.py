"""SVC005."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.symptoms import Symptom, symptoms_of
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Evidence, Severity

_SAY_SO = frozenset({"deployment-failed", "inconsistent-start"})
"""Messages of the catalogue that tell of a deployment that fails again and again."""

FAILED_TASKS = 3
"""So many failed tasks of a rollout that goes on are no accident: the circuit breaker's lowest threshold."""


@check(
    id="SVC005",
    title="The deployment failed, or its tasks keep failing",
    severity=Severity.HIGH,
    resource="service",
    source="+",
    symptoms=("service.unsteady",),
    proof=(
        "ecs:DescribeServices deployments[].rolloutState",
        "ecs:DescribeServices deployments[].failedTasks",
        "ecs:DescribeServices events[].message",
    ),
    fix=(
        "Find out why its tasks stop: the diagnosis of the service names the cause where one is proven. Then deploy "
        "again; a rollback has put the last working task definition back."
    ),
    commands=("aws ecs describe-services --cluster {cluster} --services {service} --query services[].deployments",),
    references=(
        f"{DOCS_URL}/deployment-circuit-breaker.html",
        f"{DOCS_URL}/service-throttle-logic.html",
        f"{DOCS_URL}/service-event-messages-list.html",
    ),
    subjects=awsvpc_workloads,
)
def deployment_keeps_failing(workload: Workload, context: Context) -> Iterator[Fault]:
    """The tasks of the service's newest deployment do not start or do not stay.

    The circuit breaker has given the deployment up, or the scheduler starts tasks again and again, each time after a
    longer pause (up to 15 minutes).

    ## Why it happens
    It is a consequence: of a task that cannot start (image, role, network), of a container that exits, or of a failing
    health check. The causes have checks of their own.

    ## What it cannot see
    Deployments by AWS CodeDeploy or another external controller, whose state is not in ECS. Of the events ECS keeps the
    newest hundred.
    """
    if workload.service is None or workload.desired == 0:
        return
    symptoms = context.once("symptoms", lambda: symptoms_of(context.cluster)).get(("service", workload.name), ())
    unsteady = next((symptom for symptom in symptoms if symptom.code == "service.unsteady"), None)
    if unsteady is None:
        return
    evidence = tuple(_evidence(workload, unsteady))
    if evidence:
        yield Fault(
            detail=f"{workload.name}: {evidence[0].value}"
            if isinstance(evidence[0].value, str)
            else _counted(workload),
            evidence=evidence,
            values={"cluster": context.cluster.name, "service": workload.name},
        )


def _evidence(workload: Workload, unsteady: Symptom) -> Iterator[Evidence]:
    deployments = workload.service.deployments if workload.service else ()
    is_said = any(reading.message is not None and reading.message.id in _SAY_SO for reading in unsteady.readings)
    for deployment in deployments:
        where = f"deployments[{deployment.id}]"
        if deployment.rollout_state == "FAILED" and is_said:
            if deployment.rollout_state_reason:
                reason = deployment.rollout_state_reason
                yield proof_of("ecs:DescribeServices", workload.name, f"{where}.rolloutStateReason", reason)
            yield proof_of("ecs:DescribeServices", workload.name, f"{where}.rolloutState", "FAILED")
        elif deployment.rollout_state == "IN_PROGRESS" and (deployment.failed_tasks or 0) >= FAILED_TASKS:
            yield proof_of("ecs:DescribeServices", workload.name, f"{where}.failedTasks", deployment.failed_tasks)
    if is_said and not any(deployment.rollout_state_reason == unsteady.text for deployment in deployments):
        yield proof_of("ecs:DescribeServices", workload.name, "events[].message", unsteady.text)


def _counted(workload: Workload) -> str:
    failed = max(d.failed_tasks or 0 for d in (workload.service.deployments if workload.service else ()))
    return f"{workload.name}: {failed} tasks of the deployment in progress have failed"
