"""ENI002: an ENI that ECS did not create on a container instance."""

from awsvpc_audit.findings import Evidence, ResourceRef, Severity
from tests.world import finding, healthy, verdicts


def test_a_second_eni_by_hand_fails_and_names_who_may_run_there() -> None:
    world = healthy()
    eni = world.add_eni("subnet-a", instance_id="i-a", device_index=2, description="appliance")
    eni_id = eni["NetworkInterfaceId"]

    found = finding(world.audit(), "ENI002")

    assert found.resource == ResourceRef(type="eni", id=eni_id)
    assert found.severity is Severity.HIGH
    assert [ref.id for ref in found.affected] == ["web"]
    assert found.evidence == (
        Evidence(
            operation="ec2:DescribeInstances",
            resource="i-a",
            field=f"NetworkInterfaces[{eni_id}].Attachment.DeviceIndex",
            value=2,
        ),
        Evidence(
            operation="ec2:DescribeInstances",
            resource="i-a",
            field=f"NetworkInterfaces[{eni_id}].Description",
            value="appliance",
        ),
    )
    assert "i-a (m5.xlarge, us-east-1a)" in found.detail
    assert found.remediation.commands[-1] == (
        f"aws ec2 detach-network-interface --attachment-id {eni['Attachment']['AttachmentId']}"
    )


def test_primaries_task_enis_and_trunks_pass() -> None:
    world = healthy()
    world.add_trunk("i-a")

    assert verdicts(world.audit(), "ENI002") == {"i-a": "pass", "i-b": "pass"}


def test_two_on_one_instance_are_two_findings() -> None:
    world = healthy()
    enis = [world.add_eni("subnet-a", instance_id="i-a", device_index=n)["NetworkInterfaceId"] for n in (2, 3)]

    result = world.audit()

    assert {eni for eni, verdict in verdicts(result, "ENI002").items() if verdict == "fail"} == set(enis)


def test_an_instance_that_drains_is_left_alone() -> None:
    world = healthy()
    world.add_eni("subnet-a", instance_id="i-a", device_index=2)
    world.container_instance("i-a")["status"] = "DRAINING"

    assert verdicts(world.audit(), "ENI002") == {"i-b": "pass"}


def test_a_cluster_whose_ec2_tasks_are_in_bridge_mode_raises_nothing() -> None:
    world = healthy()
    world.task_definition("web")["networkMode"] = "bridge"
    world.add_eni("subnet-a", instance_id="i-a", device_index=2)

    assert verdicts(world.audit(), "ENI002") == {}


def test_unread_instances_are_unknown_unless_their_enis_show_them() -> None:
    world = healthy().deny("ec2:DescribeInstances")

    found = finding(world.audit(), "ENI002", "i-a")

    assert found.status.value == "unknown"
    assert found.missing == ("ec2:DescribeInstances",)
    assert [ref.id for ref in found.affected] == ["web"]
