"""ENI009: no source knows how many ENIs the instance type takes."""

from awsvpc_audit.findings import Evidence, Severity
from tests.world import World, finding, healthy, verdicts


def world_with(instance_type: str, *, described: bool) -> World:
    world = healthy()
    world.add_instance("i-new", instance_type, "subnet-a")
    if not described:
        types = world.rows["ec2:DescribeInstanceTypes"]
        types[:] = [row for row in types if row["InstanceType"] != instance_type]
    return world


def test_a_type_in_neither_source_fails() -> None:
    found = finding(world_with("x99.large", described=False).audit(), "ENI009")

    assert found.resource.id == "i-new"
    assert found.severity is Severity.INFO
    assert found.evidence == (
        Evidence(
            operation="ecs:DescribeContainerInstances",
            resource="i-new",
            field="attributes[ecs.instance-type]",
            value="x99.large",
        ),
    )
    assert found.remediation.commands == ("aws ec2 describe-instance-types --instance-types x99.large",)


def test_a_type_that_ec2_describes_passes() -> None:
    assert verdicts(world_with("x99.large", described=True).audit(), "ENI009")["i-new"] == "pass"


def test_a_type_that_the_table_has_passes_without_ec2s_answer() -> None:
    assert verdicts(world_with("c5.large", described=False).audit(), "ENI009")["i-new"] == "pass"
    assert verdicts(world_with("c5.large", described=False).deny("ec2:DescribeInstanceTypes").audit(), "ENI009") == {
        "i-a": "pass",
        "i-b": "pass",
        "i-new": "pass",
    }


def test_a_trunk_on_a_type_without_a_number_fails() -> None:
    world = world_with("hpc8a.96xlarge", described=True)
    world.add_trunk("i-new")

    assert "runs with a trunk is not in the packaged table" in finding(world.audit(), "ENI009").detail


def test_a_type_that_only_ec2_could_tell_is_unknown() -> None:
    found = finding(world_with("x99.large", described=False).deny("ec2:DescribeInstanceTypes").audit(), "ENI009")

    assert found.status.value == "unknown"
    assert found.resource.id == "i-new"
    assert found.missing == ("ec2:DescribeInstanceTypes",)
