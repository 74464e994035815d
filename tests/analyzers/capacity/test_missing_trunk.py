"""Why an instance has no trunk: each of AWS's prerequisites, in its order, with what was read that shows it."""

from collections.abc import Callable

import pytest

from awsvpc_audit.analyzers.capacity.missing_trunk import TrunkReason, missing_trunk_reasons
from awsvpc_audit.analyzers.hosts import hosts_of
from awsvpc_audit.findings import Evidence
from tests.world import World, healthy

ROLE = "arn:aws:iam::123456789012:role/ecsInstanceRole"
IT_REGISTERED = "it may have been registered before the setting was on (it registered at 2026-11-01T00:01:00Z)"


def reasons(world: World) -> tuple[TrunkReason, ...]:
    cluster = world.context().cluster
    return missing_trunk_reasons(next(iter(hosts_of(cluster))), cluster)


def texts(world: World) -> list[str]:
    return [reason.text for reason in reasons(world)]


def attribute(name: str, value: str) -> Callable[[World], None]:
    def change(world: World) -> None:
        next(a for a in world.container_instance("i-a")["attributes"] if a["name"] == name)["value"] = value

    return change


def without_attribute(world: World, name: str) -> None:
    attributes = world.container_instance("i-a")["attributes"]
    attributes[:] = [a for a in attributes if a["name"] != name]


def agent(version: str | None) -> Callable[[World], None]:
    return lambda world: world.container_instance("i-a")["versionInfo"].update(agentVersion=version)


def windows(world: World) -> None:
    """What AWS asks of agents and their capabilities is not asked of Windows, where there is no trunking at all."""
    attribute("ecs.os-type", "windows")(world)
    agent("1.20.0")(world)
    without_attribute(world, "ecs.capability.task-eni-trunking")


def type_that_ec2_alone_names(world: World) -> None:
    without_attribute(world, "ecs.instance-type")
    world.instance("i-a")["InstanceType"] = "t3.medium"


def share_subnet(world: World) -> None:
    world.subnet("subnet-a")["OwnerId"] = "999999999999"


def share_subnet_that_only_ecs_names(world: World) -> None:
    share_subnet(world.deny("ec2:DescribeInstances"))


def share_subnet_that_only_ec2_names(world: World) -> None:
    share_subnet(world)
    without_attribute(world, "ecs.subnet-id")


def dns_records(world: World) -> None:
    world.instance("i-a")["PrivateDnsNameOptions"]["EnableResourceNameDnsARecord"] = True


def fail_registration(world: World) -> None:
    world.container_instance("i-a").update(status="REGISTRATION_FAILED", statusReason="Unexpected EC2 error")


def fail_registration_without_a_word(world: World) -> None:
    world.container_instance("i-a")["status"] = "REGISTRATION_FAILED"


SHARED = "its subnet subnet-a is shared by account 999999999999, where trunks are not supported"
SHARED_EVIDENCE = ("ec2:DescribeSubnets", "subnet-a", "OwnerId", "999999999999")


@pytest.mark.parametrize(
    ("change", "text", "evidence"),
    [
        pytest.param(
            windows,
            "it runs Windows, where ENI trunking is not supported",
            [("ecs:DescribeContainerInstances", "i-a", "attributes[ecs.os-type]", "windows")],
            id="Windows",
        ),
        pytest.param(
            attribute("ecs.instance-type", "t3.medium"),
            "t3.medium does not support ENI trunking (the Amazon ECS guide does not list it)",
            [("ecs:DescribeContainerInstances", "i-a", "attributes[ecs.instance-type]", "t3.medium")],
            id="a type that AWS does not list",
        ),
        pytest.param(
            type_that_ec2_alone_names,
            "t3.medium does not support ENI trunking (the Amazon ECS guide does not list it)",
            [("ec2:DescribeInstances", "i-a", "InstanceType", "t3.medium")],
            id="a type that AWS does not list, and that EC2 alone names",
        ),
        pytest.param(
            attribute("ecs.instance-type", "c5.metal"),
            "c5.metal does not support ENI trunking (the Amazon ECS guide names it as not supported)",
            [("ecs:DescribeContainerInstances", "i-a", "attributes[ecs.instance-type]", "c5.metal")],
            id="a type that AWS names as not supported",
        ),
        pytest.param(
            agent("1.28.0"),
            "its agent is 1.28.0, and trunking needs 1.28.1",
            [("ecs:DescribeContainerInstances", "i-a", "versionInfo.agentVersion", "1.28.0")],
            id="an old agent",
        ),
        pytest.param(
            lambda world: without_attribute(world, "ecs.capability.task-eni-trunking"),
            "it lacks the attribute ecs.capability.task-eni-trunking (agent too old, or ECS_ENABLE_TASK_ENI not true, "
            "or ECS_ENABLE_HIGH_DENSITY_ENI false)",
            [("ecs:DescribeContainerInstances", "i-a", "attributes[ecs.capability.task-eni-trunking]", None)],
            id="a missing capability",
        ),
        pytest.param(share_subnet, SHARED, [SHARED_EVIDENCE], id="a shared subnet"),
        pytest.param(
            share_subnet_that_only_ecs_names, SHARED, [SHARED_EVIDENCE], id="a shared subnet that ECS alone names"
        ),
        pytest.param(
            share_subnet_that_only_ec2_names, SHARED, [SHARED_EVIDENCE], id="a shared subnet that EC2 alone names"
        ),
        pytest.param(
            dns_records,
            "its resource-name DNS A record is on, which trunking does not allow",
            [("ec2:DescribeInstances", "i-a", "PrivateDnsNameOptions.EnableResourceNameDnsARecord", True)],
            id="resource-name DNS records",
        ),
        pytest.param(
            lambda world: world.setting("awsvpcTrunking", "disabled", principal=ROLE),
            f"awsvpcTrunking is disabled for its role {ROLE}",
            [("ecs:ListAccountSettings", ROLE, "settings[awsvpcTrunking].value", "disabled")],
            id="a role that has it off",
        ),
        pytest.param(
            fail_registration,
            "its registration failed: Unexpected EC2 error",
            [
                ("ecs:DescribeContainerInstances", "i-a", "status", "REGISTRATION_FAILED"),
                ("ecs:DescribeContainerInstances", "i-a", "statusReason", "Unexpected EC2 error"),
            ],
            id="a registration that failed, in AWS's words",
        ),
        pytest.param(
            fail_registration_without_a_word,
            "its registration failed",
            [
                ("ecs:DescribeContainerInstances", "i-a", "status", "REGISTRATION_FAILED"),
                ("ecs:DescribeContainerInstances", "i-a", "statusReason", None),
            ],
            id="a registration that failed without a word",
        ),
    ],
)
def test_a_prerequisite_that_is_not_met_is_the_reason(
    change: Callable[[World], object], text: str, evidence: list[tuple[str, str, str, str | bool | None]]
) -> None:
    change(world := healthy())

    assert reasons(world) == (
        TrunkReason(
            text=text,
            certain=True,
            evidence=tuple(Evidence(operation=o, resource=r, field=f, value=v) for o, r, f, v in evidence),
        ),
    )


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: None, id="nothing"),
        pytest.param(agent("1.28.1"), id="the first agent that will do"),
        pytest.param(agent(None), id="an agent that does not say its version"),
        pytest.param(
            lambda world: world.setting("awsvpcTrunking", "enabled", principal=ROLE), id="a role that has it on"
        ),
        pytest.param(
            lambda world: world.instance("i-a").pop("IamInstanceProfile"), id="an instance without a role of its own"
        ),
        pytest.param(
            lambda world: [
                world.deny(operation)
                for operation in ("ec2:DescribeInstances", "ec2:DescribeSubnets", "iam:GetInstanceProfile")
            ],
            id="what was not read",
        ),
        pytest.param(
            lambda world: without_attribute(world.deny("ec2:DescribeInstances"), "ecs.instance-type"),
            id="a type that was not read",
        ),
        pytest.param(
            lambda world: without_attribute(world.deny("ec2:DescribeInstances"), "ecs.subnet-id"),
            id="a subnet that nothing names",
        ),
    ],
)
def test_where_nothing_stands_against_it_the_launch_may(change: Callable[[World], object]) -> None:
    """An instance that registered before the setting was on has no mark of it: AWS gives no trunk afterwards."""
    change(world := healthy())

    assert reasons(world) == (
        TrunkReason(
            text=IT_REGISTERED,
            certain=False,
            evidence=(
                Evidence(
                    operation="ecs:DescribeContainerInstances",
                    resource="i-a",
                    field="registeredAt",
                    value="2026-11-01T00:01:00+00:00",
                ),
            ),
        ),
    )


def test_an_instance_that_does_not_say_when_it_registered() -> None:
    world = healthy()
    del world.container_instance("i-a")["registeredAt"]

    (reason,) = reasons(world)

    assert reason.text == "it may have been registered before the setting was on"
    assert [evidence.value for evidence in reason.evidence] == [None]


def test_a_type_that_is_newer_than_the_lists_is_a_possibility_beside_the_launch() -> None:
    attribute("ecs.instance-type", "hpc8a.96xlarge")(world := healthy())

    first, second = reasons(world)

    assert first == TrunkReason(
        text="whether hpc8a.96xlarge supports ENI trunking is UNCONFIRMED "
        "(the Amazon ECS guide's lists do not name it)",
        certain=False,
        evidence=(
            Evidence(
                operation="ecs:DescribeContainerInstances",
                resource="i-a",
                field="attributes[ecs.instance-type]",
                value="hpc8a.96xlarge",
            ),
        ),
    )
    assert second.text == IT_REGISTERED


def test_a_type_that_no_table_has_is_a_possibility_too() -> None:
    attribute("ecs.instance-type", "zz9.large")(world := healthy())

    assert [text.split(" is ")[0] for text in texts(world)] == [
        "whether zz9.large supports ENI trunking",
        IT_REGISTERED,
    ]


def test_several_stand_in_awss_order() -> None:
    world = healthy()
    agent("1.20.0")(world)
    attribute("ecs.instance-type", "t3.medium")(world)
    dns_records(world)
    share_subnet(world)

    assert [text.partition(" is ")[0].partition(" does ")[0] for text in texts(world)] == [
        "t3.medium",
        "its agent",
        "its subnet subnet-a",
        "its resource-name DNS A record",
    ]
    assert all(reason.certain for reason in reasons(world))
