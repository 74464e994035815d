"""From symptoms and findings to causes. Findings are given here, so that the ranking is tested and not the checks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

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
from awsvpc_audit.model.gaps import Missing
from tests.world import World, healthy, route

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
    "PLC010": ("place.attribute",),
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
    "SVC011": ("place.eni", "start.eni-attach", "start.pull-auth"),
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
    "attribute missing, and what the text speaks of the most": Incident(
        service="web",
        says=(event("web", PLACE + "The closest matching (container-instance 1) is missing an attribute required by"),),
        findings=(
            found("AGT006", "instance", "i-a"),
            found("PLC010", "service", "web", severity=Severity.MEDIUM),
        ),
        causes=(("PLC010", "web", "confirmed"), ("AGT006", "i-a", "confirmed")),
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
    "silence, and the hop that stops it is nearer to the fault than what is not reached": Incident(
        findings=(found("END001", "service", "worker"), found("NET006", "nat_gateway", "nat-a", "worker")),
        causes=(("NET006", "nat-a", "likely"), ("END001", "worker", "likely")),
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
    "the endpoint was reached by its private address, and whatever else is closed": Incident(
        says=(stop("worker", AUTH + TO_PRIVATE),),
        findings=(
            found("END001", "service", "worker"),
            found("NET011", "security_group", "sg-app", "worker"),
            found("END003", "vpc_endpoint", "vpce-1", "worker", severity=Severity.MEDIUM),
        ),
        causes=(
            ("END003", "vpce-1", "confirmed"),
            ("END001", "worker", "confirmed"),
            ("NET011", "sg-app", "confirmed"),
        ),
        symptoms=("start.pull-auth",),
    ),
    "a private address, and the hops were not read": Incident(
        says=(stop("worker", AUTH + TO_PRIVATE),),
        findings=(
            unread("NET006", "nat_gateway", "nat-a", "worker", operation="ec2:DescribeNatGateways"),
            unread("NET011", "security_group", "sg-app", "worker", operation="ec2:DescribeSecurityGroups"),
        ),
        causes=(("NET011", "sg-app", "possible"), ("NET006", "nat-a", "possible")),
        unknown=("ec2:DescribeNatGateways", "ec2:DescribeSecurityGroups"),
        symptoms=("start.pull-auth",),
    ),
    "a public address, and the hops were not read": Incident(
        says=(stop("worker", AUTH + TO_PUBLIC),),
        findings=(
            unread("END003", "vpc_endpoint", "vpce-1", "worker", operation="ec2:DescribeSecurityGroups"),
            unread("NET006", "nat_gateway", "nat-a", "worker", operation="ec2:DescribeNatGateways"),
        ),
        causes=(("NET006", "nat-a", "possible"), ("END003", "vpce-1", "possible")),
        unknown=("ec2:DescribeSecurityGroups", "ec2:DescribeNatGateways"),
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


def test_services_that_were_read_in_part_and_what_a_cause_lacks_are_named_one_after_the_other() -> None:
    world = without("worker")
    world.add_stopped_task("worker", AUTH + TO_PUBLIC)
    for operation in ("ecs:DescribeServices", "ecs:DescribeTasks"):
        world.denied[f"one of {operation}"] = Missing(operation=operation, error="Throttled", resources=("arn/1",))
    routes = unread("NET004", "subnet", "subnet-a", "worker", operation="ec2:DescribeRouteTables")
    assert diagnoses(world, routes)["worker"].unknown == (
        "ecs:DescribeServices",
        "ecs:DescribeTasks",
        "ec2:DescribeRouteTables",
    )


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


def test_alike_the_worst_cause_comes_first_then_services_before_tasks_by_name() -> None:
    world = healthy()
    for name in ("zeta", "beta", "gamma"):
        world.add_service(name, launch_type="FARGATE", desired=2, running=1)
    world.add_task_definition("alpha")
    world.add_stopped_task(None, "CannotPullContainerError: ref pull has been retr", definition="alpha")
    world.add_task(None, definition="alpha", subnet_id="subnet-a")["createdAt"] = "2026-11-22T09:00:00Z"
    high = found("SUB001", "subnet", "subnet-a", "gamma", severity=Severity.HIGH)
    assert list(diagnoses(world, found("SUB001", "subnet", "subnet-b", "zeta"), high)) == [
        "zeta",
        "gamma",
        "beta",
        "alpha",
    ]


def test_a_service_that_has_more_than_it_wants_comes_after_those_that_lack_tasks() -> None:
    world = without("worker")
    world.service("web")["runningCount"] = 3
    world.service("web")["deployments"][0] |= {"rolloutState": "FAILED"}
    full = found("ENI001", "cluster", "prod", "web")
    ill = diagnoses(world, full)
    assert list(ill) == ["worker", "web"]
    assert causes(ill["web"]) == [("ENI001", "prod", "likely")]


@pytest.mark.parametrize(
    ("name", "counts", "is_ill"),
    [
        ("worker", {"desiredCount": 2, "runningCount": 2}, False),
        ("worker", {"desiredCount": 2, "runningCount": 3}, False),
        ("worker", {"desiredCount": 2, "runningCount": 1}, True),
        ("worker", {"desiredCount": 0, "runningCount": 0}, False),
        ("worker", {"desiredCount": 0, "runningCount": 1}, False),
    ],
    ids=[
        "as many as wanted",
        "more than wanted",
        "one is missing",
        "nobody wants any",
        "one is left over",
    ],
)
def test_a_silent_service_is_ill_where_tasks_are_missing(name: str, counts: dict[str, int], is_ill: bool) -> None:
    world = healthy()
    world.service(name).update(counts)
    assert list(diagnoses(world)) == ([name] if is_ill else [])


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


def test_a_cause_by_the_text_alone_says_what_the_text_means() -> None:
    world = without("worker")
    world.add_stopped_task("worker", f"CannotPullContainerError: {DENIED}")
    role = unread("SVC007", "iam_role", "role", "worker", operation="iam:SimulatePrincipalPolicy")
    (cause,) = diagnoses(world, role)["worker"].causes
    assert cause.explanation == (
        "By the text alone: The execution role (Fargate) or the instance role (EC2) may not pull the image. "
        "role is at fault"
    )


def cleared(diagnosis: Diagnosis) -> dict[str, str]:
    return {each.check_id: each.detail for each in diagnosis.cleared}


def test_why_a_fault_was_ruled_out_is_told() -> None:
    silent = diagnoses(
        without("web"),
        passed("ENI001", "cluster", "prod"),
        found("ENI004", "account_setting", "awsvpcTrunking"),
    )
    assert cleared(silent["web"])["ENI004"] == "awsvpcTrunking: there is room all the same"

    pulls = without("web")
    pulls.add_stopped_task("web", AUTH + TO_PUBLIC)
    assert cleared(diagnoses(pulls, found("NET011", "security_group", "sg-app", "web"))["web"]) == {
        "NET011": "sg-app: on the way of the task ENI, and the host makes these calls over its own"
    }

    far = without("worker")
    far.add_nat_gateway("nat-c", "subnet-public-a")
    far.add_route_table("rtb-c", "vpc-main", route("0.0.0.0/0", NatGatewayId="nat-c"))
    far.add_subnet("subnet-c", "10.0.3.0/24", "us-east-1a", route_table="rtb-c")
    far.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"].append("subnet-c")
    for subnet in ("subnet-b", "subnet-a"):
        far.add_stopped_task("worker", AUTH + TO_PUBLIC, subnet_id=subnet)
    assert cleared(diagnoses(far, found("NET006", "nat_gateway", "nat-c", "worker"))["worker"]) == {
        "NET006": "nat-c: not on the way from subnet-a, subnet-b, where the tasks failed"
    }


MANAGED = [{"capacityProvider": "mi", "weight": 1}]


@pytest.mark.parametrize(
    ("launch", "check_id", "is_ruled_out"),
    [
        ({"launch_type": "EC2"}, "NET001", True),
        ({"launch_type": "EC2"}, "NET011", True),
        ({"launch_type": "FARGATE"}, "NET001", False),
        ({"launch_type": "FARGATE"}, "NET011", False),
        ({"launch_type": None, "strategy": MANAGED}, "NET001", True),
        ({"launch_type": None, "strategy": MANAGED}, "NET011", True),
        ({"launch_type": None, "strategy": MANAGED, "unread": True}, "NET001", False),
        ({"launch_type": "EC2", "no_hosts": True}, "NET001", True),
        ({"launch_type": "EC2", "no_hosts": True}, "NET011", False),
    ],
    ids=[
        "EC2: a host may have a public address where its tasks have none",
        "EC2: the group of the tasks",
        "Fargate pulls over the task ENI",
        "Fargate: the group of the tasks",
        "Managed Instances pull over their own interface",
        "Managed Instances: the group of the tasks",
        "a capacity provider that was not read",
        "EC2, no host is known: still not the task ENI",
        "EC2, no host is known: their group may be the same",
    ],
)
def test_the_way_of_the_task_eni_is_ruled_out_where_the_host_pulls(
    launch: dict[str, Any], check_id: str, is_ruled_out: bool
) -> None:
    world = healthy()
    world.add_capacity_provider("mi", type="MANAGED_INSTANCES", managedInstancesProvider={})
    world.add_service("api", launch_type=launch["launch_type"], strategy=launch.get("strategy"), desired=2, running=0)
    world.add_stopped_task("api", AUTH + TO_PUBLIC)
    if launch.get("unread"):
        world.deny("ecs:DescribeCapacityProviders")
    if launch.get("no_hosts"):
        world.rows["ecs:DescribeContainerInstances"].clear()
    resource = {"NET001": ("subnet", "subnet-a"), "NET011": ("security_group", "sg-app")}[check_id]
    ill = diagnoses(world, found(check_id, *resource, "api"))["api"]
    assert (check_id in cleared(ill), causes(ill)) == (
        is_ruled_out,
        [] if is_ruled_out else [(check_id, resource[1], "confirmed")],
    )


@pytest.mark.parametrize(
    ("launch", "is_on_hosts"),
    [
        ({"launchType": "EC2"}, True),
        ({"launchType": "FARGATE"}, False),
        ({"launchType": None, "capacityProviderName": "FARGATE_SPOT"}, False),
        ({"launchType": None, "capacityProviderName": "spot-hosts"}, True),
        ({"launchType": "EC2", "elsewhere": True}, True),
    ],
    ids=[
        "EC2",
        "Fargate",
        "Fargate Spot",
        "a capacity provider of the owner's hosts",
        "EC2, and the same family on Fargate in another cluster",
    ],
)
def test_stopped_standalone_tasks_are_on_hosts_or_not_by_how_they_were_launched(
    launch: dict[str, Any], is_on_hosts: bool
) -> None:
    world = healthy()
    world.add_task_definition("nightly")
    launch = dict(launch)
    if launch.pop("elsewhere", False):
        other = world.add_stopped_task(None, AUTH + TO_PUBLIC, definition="nightly", subnet_id="subnet-b")
        other["clusterArn"] = world.arn("ecs", "cluster/staging")
    world.add_stopped_task(None, AUTH + TO_PUBLIC, definition="nightly").update(launch)
    world.add_stopped_task(None, "Unable to attach network interface to unused device index", definition="nightly")
    world.rows["ecs:DescribeTasks"][-1].update(launch)
    ill = diagnoses(
        world,
        found("ENI002", "eni", "eni-1"),
        found("NET001", "subnet", "subnet-a"),
        found("NET006", "nat_gateway", "nat-b"),
    )["nightly"]
    # On hosts the interface may be in the way, and what the task ENI lacks is none of the host's; nat-b is on the way
    # from subnet-b alone, where the hosts are and the tasks are not.
    if is_on_hosts:
        assert causes(ill) == [("ENI002", "eni-1", "confirmed"), ("NET006", "nat-b", "confirmed")]
        assert set(cleared(ill)) == {"NET001"}
    else:
        assert causes(ill) == [("NET001", "subnet-a", "confirmed")]
        assert cleared(ill) == {}


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


# Whom a finding touches.


@pytest.mark.parametrize(
    ("check_id", "type_", "id_", "touched"),
    [
        ("ENI001", "cluster", "prod", {"web"}),
        ("PLC013", "cluster", "prod", {"web"}),
        ("NET006", "instance", "i-a", {"web"}),
        ("NET006", "container_instance", "i-a", {"web"}),
        ("NET006", "eni", "eni-1", {"web"}),
        ("NET006", "capacity_provider", "asg", {"web"}),
        ("NET006", "account_setting", "awsvpcTrunking", {"web"}),
        ("SVC007", "cluster", "prod", {"web", "worker"}),
        ("SVC007", "iam_role", "ecsTaskExecutionRole", {"web", "worker"}),
        ("SVC007", "task_definition", "worker:1", {"worker"}),
        ("SVC007", "task_definition", "worker:2", set()),
        ("NET006", "nat_gateway", "nat-b", {"web", "worker"}),
        ("NET011", "security_group", "sg-app", {"web", "worker"}),
        ("NET011", "security_group", "sg-host", {"web"}),
        ("NET011", "security_group", "sg-alb", set()),
        ("NET006", "nat_gateway", "nat-z", set()),
    ],
)
def test_a_finding_that_names_nobody_touches_who_uses_what_it_is_about(
    check_id: str, type_: str, id_: str, touched: set[str]
) -> None:
    world = without("worker")
    world.service("web")["runningCount"] = 1
    explains = {check_id: ("start.", "service.unsteady")}
    context = world.context()
    for finding in (found(check_id, type_, id_), passed(check_id, type_, id_)):
        ill = diagnose(context.cluster, context.workloads, [finding], symptoms_of(context.cluster), explains)
        assert {each.subject.id for each in ill} == {"web", "worker"}
        says = {each.subject.id for each in ill if each.causes or each.cleared}
        assert says == touched
        assert all(bool(each.causes) is (finding.status is Status.FAIL) for each in ill if each.subject.id in touched)


def naming(check_id: str, type_: str, id_: str, *affected: tuple[str, str], status: Status = Status.FAIL) -> Finding:
    """A finding that names services, tasks or launchers, by type and id."""
    return replace(
        found(check_id, type_, id_, status=status),
        affected=tuple(ResourceRef(type=kind, id=name) for kind, name in affected),
    )


@pytest.mark.parametrize(
    ("finding", "touches"),
    [
        (naming("NET006", "nat_gateway", "nat-z", ("task", "nightly:7")), True),
        (naming("NET006", "nat_gateway", "nat-z", ("task", "nightly")), True),
        (naming("SVC007", "task", "nightly:7"), True),
        (naming("NET006", "nat_gateway", "nat-z", ("service", "nightly")), False),
        (naming("NET006", "nat_gateway", "nat-z", ("task", "weekly:7")), False),
        (naming("SVC007", "task", "weekly:7"), False),
        (naming("NET006", "nat_gateway", "nat-a", ("service", "worker")), True),
        (naming("NET006", "nat_gateway", "nat-b", ("service", "worker")), False),
        (naming("SVC007", "service", "worker"), False),
        (naming("NET006", "nat_gateway", "nat-a", ("service", "worker"), status=Status.UNKNOWN), False),
    ],
    ids=[
        "names them by revision",
        "names them by family",
        "is about them",
        "names a service of that name",
        "names another family",
        "is about another family",
        "names others, and they passed it too",
        "names others, and they did not pass it",
        "is about others themselves",
        "names others, and is not proven",
    ],
)
def test_stopped_standalone_tasks_are_touched_by_what_names_them_and_by_what_others_found_where_they_were(
    finding: Finding, touches: bool
) -> None:
    world = healthy()
    world.add_task_definition("nightly")
    world.add_stopped_task(None, "CannotPullContainerError: ref pull has been retr", definition="nightly")
    ill = diagnoses(world, finding)["nightly"]
    assert [cause.check_id for cause in ill.causes] == ([finding.check_id] if touches else [])


@pytest.mark.parametrize(
    ("launch_type", "expected"),
    [("FARGATE", {"NET004", "NET006", "SVC007"}), ("EC2", {"NET004", "SVC007"})],
    ids=["on Fargate", "on hosts, of which the checks see what is left"],
)
def test_what_others_found_stands_beside_what_names_stopped_tasks_and_what_names_nobody(
    launch_type: str, expected: set[str]
) -> None:
    world = healthy()
    world.add_task_definition("nightly")
    row = world.add_stopped_task(None, "CannotPullContainerError: ref pull has been retr", definition="nightly")
    row["launchType"] = launch_type
    ill = diagnoses(
        world,
        naming("SVC007", "iam_role", "role", ("task", "nightly:1")),
        naming("NET006", "nat_gateway", "nat-a", ("service", "worker")),
        found("NET002", "subnet", "subnet-z"),
        found("NET004", "route_table", "rtb-a"),
    )["nightly"]
    assert {cause.check_id for cause in ill.causes} == expected


def test_what_fails_somewhere_is_not_cleared_by_what_passes_elsewhere() -> None:
    world = without("worker")
    world.add_stopped_task("worker", AUTH + TO_PUBLIC)
    findings = [
        passed("NET006", "nat_gateway", "nat-b", "worker"),
        found("NET006", "nat_gateway", "nat-a", "worker"),
        passed("NET004", "route_table", "rtb-a", "worker"),
        passed("SVC010", "secret", "db", "worker"),
    ]
    ill = diagnoses(world, *findings)["worker"]
    assert (causes(ill), cleared(ill)) == ([("NET006", "nat-a", "confirmed")], {"NET004": "rtb-a: no fault found"})


def test_of_what_is_closed_alike_the_endpoint_of_the_call_that_failed_comes_first() -> None:
    world = without("worker")
    world.add_stopped_task("worker", AUTH + TO_PUBLIC)
    says = "from subnet-a tasks of worker do not reach"
    ill = diagnoses(
        world,
        replace(found("NET006", "nat_gateway", "nat-a", "worker"), detail=f"{says} ecr.api"),
        replace(found("END004", "vpc_endpoint", "vpce-1", "worker"), detail=f"{says} ecr.dkr"),
        replace(
            found("END004", "vpc_endpoint", "vpce-2", "worker", severity=Severity.MEDIUM), detail=f"{says} ecr.api"
        ),
    )
    assert causes(ill["worker"]) == [
        ("END004", "vpce-2", "confirmed"),
        ("END004", "vpce-1", "confirmed"),
        ("NET006", "nat-a", "confirmed"),
    ]


def test_findings_about_the_same_workloads_are_each_told() -> None:
    world = without("worker")
    world.service("web")["runningCount"] = 1
    world.add_stopped_task("worker", AUTH + TO_PUBLIC)
    both = passed("X", "vpc", "x", "web", "worker").affected
    rows = [replace(passed("NET004", "route_table", f"rtb-{n}"), affected=both) for n in range(5)]
    four = [replace(passed("NET011", "security_group", f"sg-{n}"), affected=both) for n in range(4)]
    gateways = [replace(passed("NET006", "nat_gateway", "nat-b"), affected=both)]
    failed = replace(found("NET006", "nat_gateway", "nat-a"), affected=both)
    ill = diagnoses(world, *rows, *gateways, failed, *four)
    assert causes(ill["worker"]) == [("NET006", "nat-a", "confirmed")]
    assert causes(ill["web"]) == [("NET006", "nat-a", "likely")]
    told = {
        "NET004": "rtb-0, rtb-1, rtb-2, rtb-3 and 1 more: no fault found",
        "NET011": "sg-0, sg-1, sg-2, sg-3: no fault found",
    }
    assert cleared(ill["worker"]) == cleared(ill["web"]) == told


# Launchers.


def with_rule(*, refused: str | None = None) -> World:
    world = healthy()
    world.add_task_definition("nightly")
    world.add_rule("nightly", "nightly")
    if refused is not None:
        world.add_launch_call("nightly", startedBy="events-rule/nightly", failures=(refused, refused))
    return world


RULE = "events:rule/nightly"
BROKEN = naming("SVC011", "launcher", RULE)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ((), None),
        ((BROKEN,), [("SVC011", RULE, "likely")]),
        ((replace(BROKEN, status=Status.UNKNOWN),), None),
        ((naming("SUB003", "subnet", "subnet-a", ("launcher", RULE)),), None),
        (
            (BROKEN, naming("NET006", "nat_gateway", "nat-a", ("launcher", RULE))),
            [("NET006", "nat-a", "likely"), ("SVC011", RULE, "likely")],
        ),
    ],
    ids=["nothing is wrong", "it is broken", "it may be", "a fault on its way alone", "it is broken, and why"],
)
def test_a_launcher_is_in_trouble_where_it_is_proven_to_be(
    findings: tuple[Finding, ...], expected: list[tuple[str, str, str]] | None
) -> None:
    ill = {name: causes(diagnosis) for name, diagnosis in diagnoses(with_rule(), *findings).items()}
    assert ill == ({} if expected is None else {RULE: expected})


def test_a_launcher_that_was_refused_shows_what_it_wanted_and_what_its_tasks_say() -> None:
    world = with_rule(refused="RESOURCE:ENI")
    world.add_stopped_task(None, AUTH + TO_PUBLIC, definition="nightly", at="2026-11-22T09:00:00Z")
    ill = diagnoses(world)[RULE]
    assert (ill.subject.type, ill.subject.cluster) == ("launcher", "prod")
    assert (ill.state.desired, ill.state.running, ill.state.pending) == (2, 0, 0)
    assert [(symptom.code, symptom.count) for symptom in ill.symptoms] == [("place.eni", 2), ("start.pull-auth", 1)]


def test_launches_that_were_not_read_are_named_with_a_launcher() -> None:
    ill = diagnoses(with_rule().deny("cloudtrail:LookupEvents"), BROKEN)
    assert (ill[RULE].unknown, ill[RULE].symptoms) == (("cloudtrail:LookupEvents",), ())


@pytest.mark.parametrize(
    ("launch_type", "expected"),
    [("FARGATE", []), ("EC2", [("ENI001", "prod", "confirmed")])],
)
def test_what_hosts_lack_touches_a_launcher_on_hosts_alone(
    launch_type: str, expected: list[tuple[str, str, str]]
) -> None:
    world = with_rule(refused="RESOURCE:ENI")
    world.rows["events:ListTargetsByRule"][0]["EcsParameters"]["LaunchType"] = launch_type
    assert causes(diagnoses(world, found("ENI001", "cluster", "prod"))[RULE]) == expected


def test_a_launcher_is_touched_by_what_lies_on_the_way_of_its_own_subnets_and_groups() -> None:
    world = with_rule(refused="The subnet ID 'subnet-a' does not exist")
    ways = (found("SUB003", "subnet", "subnet-a"), found("SUB003", "subnet", "subnet-b"))
    groups = (found("SVC011", "security_group", "sg-app"), found("SVC011", "security_group", "sg-alb"))
    assert causes(diagnoses(world, *ways, *groups)[RULE]) == [
        ("SUB003", "subnet-a", "confirmed"),
        ("SVC011", "sg-app", "likely"),
    ]


# Standalone tasks, some of which live.


def test_live_tasks_of_a_family_count_beside_those_that_failed() -> None:
    world = healthy()
    world.add_task_definition("nightly")
    for status in ("RUNNING", "PENDING"):
        row = world.add_task(None, definition="nightly", subnet_id="subnet-b", status=status)
        assert row["createdAt"] < "2026-11-22"
    for _ in range(3):
        world.add_stopped_task(None, AUTH + TO_PUBLIC, definition="nightly")
    ill = diagnoses(world, found("NET006", "nat_gateway", "nat-b"), found("NET006", "nat_gateway", "nat-a"))["nightly"]
    assert (ill.state.desired, ill.state.running, ill.state.pending) == (5, 1, 1)
    # One that lives passes nat-b; those that failed were in subnet-a.
    assert causes(ill) == [("NET006", "nat-a", "confirmed")]


def test_live_tasks_of_every_revision_of_a_family_count() -> None:
    world = healthy()
    world.add_task_definition("nightly")
    for revision in ("2", "3"):
        row = world.add_task(None, definition="nightly", subnet_id="subnet-b")
        row["taskDefinitionArn"] = row["taskDefinitionArn"].rpartition(":")[0] + f":{revision}"
        row["createdAt"] = "2026-11-22T09:00:00Z"
    world.add_stopped_task(None, "CannotPullContainerError: ref pull has been retr", definition="nightly")
    ill = diagnoses(world)["nightly"]
    assert (ill.state.desired, ill.state.running, ill.state.pending) == (3, 2, 0)


@pytest.mark.parametrize(
    ("launch_types", "expected"),
    [
        (("EC2",), ({"ENI002"}, {"NET001"})),
        (("FARGATE",), ({"NET001"}, set())),
        (("EC2", "FARGATE"), ({"NET001"}, set())),
        (("MANAGED_INSTANCES",), (set(), {"NET001"})),
    ],
    ids=["EC2", "Fargate", "EC2 and Fargate: nothing is ruled out that holds for one", "Managed Instances"],
)
def test_whether_the_host_makes_the_calls_of_stopped_standalone_tasks(
    launch_types: tuple[str, ...], expected: tuple[set[str], set[str]]
) -> None:
    world = healthy()
    world.add_task_definition("nightly")
    for launch_type in launch_types:
        for reason in (AUTH + TO_PUBLIC, "Unable to attach network interface to unused device index"):
            world.add_stopped_task(None, reason, definition="nightly")["launchType"] = launch_type
    ill = diagnoses(world, found("ENI002", "eni", "eni-1"), found("NET001", "subnet", "subnet-a"))["nightly"]
    assert ({cause.check_id for cause in ill.causes}, set(cleared(ill))) == expected


@pytest.mark.parametrize(
    ("state", "severity", "is_ill"),
    [
        ("COMPLETED", None, True),
        ("IN_PROGRESS", None, False),
        ("IN_PROGRESS", Severity.CRITICAL, True),
        ("IN_PROGRESS", Severity.HIGH, True),
        ("IN_PROGRESS", Severity.MEDIUM, False),
    ],
)
def test_a_rollout_goes_on_unless_something_grave_keeps_tasks_from_starting(
    state: str, severity: Severity | None, is_ill: bool
) -> None:
    world = without("worker")
    world.service("worker")["deployments"][0]["rolloutState"] = state
    world.service("worker")["deployments"].append({"id": "ecs-svc/9", "status": "ACTIVE", "rolloutState": "COMPLETED"})
    grave = [found("SUB001", "subnet", "subnet-a", "worker", severity=severity)] if severity else []
    assert bool(diagnoses(world, *grave)) is is_ill
    unproven = [replace(finding, status=Status.UNKNOWN, missing=("ec2:DescribeSubnets",)) for finding in grave]
    assert bool(diagnoses(world, *unproven)) is (state == "COMPLETED")
