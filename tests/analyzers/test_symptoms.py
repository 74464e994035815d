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
        ({"reason": "Your Spot Task was interrupted.", "code": "UserInitiated"}, "run.spot"),
        ({"reason": "Container instance deregistration forced by user", "code": "UserInitiated"}, "run.host"),
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


OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
NOT_HEALTHY = "Task failed ELB health checks in (target-group arn)"


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        ({"reason": PULL_TIMEOUT, "container_reason": OUT_OF_MEMORY}, ("start.pull-image", PULL_TIMEOUT)),
        ({"reason": NOT_HEALTHY, "container_reason": OUT_OF_MEMORY, "exit_code": 137}, ("run.health-elb", NOT_HEALTHY)),
        (
            {"reason": "Task failed to start", "container_reason": OUT_OF_MEMORY},
            ("run.oom", f"Task failed to start [app: {OUT_OF_MEMORY}]"),
        ),
        ({"reason": "", "container_reason": OUT_OF_MEMORY}, ("run.oom", OUT_OF_MEMORY)),
        (
            {"reason": "", "code": "EssentialContainerExited", "exit_code": 1},
            ("run.exit", "EssentialContainerExited [app: exit code 1]"),
        ),
        ({"reason": "", "code": "EssentialContainerExited", "exit_code": 0}, ("run.exit", "EssentialContainerExited")),
        ({"reason": "", "code": ""}, ("unclassified", "stopped without a reason")),
        ({"reason": "", "code": "A new code"}, ("unclassified", "A new code")),
    ],
    ids=[
        "a reason says why: containers are not asked",
        "nor for an exit code",
        "a vague reason, and a container that says why",
        "a container alone",
        "an exit code that tells of a fault",
        "an exit code that tells of none",
        "nothing at all",
        "a stop code that nobody has seen",
    ],
)
def test_the_text_of_a_stopped_task_is_what_says_why(stop: dict[str, Any], expected: tuple[str, str]) -> None:
    world = short("worker")
    world.add_stopped_task("worker", **stop)
    symptom = one(world, "worker")
    assert (symptom.code, symptom.text) == expected


def test_who_was_stopped_on_purpose_is_told_in_the_words_of_who_did_it() -> None:
    world = short("worker")
    world.add_stopped_task("worker", PULL_TIMEOUT)
    world.add_stopped_task("worker", "for the OutOfMemory thing", code="UserInitiated", started=True)
    world.add_stopped_task("worker", "", code="UserInitiated", started=True, at="2026-11-22T10:01:00Z")
    texts = {symptom.code: (symptom.text, symptom.count) for symptom in read(world)["service", "worker"]}
    assert texts["run.stopped-by-user"] == ("UserInitiated", 2)
    world.rows["ecs:DescribeTasks"].pop()
    texts = {symptom.code: (symptom.text, symptom.count) for symptom in read(world)["service", "worker"]}
    assert texts["run.stopped-by-user"] == ("for the OutOfMemory thing", 1)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"stoppedAt": "10:03", "stoppingAt": "10:02", "executionStoppedAt": "10:01", "createdAt": "10:00"}, "10:03"),
        ({"stoppingAt": "10:02", "executionStoppedAt": "10:01", "createdAt": "10:00"}, "10:02"),
        ({"executionStoppedAt": "10:01", "createdAt": "10:00"}, "10:01"),
        ({"createdAt": "10:00"}, "10:00"),
        ({}, None),
    ],
    ids=["stopped", "stopping", "its containers ended", "created", "no times"],
)
def test_a_stop_is_dated_by_the_last_that_is_known_of_the_task(times: dict[str, str], expected: str | None) -> None:
    world = short("worker")
    row = world.add_stopped_task("worker", PULL_TIMEOUT)
    for name in ("createdAt", "stoppingAt", "stoppedAt"):
        del row[name]
    row.update({name: f"2026-11-22T{at}:00Z" for name, at in times.items()})
    symptom = one(world, "worker")
    told = [at and f"{at:%H:%M}" for at in (symptom.at, symptom.first_at)]
    assert told == [expected, expected]


def test_the_first_and_the_last_time_are_told_of_stopped_tasks_too() -> None:
    world = short("worker")
    for minute in (5, 1, 9):
        world.add_stopped_task("worker", PULL_TIMEOUT, at=f"2026-11-22T10:0{minute}:00Z")
    symptom = one(world, "worker")
    assert (symptom.at and f"{symptom.at:%H:%M}", symptom.first_at and f"{symptom.first_at:%H:%M}") == (
        "10:09",
        "10:01",
    )


def test_an_unknown_text_leaves_open_whether_it_was_the_place_the_start_or_the_run() -> None:
    world = short()
    world.add_event("web", "(service web) was hit by a meteorite.")
    symptom = one(world)
    assert symptom.is_open
    assert [
        symptom.allows_code(code) for code in ("place.eni", "start.pull-image", "run.exit", "service.unsteady")
    ] == [True, True, True, False]


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


NOT_CREATED = "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-b': AuthFailure"


def test_a_subnet_that_a_text_names_is_where_it_failed() -> None:
    world = short("worker")
    world.add_event("worker", f"(service worker) failed to launch a task with (error {NOT_CREATED}).")
    assert one(world, "worker").subnets == {"subnet-b"}
    world = short("worker")
    world.add_stopped_task("worker", NOT_CREATED, subnet_id="subnet-a")
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


@pytest.mark.parametrize(
    ("deployment", "expected"),
    [
        (
            {
                "rolloutState": "FAILED",
                "rolloutStateReason": "ECS deployment circuit breaker: tasks failed to start.",
                "updatedAt": "2026-11-22T10:07:00Z",
            },
            ("ECS deployment circuit breaker: tasks failed to start.", 1, "10:07"),
        ),
        ({"id": "ecs-svc/1", "rolloutState": "FAILED"}, ("rolloutState FAILED of ecs-svc/1", 1, None)),
        (
            {
                "rolloutState": "IN_PROGRESS",
                "rolloutStateReason": "ECS deployment ecs-svc/1 in progress.",
                "failedTasks": 3,
                "updatedAt": "2026-11-22T10:08:00Z",
            },
            ("ECS deployment ecs-svc/1 in progress. failedTasks: 3", 3, "10:08"),
        ),
        ({"rolloutState": "IN_PROGRESS", "failedTasks": 2}, ("failedTasks: 2", 2, None)),
    ],
    ids=["failed", "failed without a reason", "in progress with failures", "failures alone"],
)
def test_a_rollout_tells_its_reason_its_failed_tasks_and_its_time(
    deployment: dict[str, Any], expected: tuple[str, int, str | None]
) -> None:
    world = healthy()
    world.service("web")["deployments"][0] |= deployment
    symptom = one(world)
    assert (symptom.code, symptom.is_open) == ("service.unsteady", True)
    assert (symptom.text, symptom.count, symptom.at and f"{symptom.at:%H:%M}") == expected
    assert [symptom.allows_code(code) for code in ("place.cpu", "start.efs", "run.oom", "unclassified")] == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("at", "is_short", "expected"),
    [
        ("2026-11-22T10:04:00Z", True, 0),
        ("2026-11-22T10:05:00Z", True, 0),
        ("2026-11-22T10:06:00Z", True, 1),
        (None, True, 1),
        ("2026-11-22T10:06:00Z", False, 0),
    ],
    ids=["before it", "at the same time", "after it", "nobody knows when", "after it, and all tasks run"],
)
def test_a_rollout_that_was_given_up_before_the_last_steady_state_is_history(
    at: str | None, is_short: bool, expected: int
) -> None:
    world = short() if is_short else healthy()
    world.add_event("web", STEADY, "2026-11-22T10:05:00Z")
    given_up: dict[str, Any] = {"id": "ecs-svc/9", "status": "ACTIVE", "rolloutState": "FAILED", "updatedAt": at}
    world.service("web")["deployments"].append(given_up | {"desiredCount": 0, "runningCount": 0})
    assert len(read(world).get(("service", "web"), ())) == expected


def test_a_failed_rollout_that_is_still_the_primary_one_is_no_history() -> None:
    world = healthy()
    world.add_event("web", STEADY, "2026-11-22T10:05:00Z")
    world.service("web")["deployments"][0] |= {"rolloutState": "FAILED", "updatedAt": "2026-11-22T10:00:00Z"}
    assert one(world).code == "service.unsteady"


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


ENDED_WELL = {"reason": "Essential container in task exited", "code": "EssentialContainerExited", "exit_code": 0}


@pytest.mark.parametrize(
    ("stop", "at", "clears"),
    [
        (ENDED_WELL, "10:01", True),
        (ENDED_WELL, "10:00", False),
        (ENDED_WELL, "09:59", False),
        (ENDED_WELL | {"exit_code": 3}, "10:01", False),
        ({"reason": "Your Spot Task was interrupted.", "code": "SpotInterruption"}, "10:01", False),
        ({"reason": "Task stopped by user", "code": "UserInitiated"}, "10:01", False),
    ],
    ids=[
        "after it, one ended well",
        "one that began at the same time",
        "before it",
        "after it, one failed too",
        "after it, one was interrupted",
        "after it, one was stopped by a person",
    ],
)
def test_a_failed_job_is_history_once_a_later_one_ended_well(stop: dict[str, Any], at: str, clears: bool) -> None:
    world = healthy()
    world.add_task_definition("nightly")
    world.add_stopped_task(None, PULL_TIMEOUT, definition="nightly", at="2026-11-22T10:00:00Z")
    world.add_stopped_task(None, definition="nightly", started=True, at=f"2026-11-22T{at}:00Z", **stop)
    found = [symptom.code for symptom in read(world).get(("task", "nightly"), ())]
    assert ("start.pull-image" not in found) is clears


@pytest.mark.parametrize(
    ("status", "clears"), [("RUNNING", True), ("PROVISIONING", False)], ids=["it runs", "it has not started yet"]
)
def test_a_failed_job_is_history_once_a_later_one_runs(status: str, clears: bool) -> None:
    world = healthy()
    world.add_task_definition("nightly")
    world.add_stopped_task(None, PULL_TIMEOUT, definition="nightly", at="2026-11-20T09:00:00Z")
    world.add_task(None, definition="nightly", subnet_id="subnet-a", status=status)
    assert (read(world) == {}) is clears


@pytest.mark.parametrize(
    "stop",
    [
        {"reason": "Your Spot Task was interrupted.", "code": "SpotInterruption"},
        {"reason": "Host EC2 (instance i-0abc123456789def0) stopped/terminated.", "code": "TerminationNotice"},
        {"reason": "Task stopped by user", "code": "UserInitiated"},
    ],
    ids=["interrupted", "its host is gone", "stopped by a person"],
)
def test_a_job_that_did_not_fail_by_itself_is_no_trouble(stop: dict[str, Any]) -> None:
    world = healthy()
    world.add_task_definition("nightly")
    world.add_stopped_task(None, definition="nightly", started=True, **stop)
    assert read(world) == {}


@pytest.mark.parametrize(
    ("mode", "more", "expected"),
    [
        ("bridge", {"launchType": "EC2"}, False),
        ("awsvpc", {"launchType": "EC2"}, True),
        ("gone", {"launchType": "EC2"}, False),
        ("unread", {"launchType": "EC2"}, False),
        ("unread", {"launchType": "FARGATE"}, True),
        ("unread", {"launchType": None, "capacityProviderName": "FARGATE_SPOT"}, True),
        ("unread", {"launchType": "EC2", "attachments": "kept"}, True),
    ],
    ids=[
        "bridge mode",
        "awsvpc mode by its definition",
        "a definition that is gone",
        "a definition that was not read",
        "Fargate has no other mode",
        "nor Fargate Spot",
        "nor what has an ENI",
    ],
)
def test_only_standalone_tasks_in_awsvpc_mode_show_symptoms(mode: str, more: dict[str, Any], expected: bool) -> None:
    world = healthy()
    world.add_task_definition("batch", mode="bridge" if mode == "bridge" else "awsvpc")
    row = world.add_stopped_task(None, PULL_TIMEOUT, definition="batch") | more
    if more.get("attachments") == "kept":
        row["attachments"] = world.rows["ecs:DescribeTasks"][-1]["attachments"]
    else:
        row["attachments"] = []
    world.rows["ecs:DescribeTasks"][-1] = row
    if mode == "gone":
        world.rows["ecs:DescribeTaskDefinition"].pop()
    if mode == "unread":
        world.deny("ecs:DescribeTaskDefinition")
    assert (("task", "batch") in read(world)) is expected


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
        ({"createdAt"}, None),
        ({"stoppedAt"}, None),
        (set(), None),
    ],
    ids=["no pull", "pull not ended", "pulled, not started", "started", "not stopped", "not created", "no times"],
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


@pytest.mark.parametrize("reason", ["Task failed to start", "A new kind of failure"])
def test_a_text_that_says_nothing_leaves_the_start_open_where_no_stage_is_known(reason: str) -> None:
    world = short("worker")
    row = world.add_stopped_task("worker", reason)
    row["pullStartedAt"] = row["pullStoppedAt"] = row["createdAt"]
    symptom = one(world, "worker")
    assert symptom.is_open
    assert [
        symptom.allows_code(code) for code in ("start.eni-timeout", "start.pull-image", "place.eni", "run.exit")
    ] == [
        True,
        True,
        False,
        False,
    ]


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


@pytest.mark.parametrize(
    ("status", "is_told"),
    [("ACTIVE", True), (None, True), ("DRAINING", False)],
    ids=["one more that takes tasks", "one of which no status is known", "one that takes none"],
)
def test_failures_share_an_instance_only_where_another_one_would_have_taken_them(
    status: str | None, is_told: bool
) -> None:
    world = healthy()
    world.add_service("api", launch_type="EC2", desired=3, running=0)
    world.container_instance("i-b")["status"] = status
    for subnet in ("subnet-a", "subnet-b", "subnet-a"):
        row = world.add_stopped_task("api", ENI_TIMEOUT, subnet_id=subnet)
        row["containerInstanceArn"] = world.container_instance("i-a")["containerInstanceArn"]
    assert one(world, "api").where == ("all on i-a" if is_told else None)


def test_a_stop_of_which_nobody_knows_when_is_not_the_newest() -> None:
    world = short("worker")
    dated = "CannotPullContainerError: pull image manifest has been retried 1 time(s)"
    world.add_stopped_task("worker", dated)
    row = world.add_stopped_task("worker", PULL_TIMEOUT)
    for name in ("createdAt", "stoppingAt", "stoppedAt"):
        del row[name]
    symptom = one(world, "worker")
    assert (symptom.count, symptom.text) == (2, dated)


def test_places_that_were_not_read_are_called_by_what_the_tasks_name() -> None:
    world = failing_in(short("worker"), *["subnet-b"] * 3).deny("ec2:DescribeSubnets")
    assert one(world, "worker").where == "all in subnet-b"
    world = short()
    arn = world.container_instance("i-a")["containerInstanceArn"]
    for subnet in ("subnet-a", "subnet-b", "subnet-a"):
        world.add_stopped_task("web", ENI_TIMEOUT, subnet_id=subnet)["containerInstanceArn"] = arn
    assert one(world.deny("ecs:DescribeContainerInstances")).where == f"all on {arn.rpartition('/')[2]}"


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


# What is about the container instances, and what load balancers say.


REFUSED = {
    "status": "REGISTRATION_FAILED",
    "statusReason": "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-a': "
    "InvalidParameterValue",
    "registeredAt": "2026-11-22T09:30:00Z",
}


def test_a_refused_instance_is_told_with_its_id_its_reason_and_its_time() -> None:
    world = short()
    world.container_instance("i-a").update(REFUSED)
    symptom = one(world)
    assert symptom.text == f"i-a is REGISTRATION_FAILED: {REFUSED['statusReason']}"
    assert symptom.at is not None
    assert f"{symptom.at:%H:%M}" == "09:30"
    # Whatever an instance lacks, it is room that the service lacks.
    assert [symptom.allows_code(code) for code in ("start.eni-attach", "place.cpu", "start.pull-auth")] == [
        True,
        True,
        False,
    ]


def test_a_reason_that_nobody_has_seen_still_tells_of_the_room_that_is_missing() -> None:
    world = short()
    world.container_instance("i-a").update(REFUSED | {"statusReason": "The gremlins ate the instance"})
    symptom = one(world)
    assert (symptom.code, symptom.text) == (
        "unclassified",
        "i-a is REGISTRATION_FAILED: The gremlins ate the instance",
    )
    assert [symptom.allows_code(code) for code in ("place.eni", "start.eni-attach", "run.exit")] == [True, False, False]


@pytest.mark.parametrize(
    ("service", "more"),
    [("worker", {}), ("web", {"status": "ACTIVE"}), ("web", {"statusReason": ""}), ("web", {"statusReason": None})],
    ids=["Fargate has no instances", "an instance that was registered", "no reason", "nothing of a reason"],
)
def test_instances_that_say_nothing_about_a_service(service: str, more: dict[str, Any]) -> None:
    world = short(service)
    world.container_instance("i-a").update(REFUSED | more)
    assert read(world) == {}


def test_a_service_that_has_all_its_tasks_does_not_care_for_a_refused_instance() -> None:
    world = healthy()
    world.container_instance("i-a").update(REFUSED)
    assert read(world) == {}


def test_instances_that_were_not_read_leave_the_events() -> None:
    world = short().deny("ecs:DescribeContainerInstances")
    world.add_event("web", NO_ENI)
    assert one(world).code == "place.eni"


def with_target(
    state: str = "unhealthy",
    reason: str | None = "Target.Timeout",
    *,
    address: str | None = None,
    group: str | None = None,
    description: str | None = "Request timed out",
    key: str = "privateIpv4Address",
) -> World:
    """A task of `web` is a target of its target group."""
    world = healthy()
    (interface,) = next(
        task["containers"][0]["networkInterfaces"]
        for task in world.rows["ecs:DescribeTasks"]
        if task["group"] == "service:web"
    )
    own = interface.pop("privateIpv4Address")
    interface[key] = own
    health = {"State": state, "Reason": reason, "Description": description}
    world.rows["elbv2:DescribeTargetHealth"].append(
        {
            "TargetGroupArn": group or world.target_group("web")["TargetGroupArn"],
            "Target": {"Id": address or own, "Port": 8080},
            "TargetHealth": {name: value for name, value in health.items() if value is not None},
        }
    )
    return world


@pytest.mark.parametrize(
    ("key", "more", "ending"),
    [
        ("privateIpv4Address", {}, "Target.Timeout: Request timed out"),
        ("ipv6Address", {}, "Target.Timeout: Request timed out"),
        ("privateIpv4Address", {"description": None}, "Target.Timeout: Target.Timeout"),
    ],
    ids=["by its IPv4 address", "by its IPv6 address", "without a description"],
)
def test_a_task_that_its_load_balancer_finds_unhealthy_is_a_symptom(
    key: str, more: dict[str, Any], ending: str
) -> None:
    symptom = one(with_target(key=key, **more))
    assert (symptom.code, symptom.is_open, symptom.count, symptom.at) == ("run.health-elb", False, 1, None)
    assert symptom.text.startswith("target 10.0.1.")
    assert symptom.text.endswith(f":8080 is unhealthy: {ending}")
    (reading,) = symptom.readings
    assert (reading.code, reading.carries["port"], reading.carries["reason"]) == (
        "run.health-elb",
        "8080",
        ending.partition(": ")[2],
    )
    assert reading.carries["target_group"].endswith("targetgroup/web/0123456789abcdef")


@pytest.mark.parametrize(
    "more",
    [
        {"state": "draining", "reason": "Target.DeregistrationInProgress"},
        {"state": "healthy", "reason": None},
        {"reason": "Elb.InternalError"},
        {"reason": None},
        {"address": "10.0.1.250"},
        {"group": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/other/0"},
    ],
    ids=[
        "it is taken out",
        "it is healthy",
        "the load balancer's own fault",
        "nobody says whose fault",
        "a task that is gone",
        "a target group of somebody else",
    ],
)
def test_targets_that_say_nothing_about_a_service(more: dict[str, Any]) -> None:
    assert read(with_target(**more)) == {}


def test_target_groups_of_a_task_set_are_the_services_too() -> None:
    world = with_target()
    service = world.service("web")
    service["taskSets"] = [
        {"id": "ecs-svc/1", "status": "PRIMARY", "launchType": "EC2", "loadBalancers": service.pop("loadBalancers")}
    ]
    for name in ("networkConfiguration", "taskDefinition"):
        service["taskSets"][0][name] = service[name]
    assert one(world).code == "run.health-elb"


# Whose tasks, in which order.


def test_a_task_without_a_group_is_the_services_whose_deployment_started_it() -> None:
    world = short("worker")
    row = world.add_stopped_task("worker", PULL_TIMEOUT)
    row.update(group=None, startedBy=world.service("worker")["deployments"][0]["id"])
    assert one(world, "worker").code == "start.pull-image"
    row["startedBy"] = "ecs-svc/of-somebody-else"
    assert read(world) == {}


def test_services_that_nobody_wants_and_that_never_ran_a_task_hide_no_others() -> None:
    world = healthy()
    world.add_service("api", launch_type="FARGATE", desired=0)
    world.add_service("batch", launch_type="FARGATE", desired=1, running=0)
    for _ in range(2):
        row = world.add_stopped_task("batch", PULL_TIMEOUT)
        row.update(group=None, startedBy=world.service("batch")["deployments"][0]["id"])
    assert [(name, [symptom.count for symptom in said]) for (_, name), said in read(world).items()] == [("batch", [2])]


def test_tasks_of_another_cluster_and_of_another_service_are_not_this_ones() -> None:
    world = short("worker")
    world.add_stopped_task("worker", PULL_TIMEOUT)["clusterArn"] = world.arn("ecs", "cluster/staging")
    world.add_stopped_task("worker", PULL_TIMEOUT)["group"] = "service:gone"
    assert read(world) == {}


def test_events_that_a_snapshot_lists_from_the_oldest_on_are_told_by_their_times() -> None:
    world = short()
    world.add_event("web", NO_ENI, "2026-11-22T10:00:00Z")
    world.add_event("web", STEADY, "2026-11-22T10:05:00Z")
    world.service("web")["events"].reverse()
    assert read(world) == {}


def test_a_steady_state_without_a_time_is_told_by_its_place_and_an_older_one_dates_the_stops() -> None:
    world = short()
    world.service("web")["events"] = [
        {"message": STEADY},
        {"message": NO_ENI, "createdAt": "2026-11-22T10:06:00Z"},
        {"message": STEADY, "createdAt": "2026-11-22T10:05:00Z"},
    ]
    assert read(world) == {}
    for at in ("10:04", "10:05", "10:06"):
        world.add_stopped_task("web", ENI_TIMEOUT, at=f"2026-11-22T{at}:00Z")
    assert [(symptom.code, symptom.count) for symptom in read(world)["service", "web"]] == [("start.eni-timeout", 1)]


def test_what_says_why_comes_first_and_then_what_can_go_wrong_first() -> None:
    world = short("worker")
    world.add_event("worker", "(service worker) was hit by a meteorite.")
    world.add_event("worker", "(service worker) is unable to consistently start tasks successfully.")
    world.add_stopped_task("worker", "Task failed to start")
    world.add_stopped_task("worker", "Task failed container health checks", started=True)
    world.add_stopped_task("worker", PULL_TIMEOUT)
    world.add_stopped_task("worker", ENI_TIMEOUT)
    assert [symptom.code for symptom in read(world)["service", "worker"]] == [
        "start.eni-timeout",
        "start.pull-image",
        "run.health-container",
        "start.other",
        "service.unsteady",
        "unclassified",
    ]


def test_of_alike_symptoms_the_newest_text_is_told_and_every_different_one_is_read() -> None:
    world = short("worker")
    refused = "CannotPullContainerError: pull access denied for 123456789012.dkr.ecr.us-east-1.amazonaws.com/web"
    world.add_stopped_task("worker", PULL_TIMEOUT, at="2026-11-22T10:05:00Z", subnet_id="subnet-a")
    world.add_stopped_task("worker", refused, at="2026-11-22T10:01:00Z", subnet_id="subnet-b")
    world.add_stopped_task("worker", PULL_TIMEOUT, at="2026-11-22T10:03:00Z", subnet_id="subnet-b")
    symptom = one(world, "worker")
    assert (symptom.count, symptom.text, symptom.subnets) == (
        3,
        PULL_TIMEOUT,
        frozenset({"subnet-a", "subnet-b"}),
    )
    assert sorted(reading.signal.name for reading in symptom.readings if reading.signal) == ["network", "refused"]


def test_a_text_that_says_why_narrows_its_like_that_leave_it_open() -> None:
    world = short("worker")
    world.add_stopped_task("worker", "Task failed to start")
    assert one(world, "worker").is_open
    world.add_stopped_task("worker", "InternalError: unable to create task")
    symptom = one(world, "worker")
    assert (symptom.code, symptom.count, symptom.allows, symptom.is_open) == ("start.other", 2, ("start.other",), False)


@pytest.mark.parametrize(
    ("deployment", "is_over"),
    [
        ({"rolloutState": "IN_PROGRESS", "runningCount": 2}, True),
        ({"rolloutState": "IN_PROGRESS", "runningCount": 1}, False),
        ({"rolloutState": "IN_PROGRESS", "runningCount": None}, False),
        ({"rolloutState": "COMPLETED", "runningCount": 1}, True),
        ({"status": "ACTIVE", "rolloutState": "IN_PROGRESS", "runningCount": 0}, True),
    ],
    ids=["all of it run", "one is missing", "nobody says how many run", "it was completed", "an older one"],
)
def test_what_kept_tasks_from_their_place_is_over_once_the_newest_deployment_has_all(
    deployment: dict[str, Any], is_over: bool
) -> None:
    world = healthy()
    world.service("web")["deployments"][0] |= {"desiredCount": 2} | deployment
    world.add_event("web", NO_ENI)
    assert (read(world) == {}) is is_over
