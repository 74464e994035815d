"""From symptoms and findings to causes. Findings are given here, so that the ranking is tested and not the checks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from awsvpc_audit.analyzers.diagnosis import diagnose
from awsvpc_audit.analyzers.symptoms import symptoms_of
from awsvpc_audit.findings import (
    Diagnosis,
    Finding,
    Remediation,
    ResourceRef,
    Severity,
    Status,
)
from tests.world import World, healthy

PATH = ("start.pull-auth", "start.pull-image", "start.secrets", "start.logging")
EXPLAINS: dict[str, tuple[str, ...]] = {
    "ENI001": ("place.eni",),
    "ENI002": ("place.eni", "start.eni-timeout", "start.eni-attach"),
    "ENI004": ("place.eni",),
    "ENI010": ("place.eni",),
    "AGT006": ("place.attribute",),
    "AGT007": ("place.agent",),
    "PLC001": ("place.no-instances",),
    "PLC002": ("place.attribute",),
    "PLC004": ("place.cpu",),
    "PLC005": ("place.memory",),
    "PLC006": ("place.constraint",),
    "PLC013": ("place.capacity",),
    "SUB001": ("start.eni-no-address",),
    "SUB003": ("start.eni-attach", "service.unsteady"),
    "NET001": (*PATH, "run.exit"),
    "NET002": PATH,
    "NET004": PATH,
    "NET006": PATH,
    "NET011": PATH,
    "NET014": (),
    "END001": PATH,
    "END002": ("start.pull-image",),
    "END003": PATH,
    "END004": PATH,
    "SVC005": ("service.unsteady",),
    "SVC006": ("start.role",),
    "SVC007": PATH,
    "SVC008": PATH,
    "SVC010": ("start.secrets",),
    "LBS004": ("run.health-elb",),
    "LBS007": ("run.health-elb",),
}

AUTH = "ResourceInitializationError: unable to pull secrets or registry auth: "
TO_PUBLIC = 'Post "https://api.ecr.us-east-1.amazonaws.com/": dial tcp 52.46.132.6:443: i/o timeout'
TO_PRIVATE = 'Post "https://api.ecr.us-east-1.amazonaws.com/": dial tcp 10.0.1.23:443: i/o timeout'
DENIED = "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/r/s is not authorized to perform: ecr:X"
PLACE = "(service web) was unable to place a task because no container instance met all of its requirements. "


def found(
    check_id: str,
    type_: str,
    id_: str,
    *affected: str,
    status: Status = Status.FAIL,
    severity: Severity = Severity.CRITICAL,
    missing: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        check_id=check_id,
        status=status,
        severity=severity,
        title=check_id,
        detail=f"{id_} is at fault",
        resource=ResourceRef(type=type_, id=id_),
        affected=tuple(ResourceRef(type="service", id=name) for name in affected),
        remediation=Remediation(text=f"mend {id_}"),
        missing=missing,
        doc_url="https://docs.aws.amazon.com/",
        fingerprint="0",
    )


def passed(check_id: str, type_: str, id_: str, *affected: str) -> Finding:
    return found(check_id, type_, id_, *affected, status=Status.PASS)


def unread(check_id: str, type_: str, id_: str, *affected: str, operation: str) -> Finding:
    return found(check_id, type_, id_, *affected, status=Status.UNKNOWN, missing=(operation,))


def diagnoses(world: World, *findings: Finding) -> dict[str, Diagnosis]:
    context = world.context()
    result = diagnose(context.cluster, context.workloads, findings, symptoms_of(context.cluster), EXPLAINS)
    return {diagnosis.subject.id: diagnosis for diagnosis in result}


def causes(diagnosis: Diagnosis) -> list[tuple[str, str, str]]:
    return [(c.check_id, c.resource.id, c.confidence.value) for c in diagnosis.causes]


def without(name: str, missing: int = 1) -> World:
    """The healthy world, but one service lacks tasks."""
    world = healthy()
    world.service(name)["runningCount"] -= missing
    return world


def event(service: str, message: str) -> Callable[[World], Any]:
    return lambda world: world.add_event(service, message)


def stop(service: str, reason: str, **more: Any) -> Callable[[World], Any]:
    return lambda world: world.add_stopped_task(service, reason, **more)


@dataclass(frozen=True, kw_only=True)
class Incident:
    """What ECS says of a service, what the checks found, and what on-call should read first.

    `causes` are check, resource and confidence, in order; empty for "no configuration fault found".
    """

    service: str = "worker"
    says: tuple[Callable[[World], Any], ...] = ()
    findings: tuple[Finding, ...] = ()
    causes: tuple[tuple[str, str, str], ...] = ()
    cleared: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = field(default=())


INCIDENTS = {
    # Placement on EC2.
    "no free task ENI": Incident(
        service="web",
        says=(event("web", PLACE + 'The closest matching (container-instance 1d3) encountered error "RESOURCE:ENI".'),),
        findings=(
            found("ENI002", "eni", "eni-1", severity=Severity.HIGH),
            found("ENI004", "account_setting", "awsvpcTrunking", severity=Severity.MEDIUM),
            found("ENI001", "cluster", "prod", "web"),
            found("PLC004", "service", "web"),
        ),
        causes=(
            ("ENI001", "prod", "confirmed"),
            ("ENI004", "awsvpcTrunking", "likely"),
            ("ENI002", "eni-1", "likely"),
        ),
        symptoms=("place.eni",),
    ),
    "RESOURCE:ENI though slots are free": Incident(
        service="web",
        says=(event("web", "RESOURCE:ENI"),),
        findings=(passed("ENI001", "cluster", "prod"), found("ENI010", "instance", "i-a", "web")),
        causes=(("ENI010", "i-a", "confirmed"),),
        cleared=frozenset({"ENI001"}),
        symptoms=("place.eni",),
    ),
    "no CPU left": Incident(
        service="web",
        says=(
            event("web", PLACE + "The closest matching (container-instance 1) has insufficient CPU units available."),
        ),
        findings=(
            found("PLC004", "service", "web"),
            found("PLC005", "service", "web"),
            passed("ENI001", "cluster", "prod"),
        ),
        causes=(("PLC004", "web", "confirmed"),),
        symptoms=("place.cpu",),
    ),
    "attribute missing on an instance, no instance in the zones": Incident(
        service="web",
        says=(event("web", PLACE + "The closest matching (container-instance 1) is missing an attribute required by"),),
        findings=(found("PLC002", "service", "web"), found("AGT006", "instance", "i-a")),
        causes=(("AGT006", "i-a", "confirmed"), ("PLC002", "web", "confirmed")),
        symptoms=("place.attribute",),
    ),
    "agent disconnected": Incident(
        service="web",
        says=(event("web", PLACE + 'The closest matching (container-instance 1) encountered error "AGENT".'),),
        findings=(found("AGT007", "instance", "i-a"), passed("PLC001", "cluster", "prod")),
        causes=(("AGT007", "i-a", "confirmed"),),
        symptoms=("place.agent",),
    ),
    "silence, and no slot is free": Incident(
        service="web",
        findings=(found("ENI001", "cluster", "prod", "web"), found("LBS004", "security_group", "sg-app", "web")),
        causes=(("ENI001", "prod", "likely"),),
    ),
    "silence, and a task subnet is full": Incident(
        service="worker",
        findings=(found("SUB001", "subnet", "subnet-a", "worker"),),
        causes=(("SUB001", "subnet-a", "likely"),),
    ),
    "silence, trunking is off, and slots are free": Incident(
        service="web",
        findings=(passed("ENI001", "cluster", "prod"), found("ENI004", "account_setting", "awsvpcTrunking")),
        cleared=frozenset({"ENI001", "ENI004"}),
    ),
    # Task ENIs.
    "the subnet that the text names is full, another one too": Incident(
        says=(
            stop(
                "worker",
                "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-b': "
                "InsufficientFreeAddressesInSubnet",
                subnet_id="subnet-b",
            ),
        ),
        findings=(
            found("SUB001", "subnet", "subnet-a", "worker"),
            found("SUB001", "subnet", "subnet-b", "worker"),
        ),
        causes=(("SUB001", "subnet-b", "confirmed"),),
        symptoms=("start.eni-no-address",),
    ),
    "device index taken by a foreign interface": Incident(
        service="web",
        says=(stop("web", "Unable to attach network interface to unused device index"),),
        findings=(
            found("ENI002", "eni", "eni-1", severity=Severity.HIGH),
            found("NET006", "nat_gateway", "nat-a", "web"),
        ),
        causes=(("ENI002", "eni-1", "confirmed"),),
        symptoms=("start.eni-attach",),
    ),
    "ENI provisioning timed out on Fargate": Incident(
        says=(stop("worker", "Timeout waiting for network interface provisioning to complete."),),
        findings=(found("NET006", "nat_gateway", "nat-a", "worker"), found("ENI002", "eni", "eni-1")),
        symptoms=("start.eni-timeout",),
    ),
    # The path.
    "NAT gateway failed": Incident(
        says=(stop("worker", AUTH + TO_PUBLIC),),
        findings=(
            found("NET006", "nat_gateway", "nat-a", "worker"),
            found("END001", "service", "worker"),
            found("SVC007", "iam_role", "ecsTaskExecutionRole", "worker"),
            passed("NET011", "security_group", "sg-app", "worker"),
        ),
        causes=(("NET006", "nat-a", "confirmed"), ("END001", "worker", "confirmed")),
        cleared=frozenset({"NET011", "SVC007"}),
        symptoms=("start.pull-auth",),
    ),
    "no public address in a public subnet": Incident(
        says=(stop("worker", AUTH + "pull command failed: : signal: killed"),),
        findings=(found("NET002", "service", "worker", severity=Severity.HIGH),),
        causes=(("NET002", "worker", "confirmed"),),
        symptoms=("start.pull-auth",),
    ),
    "the endpoint was reached by its private address": Incident(
        says=(stop("worker", AUTH + TO_PRIVATE),),
        findings=(
            found("NET006", "nat_gateway", "nat-a", "worker"),
            found("END003", "vpc_endpoint", "vpce-1", "worker"),
        ),
        causes=(("END003", "vpce-1", "confirmed"), ("NET006", "nat-a", "likely")),
        symptoms=("start.pull-auth",),
    ),
    "the endpoint was passed by": Incident(
        says=(stop("worker", AUTH + TO_PUBLIC),),
        findings=(
            found("END003", "vpc_endpoint", "vpce-1", "worker"),
            found("END004", "vpc_endpoint", "vpce-2", "worker", severity=Severity.HIGH),
        ),
        causes=(("END004", "vpce-2", "confirmed"), ("END003", "vpce-1", "likely")),
        symptoms=("start.pull-auth",),
    ),
    "layers lie in S3": Incident(
        says=(
            stop(
                "worker", "CannotPullContainerError: failed to copy: httpReadSeeker: failed open: dial tcp: i/o timeout"
            ),
        ),
        findings=(found("NET004", "route_table", "rtb-a", "worker"), found("END002", "route_table", "rtb-a", "worker")),
        causes=(("END002", "rtb-a", "confirmed"), ("NET004", "rtb-a", "confirmed")),
        symptoms=("start.pull-image",),
    ),
    "a cut text says no kind of failure": Incident(
        says=(stop("worker", "CannotPullContainerError: ref pull has been retr"),),
        findings=(found("NET006", "nat_gateway", "nat-a", "worker"),),
        causes=(("NET006", "nat-a", "likely"),),
        symptoms=("start.pull-image",),
    ),
    "routes could not be read": Incident(
        says=(stop("worker", AUTH + TO_PUBLIC),),
        findings=(
            unread("NET004", "subnet", "subnet-a", "worker", operation="ec2:DescribeRouteTables"),
            unread("SVC007", "iam_role", "ecsTaskExecutionRole", "worker", operation="iam:SimulatePrincipalPolicy"),
        ),
        causes=(("NET004", "subnet-a", "possible"),),
        unknown=("ec2:DescribeRouteTables",),
        symptoms=("start.pull-auth",),
    ),
    # Permissions, names, values.
    "a refusal proves the path": Incident(
        says=(stop("worker", f"CannotPullContainerError: {DENIED}"),),
        findings=(
            found("NET006", "nat_gateway", "nat-b", "worker"),
            found("SVC007", "iam_role", "ecsTaskExecutionRole", "worker", severity=Severity.HIGH),
        ),
        causes=(("SVC007", "ecsTaskExecutionRole", "confirmed"),),
        cleared=frozenset({"NET006"}),
        symptoms=("start.pull-image",),
    ),
    "a refusal names the permission though IAM could not be asked": Incident(
        says=(stop("worker", f"CannotPullContainerError: {DENIED}"),),
        findings=(
            unread("SVC007", "iam_role", "ecsTaskExecutionRole", "worker", operation="iam:SimulatePrincipalPolicy"),
        ),
        causes=(("SVC007", "ecsTaskExecutionRole", "likely"),),
        unknown=("iam:SimulatePrincipalPolicy",),
        symptoms=("start.pull-image",),
    ),
    "the secret does not exist": Incident(
        says=(
            stop(
                "worker",
                AUTH + "unable to retrieve secret from asm: ResourceNotFoundException: can't find the specified",
            ),
        ),
        findings=(
            unread("SVC008", "secret", "db", "worker", operation="secretsmanager:DescribeSecret"),
            found("NET006", "nat_gateway", "nat-a", "worker"),
        ),
        causes=(("SVC008", "db", "likely"),),
        cleared=frozenset({"NET006"}),
        unknown=("secretsmanager:DescribeSecret",),
        symptoms=("start.secrets",),
    ),
    "the secret has not the key": Incident(
        says=(stop("worker", AUTH + "unable to retrieve secret from asm: did not contain json key password"),),
        findings=(
            found("SVC010", "secret", "db", "worker"),
            found("SVC007", "iam_role", "r", "worker"),
            found("NET011", "security_group", "sg-app", "worker"),
        ),
        causes=(("SVC010", "db", "confirmed"),),
        cleared=frozenset({"SVC007", "NET011"}),
        symptoms=("start.secrets",),
    ),
    # No configuration fault found.
    "Docker Hub's rate limit": Incident(
        says=(stop("worker", "CannotPullContainerError: toomanyrequests: You have reached your pull rate limit"),),
        findings=(found("NET006", "nat_gateway", "nat-a", "worker"), found("SVC007", "iam_role", "r", "worker")),
        cleared=frozenset({"NET006", "SVC007"}),
        symptoms=("start.pull-image",),
    ),
    "no space left on the disk": Incident(
        says=(
            stop(
                "worker", "CannotPullContainerError: write /var/lib/docker/tmp/GetImageBlob1: no space left on device"
            ),
        ),
        findings=(found("NET006", "nat_gateway", "nat-a", "worker"),),
        cleared=frozenset({"NET006"}),
        symptoms=("start.pull-image",),
    ),
    "the application exits": Incident(
        says=(
            stop(
                "worker",
                "Essential container in task exited",
                code="EssentialContainerExited",
                exit_code=1,
                started=True,
            ),
            event("worker", "(service worker) is unable to consistently start tasks successfully."),
        ),
        findings=(
            found("NET001", "subnet", "subnet-a", "worker"),
            found("NET006", "nat_gateway", "nat-a", "worker"),
            found("SVC005", "service", "worker"),
        ),
        symptoms=("run.exit", "service.unsteady"),
    ),
    "killed for memory": Incident(
        says=(
            stop(
                "worker",
                "Essential container in task exited",
                code="EssentialContainerExited",
                container_reason="OutOfMemoryError: Container killed due to memory usage",
                exit_code=137,
                started=True,
            ),
        ),
        findings=(found("PLC005", "service", "worker"), found("NET006", "nat_gateway", "nat-a", "worker")),
        symptoms=("run.oom",),
    ),
    "its own health check fails": Incident(
        says=(stop("worker", "Task failed container health checks", code="ServiceSchedulerInitiated", started=True),),
        findings=(
            found("LBS004", "security_group", "sg-app", "worker"),
            found("NET006", "nat_gateway", "nat-a", "worker"),
        ),
        symptoms=("run.health-container",),
    ),
    "the target answers 503": Incident(
        service="web",
        says=(
            event(
                "web",
                "(service web) (task 9d) (port 80) is unhealthy in (target-group tg) due to (reason Health checks "
                "failed with these codes: [503]).",
            ),
        ),
        findings=(
            found("LBS004", "security_group", "sg-app", "web"),
            found("LBS007", "target_group", "web", "web", severity=Severity.MEDIUM),
        ),
        causes=(("LBS007", "web", "confirmed"),),
        cleared=frozenset({"LBS004"}),
        symptoms=("run.health-elb",),
    ),
    "the load balancer's request times out": Incident(
        service="web",
        says=(
            event(
                "web",
                "(service web) (task 9) (port 80) is unhealthy in (target-group tg) due to (reason Request timed out).",
            ),
        ),
        findings=(found("LBS004", "security_group", "sg-app", "web"), found("NET001", "subnet", "subnet-a", "web")),
        causes=(("LBS004", "sg-app", "confirmed"),),
        symptoms=("run.health-elb",),
    ),
    "Spot capacity was taken back": Incident(
        says=(stop("worker", "Your Spot Task was interrupted.", code="SpotInterruption", started=True),),
        findings=(found("NET006", "nat_gateway", "nat-a", "worker"),),
        symptoms=("run.spot",),
    ),
    "AWS has no capacity": Incident(
        says=(
            event(
                "worker", "(service worker) was unable to place a task. Reason: Capacity is unavailable at this time."
            ),
        ),
        findings=(passed("PLC013", "service", "worker"), found("NET006", "nat_gateway", "nat-a", "worker")),
        cleared=frozenset({"PLC013"}),
        symptoms=("place.capacity",),
    ),
    "an error inside AWS": Incident(
        says=(stop("worker", "InternalError: unable to create task"),),
        findings=(found("NET006", "nat_gateway", "nat-a", "worker"),),
        symptoms=("start.other",),
    ),
    "tasks are missing and nothing is known": Incident(service="worker"),
    # The way that packets take.
    "on EC2 the host pulls, and the task's public subnet does not matter": Incident(
        service="web",
        says=(stop("web", AUTH + TO_PUBLIC),),
        findings=(
            found("NET001", "subnet", "subnet-a", "web", severity=Severity.HIGH),
            found("NET011", "security_group", "sg-app", "web"),
        ),
        cleared=frozenset({"NET001", "NET011"}),
        symptoms=("start.pull-auth",),
    ),
    "on EC2 the host's own NAT gateway does": Incident(
        service="web",
        says=(stop("web", AUTH + TO_PUBLIC),),
        findings=(found("NET006", "nat_gateway", "nat-a", "web"),),
        causes=(("NET006", "nat-a", "confirmed"),),
        symptoms=("start.pull-auth",),
    ),
    "the fault is on the way from a subnet where nothing failed": Incident(
        says=(stop("worker", AUTH + TO_PUBLIC, subnet_id="subnet-a"),),
        findings=(found("NET006", "nat_gateway", "nat-b", "worker"),),
        cleared=frozenset({"NET006"}),
        symptoms=("start.pull-auth",),
    ),
    # Texts that leave it open.
    "tasks do not start, for a reason that is not told": Incident(
        says=(event("worker", "(service worker) is unable to consistently start tasks successfully."),),
        findings=(
            found("NET006", "nat_gateway", "nat-a", "worker"),
            found("SVC005", "service", "worker", severity=Severity.HIGH),
        ),
        causes=(("NET006", "nat-a", "likely"), ("SVC005", "worker", "likely")),
        symptoms=("service.unsteady",),
    ),
    "the deployment failed, and a stopped task says why": Incident(
        says=(
            event("worker", "(service worker) (deployment ecs-svc/1) deployment failed: tasks failed to start."),
            stop("worker", AUTH + TO_PUBLIC),
        ),
        findings=(
            found("NET006", "nat_gateway", "nat-a", "worker"),
            found("SUB001", "subnet", "subnet-a", "worker"),
            found("SVC005", "service", "worker"),
        ),
        causes=(("NET006", "nat-a", "confirmed"),),
        symptoms=("start.pull-auth", "service.unsteady"),
    ),
    "a text that nobody has seen": Incident(
        says=(stop("worker", "The gremlins ate the task"),),
        findings=(found("SUB001", "subnet", "subnet-a", "worker"),),
        causes=(("SUB001", "subnet-a", "likely"),),
        symptoms=("unclassified",),
    ),
}


@pytest.mark.parametrize("incident", INCIDENTS.values(), ids=INCIDENTS)
def test_the_cause_of_an_incident_is_found_and_nobody_else_is_blamed(incident: Incident) -> None:
    world = without(incident.service)
    for say in incident.says:
        say(world)
    found_ill = diagnoses(world, *incident.findings)
    assert list(found_ill) == [incident.service]
    diagnosis = found_ill[incident.service]
    assert tuple(causes(diagnosis)) == incident.causes
    assert {c.check_id for c in diagnosis.cleared} >= incident.cleared
    assert diagnosis.unknown == incident.unknown
    assert tuple(symptom.code for symptom in diagnosis.symptoms) == incident.symptoms


def test_at_least_eight_incidents_have_no_fault_in_the_configuration() -> None:
    assert sum(not incident.causes for incident in INCIDENTS.values()) >= 8


def test_faults_alone_do_not_make_a_healthy_service_ill() -> None:
    world = healthy()
    assert diagnoses(world, found("NET006", "nat_gateway", "nat-a", "web", "worker")) == {}


def test_a_cause_carries_detail_and_fix_of_its_finding() -> None:
    world = without("worker")
    world.add_stopped_task("worker", AUTH + TO_PUBLIC)
    (cause,) = diagnoses(world, found("NET006", "nat_gateway", "nat-a", "worker"))["worker"].causes
    assert cause.explanation == "nat-a is at fault"
    assert cause.fix.text == "mend nat-a"


def test_a_fault_that_names_others_does_not_touch_the_service() -> None:
    world = without("worker")
    world.add_stopped_task("worker", AUTH + TO_PUBLIC)
    assert diagnoses(world, found("NET006", "nat_gateway", "nat-a", "web"))["worker"].causes == ()


def test_a_fault_that_names_nobody_touches_whose_packets_pass_it() -> None:
    world = without("worker")
    world.add_stopped_task("worker", AUTH + TO_PUBLIC)
    ill = diagnoses(world, found("NET006", "nat_gateway", "nat-a"), found("NET004", "route_table", "rtb-main-main"))
    assert causes(ill["worker"]) == [("NET006", "nat-a", "confirmed")]


def test_a_check_that_is_not_in_the_run_is_never_a_cause() -> None:
    world = without("worker")
    world.add_stopped_task("worker", AUTH + TO_PUBLIC)
    assert diagnoses(world, found("NET099", "nat_gateway", "nat-a", "worker"))["worker"].causes == ()


def test_a_rollout_without_failures_is_no_trouble() -> None:
    world = without("worker")
    world.service("worker")["deployments"][0]["rolloutState"] = "IN_PROGRESS"
    assert diagnoses(world) == {}


def test_a_rollout_that_cannot_go_on_is() -> None:
    world = without("web", 2)
    world.service("web")["deployments"][0]["rolloutState"] = "IN_PROGRESS"
    assert causes(diagnoses(world, found("ENI001", "cluster", "prod", "web"))["web"]) == [("ENI001", "prod", "likely")]
    trifle = found("ENI004", "account_setting", "awsvpcTrunking", "web", severity=Severity.MEDIUM)
    assert diagnoses(world, trifle) == {}


def test_host_faults_do_not_touch_fargate() -> None:
    world = without("worker")
    assert (
        diagnoses(world, found("ENI001", "cluster", "prod"), found("AGT007", "instance", "i-a"))["worker"].causes == ()
    )


@pytest.mark.parametrize("operation", ["ecs:DescribeTasks", "ecs:DescribeServices"])
def test_what_could_not_be_read_is_named(operation: str) -> None:
    world = without("worker")
    if operation == "ecs:DescribeServices":
        assert diagnoses(world.deny(operation)) == {}
        return
    assert diagnoses(world.deny(operation))["worker"].unknown == (operation,)


def test_hosts_that_could_not_be_read_are_named_for_ec2_alone() -> None:
    world = without("worker")
    world.service("web")["runningCount"] = 1
    ill = diagnoses(world.deny("ecs:DescribeContainerInstances"))
    assert ill["web"].unknown == ("ecs:DescribeContainerInstances",)
    assert ill["worker"].unknown == ()


def test_the_worst_comes_first() -> None:
    world = without("worker", 2)
    world.service("web")["runningCount"] = 1
    world.add_service("api", launch_type="FARGATE", desired=2, running=1)
    full = found("SUB001", "subnet", "subnet-a", "web")
    assert list(diagnoses(world, full)) == ["worker", "web", "api"]


def test_the_state_is_told() -> None:
    world = without("worker")
    world.service("worker")["pendingCount"] = 1
    state = diagnoses(world)["worker"].state
    assert (state.desired, state.running, state.pending) == (2, 1, 1)


def test_standalone_tasks_are_diagnosed_by_family() -> None:
    world = healthy()
    world.add_task_definition("nightly")
    for _ in range(2):
        world.add_stopped_task(None, AUTH + TO_PUBLIC, definition="nightly")
    ill = diagnoses(world, found("NET006", "nat_gateway", "nat-a", severity=Severity.CRITICAL))
    assert list(ill) == ["nightly"]
    assert (ill["nightly"].subject.type, ill["nightly"].state.desired) == ("task", 2)
    assert causes(ill["nightly"]) == [("NET006", "nat-a", "confirmed")]
    assert ill["nightly"].symptoms[0].count == 2


def test_a_possible_cause_gives_way_to_a_confirmed_one_but_stays_unknown() -> None:
    world = without("worker")
    world.add_stopped_task("worker", AUTH + TO_PUBLIC)
    ill = diagnoses(
        world,
        found("NET006", "nat_gateway", "nat-a", "worker"),
        unread("NET004", "subnet", "subnet-a", "worker", operation="ec2:DescribeRouteTables"),
        unread("NET011", "subnet", "subnet-b", "worker", operation="ec2:DescribeSecurityGroups"),
    )
    assert causes(ill["worker"]) == [("NET006", "nat-a", "confirmed")]
    # No task failed in subnet-b: what is unread there does not matter.
    assert ill["worker"].unknown == ("ec2:DescribeRouteTables",)


def test_a_failed_rollout_is_last_and_does_not_silence_what_may_be_behind_it() -> None:
    world = without("worker")
    world.service("worker")["deployments"][0] |= {
        "rolloutState": "FAILED",
        "rolloutStateReason": "ECS deployment circuit breaker: tasks failed to start.",
    }
    ill = diagnoses(
        world,
        found("SVC005", "service", "worker", severity=Severity.HIGH),
        unread("NET004", "subnet", "subnet-a", "worker", operation="ec2:DescribeRouteTables"),
    )
    assert causes(ill["worker"]) == [("NET004", "subnet-a", "possible"), ("SVC005", "worker", "confirmed")]


def test_what_was_ruled_out_is_told_in_a_line() -> None:
    world = without("worker")
    world.add_stopped_task("worker", f"CannotPullContainerError: {DENIED}")
    gateways = [found("NET006", "nat_gateway", f"nat-{n}", "worker") for n in range(6)]
    groups = [passed("SVC007", "iam_role", f"role-{n}", "worker") for n in range(2)]
    assert [(c.check_id, c.detail) for c in diagnoses(world, *gateways, *groups)["worker"].cleared] == [
        (
            "NET006",
            "nat-0, nat-1, nat-2, nat-3 and 2 more: the service answered and refused: the path to it works",
        ),
        ("SVC007", "role-0, role-1: no fault found"),
    ]


def following(diagnosis: Diagnosis) -> list[tuple[str, str | None]]:
    return [(cause.check_id, cause.follows_from) for cause in diagnosis.causes]


def test_what_only_follows_from_a_cause_is_listed_under_it_before_the_next_independent_one() -> None:
    world = without("worker")
    world.add_stopped_task("worker", AUTH + TO_PUBLIC)
    ill = diagnoses(
        world,
        found("NET006", "nat_gateway", "nat-a", "worker"),
        found("SVC007", "iam_role", "role", "worker"),
        found("NET011", "security_group", "sg-app", "worker"),
        found("END001", "service", "worker"),
    )
    assert following(ill["worker"]) == [("NET006", None), ("END001", "NET006"), ("NET011", None)]


def test_what_says_the_failure_again_follows_from_the_first_proven_cause() -> None:
    world = without("worker")
    world.add_event("worker", "(service worker) is unable to consistently start tasks successfully.")
    ill = diagnoses(
        world,
        unread("NET004", "subnet", "subnet-b", "worker", operation="ec2:DescribeRouteTables"),
        found("NET006", "nat_gateway", "nat-a", "worker"),
        found("SUB001", "subnet", "subnet-a", "worker"),
        found("SVC005", "service", "worker", severity=Severity.HIGH),
    )
    assert following(ill["worker"]) == [("NET006", None), ("SVC005", "NET006"), ("SUB001", None), ("NET004", None)]


def test_a_failing_deployment_follows_from_what_is_not_reached_where_nothing_says_what_stops_it() -> None:
    world = without("worker")
    world.add_event("worker", "(service worker) is unable to consistently start tasks successfully.")
    unreached = found("END001", "service", "worker")
    failing = found("SVC005", "service", "worker", severity=Severity.HIGH)
    assert following(diagnoses(world, unreached, failing)["worker"]) == [("END001", None), ("SVC005", "END001")]


def test_nothing_follows_from_what_is_not_proven() -> None:
    world = without("worker")
    world.add_event("worker", "(service worker) is unable to consistently start tasks successfully.")
    ill = diagnoses(
        world,
        unread("NET004", "subnet", "subnet-a", "worker", operation="ec2:DescribeRouteTables"),
        found("SVC005", "service", "worker", severity=Severity.HIGH),
    )
    assert {cause.check_id: cause.follows_from for cause in ill["worker"].causes} == {"NET004": None, "SVC005": None}


@pytest.mark.parametrize(("instance", "parent"), [("i-a", "AGT001"), ("i-b", None)], ids=["the same", "another"])
def test_a_missing_attribute_follows_from_the_old_agent_of_the_same_instance(instance: str, parent: str | None) -> None:
    world = without("web")
    world.add_event("web", PLACE + "The closest matching (container-instance 1) is missing an attribute required by")
    explains = {"AGT001": ("place.attribute",), "AGT006": ("place.attribute",)}
    findings = [found("AGT001", "instance", instance), found("AGT006", "instance", "i-a")]
    context = world.context()
    (ill,) = diagnose(context.cluster, context.workloads, findings, symptoms_of(context.cluster), explains)
    assert {cause.check_id: cause.follows_from for cause in ill.causes} == {"AGT001": None, "AGT006": parent}


def test_short_slots_lead_to_trunking_that_is_off() -> None:
    world = without("web")
    world.add_event("web", "RESOURCE:ENI")
    trunking = found("ENI004", "account_setting", "awsvpcTrunking", severity=Severity.MEDIUM)
    assert following(diagnoses(world, trunking, found("ENI001", "cluster", "prod", "web"))["web"]) == [
        ("ENI001", None),
        ("ENI004", "ENI001"),
    ]
