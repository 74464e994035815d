"""The ENIs on a container instance, by what `ec2:DescribeInstances` and `ec2:DescribeNetworkInterfaces` say of them."""

from typing import Any

import pytest

from awsvpc_audit.analyzers.capacity.attached_enis import AttachedEni, attached_enis, ecs_attachment_id
from awsvpc_audit.analyzers.hosts import hosts_of
from awsvpc_audit.model.gaps import NotCollectedError
from tests.world import Row, World, healthy

TASK = "arn:aws:ecs:us-east-1:123456789012:attachment/0c3b7e0f-5e3c-4d5e-9e0a-0123456789ab"


def world(listed: list[Row], described: list[Row]) -> World:
    """An instance that lists the one, and the other as EC2 describes them by themselves."""
    world = healthy()
    world.instance("i-a")["NetworkInterfaces"] = listed
    world.rows["ec2:DescribeNetworkInterfaces"] = described
    return world


def enis(world: World) -> tuple[AttachedEni, ...]:
    cluster = world.context().cluster
    return attached_enis(next(host for host in hosts_of(cluster) if host.id == "i-a"), cluster)


def row(id_: str, **attachment: Any) -> Row:
    return {"NetworkInterfaceId": id_, "Attachment": attachment} if attachment else {"NetworkInterfaceId": id_}


WHOLE = {
    "Description": TASK,
    "InterfaceType": "trunk",
    "SubnetId": "subnet-a",
    "PrivateIpAddress": "10.0.1.20",
}
ATTACHMENT = {"AttachmentId": "eni-attach-1", "DeviceIndex": 2, "NetworkCardIndex": 1, "Status": "attached"}
BOTH = AttachedEni(
    network_interface_id="eni-1",
    operation="ec2:DescribeInstances",
    instance_id="i-a",
    description=TASK,
    interface_type="trunk",
    device_index=2,
    network_card_index=1,
    attachment_id="eni-attach-1",
    private_ip_address="10.0.1.20",
    subnet_id="subnet-a",
)
LITTLE = AttachedEni(
    network_interface_id="eni-1",
    operation="ec2:DescribeInstances",
    instance_id="i-a",
    description=None,
    interface_type=None,
    device_index=None,
    network_card_index=0,
    attachment_id=None,
    private_ip_address=None,
    subnet_id=None,
)


@pytest.mark.parametrize(
    ("listed", "described", "expected"),
    [
        pytest.param(row("eni-1", **ATTACHMENT) | WHOLE, [], BOTH, id="the instance says it all"),
        pytest.param(
            row("eni-1") | {"PrivateIpAddress": "10.0.1.20"},
            [row("eni-1", **ATTACHMENT, InstanceId="i-a") | WHOLE],
            BOTH,
            id="the ENI completes what the instance leaves out",
        ),
        pytest.param(
            row("eni-1", **ATTACHMENT) | WHOLE | {"InterfaceType": "interface"},
            [
                row("eni-1", AttachmentId="eni-attach-9", DeviceIndex=9, NetworkCardIndex=9, InstanceId="i-a")
                | {"Description": "other", "InterfaceType": "trunk", "SubnetId": "subnet-b"}
            ],
            BOTH,
            id="the instance goes before, but for the type",
        ),
        pytest.param(row("eni-1"), [], LITTLE, id="neither says more than the id"),
        pytest.param(row("eni-1"), [row("eni-1")], LITTLE, id="nor the ENI, which is not attached by its own account"),
    ],
)
def test_what_an_instance_lists(listed: Row, described: list[Row], expected: AttachedEni) -> None:
    (found,) = enis(world([listed], described))
    assert found == expected
    assert (found.resource, found.path("Description")) == ("i-a", "NetworkInterfaces[eni-1].Description")


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        pytest.param(
            row("eni-1", **ATTACHMENT, InstanceId="i-a") | WHOLE,
            AttachedEni(
                network_interface_id="eni-1",
                operation="ec2:DescribeNetworkInterfaces",
                instance_id="i-a",
                description=TASK,
                interface_type="trunk",
                device_index=2,
                network_card_index=1,
                attachment_id="eni-attach-1",
                private_ip_address="10.0.1.20",
                subnet_id="subnet-a",
            ),
            id="all of it",
        ),
        pytest.param(
            row("eni-1", InstanceId="i-a"),
            AttachedEni(
                network_interface_id="eni-1",
                operation="ec2:DescribeNetworkInterfaces",
                instance_id="i-a",
                description="",  # read, and empty: ECS describes the ENIs that it makes
                interface_type=None,
                device_index=None,
                network_card_index=0,
                attachment_id=None,
                private_ip_address=None,
                subnet_id=None,
            ),
            id="that it is attached",
        ),
    ],
)
@pytest.mark.parametrize("instance", ["lists none", "is not there"])
def test_what_names_an_instance_that_lists_none(described: Row, expected: AttachedEni, instance: str) -> None:
    account = world([], [described, row("eni-other", InstanceId="i-b"), row("eni-free")])
    if instance == "is not there":
        account.rows["ec2:DescribeInstances"].clear()
    (found,) = enis(account)
    assert found == expected
    assert (found.resource, found.path("Description")) == ("eni-1", "Description")


def test_one_that_is_detached_is_on_no_instance_any_more() -> None:
    rows = [row(f"eni-{status}", InstanceId="i-a", Status=status) for status in ("attaching", "detaching", "detached")]
    assert [eni.network_interface_id for eni in enis(world([], rows))] == ["eni-attaching", "eni-detaching"]


def test_they_stand_by_card_and_index_and_those_without_an_index_last() -> None:
    rows = [
        row("eni-5"),
        row("eni-4"),
        row("eni-6", NetworkCardIndex=1, DeviceIndex=0),
        row("eni-3", NetworkCardIndex=0, DeviceIndex=1),
        row("eni-2", DeviceIndex=1),
        row("eni-1", DeviceIndex=0),
    ]
    assert [eni.network_interface_id for eni in enis(world(rows, []))] == [f"eni-{n}" for n in range(1, 7)]


@pytest.mark.parametrize(
    ("denied", "missing"),
    [
        (("ec2:DescribeInstances",), ("ec2:DescribeInstances",)),
        (("ec2:DescribeNetworkInterfaces",), ("ec2:DescribeNetworkInterfaces",)),
    ],
)
def test_where_they_were_not_read_nothing_is_said(denied: tuple[str, ...], missing: tuple[str, ...]) -> None:
    account = world([], [])
    for operation in denied:
        account.deny(operation)
    with pytest.raises(NotCollectedError) as gap:
        enis(account)
    assert gap.value.operations == missing


@pytest.mark.parametrize(
    ("description", "attachment_id"),
    [
        (TASK, "0c3b7e0f-5e3c-4d5e-9e0a-0123456789ab"),
        ("arn:aws-cn:ecs:cn-north-1:123456789012:attachment/0c3b", "0c3b"),
        ("arn:aws:ecs:us-east-1:123456789012:attachment/prod/0c3b", "0c3b"),
        ("arn:aws:ecs:us-east-1:123456789012:task/0c3b", None),
        (f"was {TASK}", None),
        ("Interface for NAT Gateway nat-1", None),
        ("", None),
        (None, None),
    ],
)
def test_ecs_describes_its_enis_by_their_attachment(description: str | None, attachment_id: str | None) -> None:
    assert ecs_attachment_id(description) == attachment_id
