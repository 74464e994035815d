"""What counts as a symptom now, and what is history or everyday business."""

from typing import Any

import pytest

from awsvpc_audit.analyzers.symptoms import Stage, Symptom, Symptoms, stage_of, symptoms_of
from awsvpc_audit.model import ecs
from awsvpc_audit.model.gaps import Missing
from tests.world import World, healthy

NO_ENI = (
    "(service web) was unable to place a task because no container instance met all of its requirements. The closest "
    'matching (container-instance 1d3cf1d0) encountered error "RESOURCE:ENI".'
)
STEADY = "(service web) has reached a steady state."
PULL_TIMEOUT = (
    "CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: failed"
    " to do request: dial tcp 52.219.199.138:443: i/o timeout"
)


def read(world: World) -> Symptoms:
    return symptoms_of(world.context().cluster)


def one(world: World, name: str = "web", kind: str = "service") -> Symptom:
    (symptom,) = read(world)[kind, name]  # type: ignore[index]
    return symptom


def short(name: str = "web") -> World:
    """The healthy world, but one service has a task fewer than it wants."""
    world = healthy()
    world.service(name)["runningCount"] -= 1
    return world


def test_a_healthy_cluster_shows_nothing() -> None:
    assert read(healthy()) == {}


def test_repeats_are_counted_and_the_newest_is_told() -> None:
    world = short()
    for minute in range(12):
        world.add_event("web", NO_ENI.replace("1d3cf1d0", f"1d3cf1{minute:02d}"), f"2026-11-22T02:{14 + minute}:00Z")
    symptom = one(world)
    assert (symptom.code, symptom.count) == ("place.eni", 12)
    assert symptom.text == NO_ENI.replace("1d3cf1d0", "1d3cf111")
    assert symptom.at is not None
    assert symptom.at.isoformat() == "2026-11-22T02:25:00+00:00"


def test_what_was_said_before_the_last_steady_state_is_history() -> None:
    world = short()
    world.add_event("web", NO_ENI, "2026-11-22T10:00:00Z")
    world.add_event("web", STEADY, "2026-11-22T10:05:00Z")
    assert read(world) == {}
    world.add_event("web", NO_ENI, "2026-11-22T10:06:00Z")
    assert one(world).count == 1


def test_events_without_times_are_in_the_order_of_ecs() -> None:
    world = short()
    world.service("web")["events"] = [{"message": NO_ENI}, {"message": STEADY}, {"message": NO_ENI}]
    assert one(world).count == 1
    world.service("web")["events"] = [{"message": STEADY}, {"message": NO_ENI}]
    assert read(world) == {}


def test_a_task_that_stopped_before_the_last_steady_state_is_history() -> None:
    world = healthy()
    world.add_stopped_task("worker", PULL_TIMEOUT, at="2026-11-22T10:00:00Z")
    world.add_stopped_task("worker", PULL_TIMEOUT, at="2026-11-22T10:05:00Z")
    world.add_event("worker", STEADY, "2026-11-22T10:05:00Z")
    assert read(world) == {}
    world.add_stopped_task("worker", PULL_TIMEOUT, at="2026-11-22T10:06:00Z")
    assert one(world, "worker").count == 1


@pytest.mark.parametrize(
    "message",
    [
        "(service web) has started 2 tasks: (task abc).",
        "(service web) registered 1 targets in (target-group arn)",
        "(service web) has stopped 1 running tasks: (task abc).",
        "(service web) has begun draining connections on 1 tasks.",
        "(service web) (deployment ecs-svc/1) deployment completed.",
    ],
)
def test_everyday_events_are_no_symptoms(message: str) -> None:
    world = short()
    world.add_event("web", message)
    assert read(world) == {}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("ServiceSchedulerInitiated", "Scaling activity initiated by (deployment ecs-svc/1)"),
        ("UserInitiated", "Task stopped by user"),
        ("UserInitiated", "deploying the hotfix for the OutOfMemory thing"),
        ("ServiceSchedulerInitiated", "Some new words for scaling in"),
    ],
)
def test_tasks_that_were_stopped_on_purpose_are_no_trouble(code: str, reason: str) -> None:
    world = healthy()
    world.add_stopped_task("web", reason, code=code, started=True)
    assert read(world) == {}


def test_what_kept_tasks_from_their_place_is_over_once_all_have_one() -> None:
    world = healthy()
    world.add_event("web", NO_ENI)
    assert read(world) == {}


def test_tasks_of_a_new_deployment_that_find_no_place_are_trouble_though_the_old_ones_run() -> None:
    world = healthy()
    world.service("web")["deployments"][0] |= {"runningCount": 0, "rolloutState": "IN_PROGRESS"}
    world.add_event("web", NO_ENI)
    assert one(world).code == "place.eni"


def test_a_service_that_wants_no_tasks_has_no_symptoms() -> None:
    world = healthy()
    world.service("web")["desiredCount"] = 0
    world.service("web")["runningCount"] = 0
    world.add_stopped_task("web", PULL_TIMEOUT)
    assert read(world) == {}


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        ({"reason": PULL_TIMEOUT}, "start.pull-image"),
        ({"reason": "Task failed to start", "container_reason": PULL_TIMEOUT}, "start.pull-image"),
        ({"reason": "", "container_reason": PULL_TIMEOUT}, "start.pull-image"),
        ({"reason": "Task failed to start"}, "start.other"),
        ({"reason": ""}, "start.other"),
        ({"reason": "A new kind of failure"}, "unclassified"),
        (
            {
                "reason": "Essential container in task exited",
                "code": "EssentialContainerExited",
                "exit_code": 137,
                "started": True,
            },
            "run.exit",
        ),
        (
            {
                "reason": "Essential container in task exited",
                "code": "EssentialContainerExited",
                "container_reason": "OutOfMemoryError: Container killed due to memory usage",
                "exit_code": 137,
                "started": True,
            },
            "run.oom",
        ),
        (
            {"reason": "Task failed ELB health checks in (target-group arn)", "code": "ServiceSchedulerInitiated"},
            "run.health-elb",
        ),
        ({"reason": "", "code": "SpotInterruption"}, "run.spot"),
        ({"reason": "Your Spot Task was interrupted.", "code": "TerminationNotice"}, "run.spot"),
        ({"reason": "", "code": "InfrastructureHealth"}, "run.host"),
    ],
)
def test_a_stopped_task_is_read_by_reason_container_and_stop_code(stop: dict[str, Any], expected: str) -> None:
    world = short("worker")
    world.add_stopped_task("worker", **stop)
    assert one(world, "worker").code == expected


def test_exit_code_137_is_told_and_not_called_out_of_memory() -> None:
    world = short("worker")
    world.add_stopped_task(
        "worker", "Essential container in task exited", code="EssentialContainerExited", exit_code=137, started=True
    )
    assert one(world, "worker").text == "Essential container in task exited [app: exit code 137]"


def test_an_unknown_text_is_kept_whole_and_apart_from_others() -> None:
    world = short()
    world.add_event("web", "(service web) was hit by a meteorite.", "2026-11-22T10:00:00Z")
    world.add_event("web", "(service web) was hit by another one.", "2026-11-22T10:01:00Z")
    assert [(s.code, s.text) for s in read(world)["service", "web"]] == [
        ("unclassified", "(service web) was hit by a meteorite."),
        ("unclassified", "(service web) was hit by another one."),
    ]


def test_an_unknown_event_alone_does_not_make_a_whole_service_ill() -> None:
    world = healthy()
    world.add_event("web", "(service web) gained a new feature.")
    assert read(world) == {}


def test_an_event_and_the_stopped_task_that_it_tells_of_are_one_failure() -> None:
    world = short("worker")
    for minute in range(3):
        world.add_stopped_task("worker", PULL_TIMEOUT, at=f"2026-11-22T10:0{minute}:00Z")
    world.add_event("worker", f"(service worker) was unable to place a task. Reason: {PULL_TIMEOUT}.")
    assert one(world, "worker").count == 3


def test_subnets_of_the_tasks_that_failed_are_known() -> None:
    world = short("worker")
    world.add_stopped_task("worker", PULL_TIMEOUT, subnet_id="subnet-b")
    assert one(world, "worker").subnets == {"subnet-b"}


@pytest.mark.parametrize(
    ("deployment", "codes"),
    [
        (
            {"rolloutState": "FAILED", "rolloutStateReason": "ECS deployment circuit breaker: tasks failed to start."},
            ["service.unsteady"],
        ),
        (
            {
                "rolloutState": "IN_PROGRESS",
                "rolloutStateReason": "ECS deployment ecs-svc/1 in progress.",
                "failedTasks": 3,
            },
            ["service.unsteady"],
        ),
        ({"rolloutState": "IN_PROGRESS", "rolloutStateReason": "ECS deployment ecs-svc/1 in progress."}, []),
        ({"rolloutState": "COMPLETED", "failedTasks": 3}, []),
    ],
    ids=["failed", "in progress with failures", "in progress", "completed after failures"],
)
def test_a_rollout_tells_by_its_state(deployment: dict[str, Any], codes: list[str]) -> None:
    world = healthy()
    world.service("web")["deployments"][0] |= deployment
    assert [s.code for s in read(world).get(("service", "web"), ())] == codes


def test_a_rollout_that_was_rolled_back_is_history_once_the_old_tasks_run() -> None:
    world = healthy()
    world.service("web")["deployments"].append(
        {"id": "ecs-svc/9", "status": "ACTIVE", "rolloutState": "FAILED", "desiredCount": 0, "runningCount": 0}
    )
    assert read(world) == {}


def test_standalone_tasks_are_grouped_by_family() -> None:
    world = healthy()
    world.add_task_definition("nightly")
    for minute in range(2):
        world.add_stopped_task(None, PULL_TIMEOUT, definition="nightly", at=f"2026-11-22T10:0{minute}:00Z")
    assert one(world, "nightly", "task").count == 2


@pytest.mark.parametrize("exit_code", [0, None])
def test_a_job_that_came_to_its_end_is_no_trouble(exit_code: int | None) -> None:
    world = healthy()
    world.add_task_definition("nightly")
    world.add_stopped_task(
        None,
        "Essential container in task exited",
        code="EssentialContainerExited",
        definition="nightly",
        exit_code=exit_code,
        started=True,
    )
    assert read(world) == {}


def test_a_job_that_failed_once_and_then_ran_well_is_no_trouble() -> None:
    world = healthy()
    world.add_task_definition("nightly")
    world.add_stopped_task(None, PULL_TIMEOUT, definition="nightly", at="2026-11-22T10:00:00Z")
    assert one(world, "nightly", "task").code == "start.pull-image"
    world.add_stopped_task(
        None,
        "Essential container in task exited",
        code="EssentialContainerExited",
        definition="nightly",
        exit_code=0,
        started=True,
        at="2026-11-22T10:05:00Z",
    )
    assert read(world) == {}


def test_bridge_mode_shows_nothing() -> None:
    world = healthy()
    world.add_service("old", desired=2, running=1, on=("i-a",), awsvpc=False)
    world.add_event("old", NO_ENI)
    assert read(world) == {}


def test_an_instance_that_could_not_register_is_told_to_services_that_wait_for_room() -> None:
    world = short()
    world.container_instance("i-a").update(
        status="REGISTRATION_FAILED",
        statusReason="Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-a': "
        "InvalidParameterValue",
    )
    symptom = one(world)
    assert symptom.code == "start.eni-attach"
    assert symptom.text.startswith("i-a is REGISTRATION_FAILED: Unexpected EC2 error")
    assert symptom.allows_code("place.eni")


def test_unread_tasks_leave_the_events() -> None:
    world = short().deny("ecs:DescribeTasks")
    world.add_event("web", NO_ENI)
    assert one(world).code == "place.eni"


@pytest.mark.parametrize(
    ("times", "stage"),
    [
        ({"createdAt", "stoppedAt"}, Stage.BEFORE_PULL),
        ({"createdAt", "pullStartedAt", "stoppedAt"}, Stage.PULL),
        ({"createdAt", "pullStartedAt", "pullStoppedAt", "stoppedAt"}, None),
        ({"createdAt", "pullStartedAt", "pullStoppedAt", "startedAt", "stoppedAt"}, Stage.RAN),
        (set(), None),
    ],
    ids=["no pull", "pull not ended", "pulled, not started", "started", "no times"],
)
def test_timestamps_tell_the_stage(times: set[str], stage: Stage | None) -> None:
    world = healthy()
    row = world.add_stopped_task("worker", "?")
    for name in ("createdAt", "stoppingAt", "stoppedAt"):
        row.pop(name)
    row.update(dict.fromkeys(times, "2026-11-22T10:00:00Z"))
    task = next(t for t in world.scope().tasks if t.is_stopped)
    assert isinstance(task, ecs.Task)
    assert stage_of(task) is stage


def test_the_stage_narrows_a_text_that_says_nothing() -> None:
    world = short("worker")
    row = world.add_stopped_task("worker", "Task failed to start")
    assert one(world, "worker").allows_code("start.eni-timeout")
    assert not one(world, "worker").allows_code("start.pull-image")
    row["pullStartedAt"] = row["createdAt"]
    assert one(world, "worker").allows_code("start.pull-image")
    assert not one(world, "worker").allows_code("start.eni-timeout")


ENI_TIMEOUT = "Timeout waiting for network interface provisioning to complete."


def failing_in(world: World, *subnets: str, service: str | None = "worker", **more: Any) -> World:
    for subnet in subnets:
        world.add_stopped_task(service, ENI_TIMEOUT, subnet_id=subnet, **more)
    return world


def test_the_rate_is_of_all_known_tasks_stopped_and_live() -> None:
    world = short("worker")
    live = sum(row["group"] == "service:worker" for row in world.rows["ecs:DescribeTasks"])
    assert live > 0
    failing_in(world, "subnet-a", "subnet-b", "subnet-a")
    world.add_stopped_task("worker", "Scaling activity initiated by x", code="ServiceSchedulerInitiated", started=True)
    symptoms = {symptom.code: symptom for symptom in read(world)["service", "worker"]}
    assert (symptoms["start.eni-timeout"].seen.count, symptoms["start.eni-timeout"].seen.of) == (3, live + 4)
    assert symptoms["run.stopped-by-user"].seen.of is None


def test_the_rate_of_a_family_is_of_its_own_tasks() -> None:
    world = healthy()
    world.add_task_definition("nightly")
    world.add_task_definition("weekly")
    failing_in(world, "subnet-a", "subnet-b", service=None, definition="nightly")
    failing_in(world, "subnet-a", service=None, definition="weekly")
    assert [one(world, name, "task").of for name in ("nightly", "weekly")] == [2, 1]


def test_there_is_no_rate_of_what_events_count() -> None:
    world = short()
    world.add_event("web", NO_ENI)
    assert (one(world).of, one(world).where) == (None, None)


def test_there_is_no_rate_where_not_all_tasks_were_read() -> None:
    world = failing_in(short("worker"), "subnet-a")
    world.denied["one task"] = Missing(operation="ecs:DescribeTasks", error="Throttled", resources=("arn:task/1",))
    assert (one(world, "worker").count, one(world, "worker").of) == (1, None)


@pytest.mark.parametrize(
    ("subnets", "expected"),
    [
        (("subnet-b",) * 3, "all in subnet-b (us-east-1b)"),
        (("subnet-b",) * 2, None),
        (("subnet-b", "subnet-b", "subnet-b", "subnet-a"), None),
    ],
    ids=["three in one", "two may be chance", "one elsewhere"],
)
def test_failures_that_share_a_subnet_say_so(subnets: tuple[str, ...], expected: str | None) -> None:
    assert one(failing_in(short("worker"), *subnets), "worker").seen.where == expected


def test_a_subject_with_one_subnet_fails_nowhere_in_particular() -> None:
    world = healthy()
    world.add_service("api", launch_type="FARGATE", subnets=("subnet-a",), desired=2, running=0)
    assert one(failing_in(world, *["subnet-a"] * 3, service="api"), "api").where is None


def test_failures_that_share_only_the_zone_say_so() -> None:
    world = healthy()
    world.add_subnet("subnet-a2", "10.0.90.0/24", "us-east-1a")
    subnets = ("subnet-a", "subnet-a2", "subnet-b")
    world.add_service("api", launch_type="FARGATE", subnets=subnets, desired=3, running=0)
    assert (
        one(failing_in(world, "subnet-a", "subnet-a2", "subnet-a", service="api"), "api").where == "all in us-east-1a"
    )


def test_a_subject_in_one_zone_fails_in_no_zone_in_particular() -> None:
    world = healthy()
    world.add_subnet("subnet-a2", "10.0.90.0/24", "us-east-1a")
    world.add_service("api", launch_type="FARGATE", subnets=("subnet-a", "subnet-a2"), desired=3, running=0)
    assert one(failing_in(world, "subnet-a", "subnet-a2", "subnet-a", service="api"), "api").where is None


@pytest.mark.parametrize(
    ("instances", "expected"),
    [((0, 0, 0), "all on {0}"), ((0, 0, 1), None)],
    ids=["one instance", "two instances"],
)
def test_failures_that_share_an_instance_say_so(instances: tuple[int, ...], expected: str | None) -> None:
    world = short()
    hosts = world.rows["ecs:DescribeContainerInstances"]
    assert len(hosts) > 1
    for number, host in enumerate(instances):
        row = world.add_stopped_task("web", ENI_TIMEOUT, subnet_id=("subnet-a", "subnet-b")[number % 2])
        row["containerInstanceArn"] = hosts[host]["containerInstanceArn"]
    assert one(world).where == (expected and expected.format(hosts[0]["ec2InstanceId"]))


def test_the_only_instance_of_a_cluster_is_no_place_in_particular() -> None:
    world = short()
    hosts = world.rows["ecs:DescribeContainerInstances"]
    for row in world.rows["ecs:DescribeTasks"]:
        if row["group"] == "service:web":
            row["containerInstanceArn"] = hosts[0]["containerInstanceArn"]
    del hosts[1:]
    for subnet in ("subnet-a", "subnet-b", "subnet-a"):
        row = world.add_stopped_task("web", ENI_TIMEOUT, subnet_id=subnet)
        row["containerInstanceArn"] = hosts[0]["containerInstanceArn"]
    assert one(world).where is None
