"""END008."""

import pytest

from tests.world import Row, World, failing, finding, healthy, permission, unknown, verdicts

FS = "fs-0123456789abcdef0"
EFS_DOWN = (
    "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed to resolve "
    f'"{FS}.efs.us-east-1.amazonaws.com" - check that your file system ID is correct'
)


def mounting(launch_type: str = "FARGATE", *, mode: str = "awsvpc") -> World:
    """A service that mounts a file system with a mount target in each zone, which admits `sg-app`."""
    world = healthy()
    definition = world.add_task_definition("files", mode=mode)
    definition["volumes"] = [{"name": "data", "efsVolumeConfiguration": {"fileSystemId": FS, "rootDirectory": "/"}}]
    on = ("i-a", "i-b") if launch_type == "EC2" else ()
    world.add_service("files", launch_type=launch_type, desired=2, on=on, awsvpc=mode == "awsvpc")
    world.add_security_group("sg-efs", "vpc-main", permission("tcp", "sg-app", 2049))
    for letter in "ab":
        add_mount_target(world, f"subnet-{letter}")
    return world


def add_mount_target(world: World, subnet_id: str) -> Row:
    subnet = world.subnet(subnet_id)
    eni = world.add_eni(subnet_id, groups=("sg-efs",), description=f"EFS mount target for {FS}")
    row: Row = {
        "MountTargetId": f"fsmt-{subnet_id[7:]}",
        "FileSystemId": FS,
        "SubnetId": subnet_id,
        "VpcId": "vpc-main",
        "LifeCycleState": "available",
        "IpAddress": eni["PrivateIpAddress"],
        "NetworkInterfaceId": eni["NetworkInterfaceId"],
        "AvailabilityZoneId": subnet["AvailabilityZoneId"],
        "AvailabilityZoneName": subnet["AvailabilityZone"],
    }
    world.rows["efs:DescribeMountTargets"].append(row)
    world.rows["efs:DescribeMountTargetSecurityGroups"].append(
        {"MountTargetId": row["MountTargetId"], "SecurityGroups": ["sg-efs"]}
    )
    return row


def target(world: World, letter: str) -> Row:
    return world.find("efs:DescribeMountTargets", "MountTargetId", f"fsmt-{letter}")


def faults(world: World) -> set[str]:
    return {resource for check, resource in failing(world.audit()) if check == "END008"}


@pytest.mark.parametrize("launch_type", ["FARGATE", "EC2"])
def test_a_mount_target_in_each_zone_that_admits_the_tasks(launch_type: str) -> None:
    assert verdicts(mounting(launch_type).audit(), "END008")["files"] == "pass"


@pytest.mark.parametrize("launch_type", ["FARGATE", "EC2"])
def test_no_mount_target_in_one_of_the_zones(launch_type: str) -> None:
    world = mounting(launch_type)
    world.rows["efs:DescribeMountTargets"].remove(target(world, "b"))

    found = finding(world.audit(), "END008")
    assert found.status == "fail"
    assert (found.resource.type, found.resource.id) == ("file_system", FS)
    assert [ref.id for ref in found.affected] == ["files"]
    assert "us-east-1b" in found.detail
    assert found.evidence[0].value == "us-east-1a"
    assert (found.evidence[1].resource, found.evidence[1].value) == ("subnet-b", "us-east-1b")


def test_a_file_system_without_any_mount_target() -> None:
    world = mounting()
    world.rows["efs:DescribeMountTargets"].clear()

    assert "it has them in: none" in finding(world.audit(), "END008").detail


def test_a_mount_target_in_another_subnet_of_the_zone_will_do() -> None:
    world = mounting()
    world.rows["efs:DescribeMountTargets"].remove(target(world, "b"))
    add_mount_target(world, "subnet-public-b")

    assert faults(world) == set()


def test_one_of_two_mount_targets_in_a_zone_that_admits_is_enough() -> None:
    world = mounting()
    world.add_security_group("sg-closed")
    add_mount_target(world, "subnet-public-b")
    world.rows["efs:DescribeMountTargetSecurityGroups"][-1]["SecurityGroups"] = ["sg-closed"]

    assert faults(world) == set()


def test_a_mount_target_that_is_still_being_made() -> None:
    world = mounting()
    target(world, "a")["LifeCycleState"] = "creating"

    found = finding(world.audit(), "END008")
    assert (found.evidence[0].field, found.evidence[0].value) == ("LifeCycleState", "creating")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(permission("tcp", "sg-other", 2049), {FS}, id="another group"),
        pytest.param(permission("tcp", "sg-app", 2048), {FS}, id="another port"),
        pytest.param(permission("udp", "sg-app", 2049), {FS}, id="another protocol"),
        pytest.param(permission("tcp", "10.9.0.0/16", 2049), {FS}, id="another network"),
        pytest.param(permission("tcp", "10.0.0.0/16", 2049), set(), id="the VPC's network"),
        pytest.param(permission("tcp", "sg-app", 2000, 3000), set(), id="a range with the port in it"),
        pytest.param(permission("-1", "sg-app"), set(), id="everything"),
    ],
)
def test_whom_the_mount_target_admits(rule: Row, expected: set[str]) -> None:
    world = mounting()
    world.security_group("sg-efs")["IpPermissions"] = [rule]

    assert faults(world) == expected


def test_the_group_that_shuts_out_is_named() -> None:
    world = mounting()
    world.security_group("sg-efs")["IpPermissions"] = []

    found = finding(world.audit(), "END008")
    assert "sg-efs" in found.detail
    assert found.evidence[0].operation == "efs:DescribeMountTargetSecurityGroups"
    assert found.evidence[1].resource == "sg-efs"
    assert found.remediation.commands[-1].endswith("UserIdGroupPairs=[{GroupId=sg-app}]'")


def test_on_ec2_the_host_may_be_the_one_that_mounts() -> None:
    world = mounting("EC2")
    world.security_group("sg-efs")["IpPermissions"] = [permission("tcp", "sg-host", 2049)]
    assert faults(world) == set()

    world.security_group("sg-efs")["IpPermissions"] = []
    assert faults(world) == {FS}


def test_mount_targets_of_another_vpc_are_not_judged() -> None:
    world = mounting()
    for row in world.rows["efs:DescribeMountTargets"]:
        row["VpcId"] = "vpc-storage"

    assert faults(world) == set()


def test_a_bridge_mode_service_raises_nothing() -> None:
    world = mounting("EC2", mode="bridge")
    world.rows["efs:DescribeMountTargets"].clear()

    assert faults(world) == set()


def test_the_first_cause_is_the_missing_mount_target() -> None:
    world = mounting()
    world.rows["efs:DescribeMountTargets"].remove(target(world, "a"))
    world.service("files")["runningCount"] = 1
    world.add_stopped_task("files", EFS_DOWN, subnet_id="subnet-a")

    diagnosis = next(d for d in world.audit().diagnoses if d.subject.id == "files")
    assert (diagnosis.causes[0].check_id, diagnosis.causes[0].resource.id) == ("END008", FS)


@pytest.mark.parametrize(
    "operation",
    ["efs:DescribeMountTargets", "efs:DescribeMountTargetSecurityGroups", "ec2:DescribeSubnets"],
)
def test_what_was_not_read_is_unknown(operation: str) -> None:
    result = mounting().deny(operation).audit()

    assert faults(mounting().deny(operation)) == set()
    assert ("END008", "files") in unknown(result)


def test_without_file_systems_nothing_is_asked() -> None:
    assert not [each for each in unknown(healthy().deny("efs:DescribeMountTargets").audit()) if each[0] == "END008"]
