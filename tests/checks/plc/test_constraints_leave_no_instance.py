import pytest

from tests.world import World, failing, finding, healthy, unknown

WEB = ("PLC006", "web")


def world(expression: str | None = None, *, distinct: bool = False, desired: int = 3) -> World:
    world = healthy()
    service = world.service("web")
    service["desiredCount"] = desired
    if expression:
        service["placementConstraints"].append({"type": "memberOf", "expression": expression})
    if distinct:
        service["placementConstraints"].append({"type": "distinctInstance"})
    return world


@pytest.mark.parametrize(
    ("account", "fails"),
    [
        pytest.param(world("attribute:stack == prod"), True, id="no instance has the attribute"),
        pytest.param(world("attribute:ecs.instance-type =~ m5.*"), False, id="instances match"),
        pytest.param(world("attribute:ecs.availability-zone == us-east-1b"), False, id="one matches"),
        pytest.param(world("attribute:stack == prod", desired=2), False, id="nobody waits"),
        pytest.param(world("not(task:group == service:web)"), True, id="every instance runs one of the group"),
        pytest.param(world(distinct=True), True, id="distinctInstance, and a task on every instance"),
        pytest.param(world(distinct=True, desired=2), False, id="distinctInstance, and all placed"),
    ],
)
def test_boundary(account: World, fails: bool) -> None:
    assert (WEB in failing(account.audit())) is fails


def test_evidence_has_the_expression() -> None:
    account = world("attribute:stack == prod")
    account.container_instance("i-a")["attributes"].append({"name": "stack", "value": "dev"})
    found = finding(account.audit(), "PLC006")
    assert ("placementConstraints[memberOf].expression", "attribute:stack == prod") in {
        (e.field, e.value) for e in found.evidence
    }
    assert "aws ecs list-container-instances --cluster prod --filter 'attribute:stack == prod'" in (
        found.remediation.commands
    )


def test_a_constraint_of_the_task_definition() -> None:
    account = world()
    constraint = {"type": "memberOf", "expression": "attribute:stack exists"}
    account.task_definition("web")["placementConstraints"].append(constraint)
    found = finding(account.audit(), "PLC006")
    assert ("ecs:DescribeTaskDefinition", "web:1") in {(e.operation, e.resource) for e in found.evidence}


def test_a_daemon_has_one_task_on_each_instance_and_wants_no_more() -> None:
    account = world()
    account.service("web")["schedulingStrategy"] = "DAEMON"
    assert WEB not in failing(account.audit())


def test_without_the_tasks_distinct_instance_is_unknown() -> None:
    assert WEB in unknown(world(distinct=True).deny("ecs:DescribeTasks").audit())


def test_a_task_that_ecs_wants_stopped_no_longer_counts_for_distinct_instance() -> None:
    account = world(distinct=True)
    account.rows["ecs:DescribeTasks"][0]["desiredStatus"] = "STOPPED"
    assert WEB not in failing(account.audit())
