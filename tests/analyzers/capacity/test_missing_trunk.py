"""Why an instance has no trunk: each of AWS's prerequisites, in its order."""

from awsvpc_audit.analyzers.capacity.missing_trunk import missing_trunk_reasons
from awsvpc_audit.analyzers.hosts import Host, hosts_of
from tests.world import World, healthy

ROLE = "arn:aws:iam::123456789012:role/ecsInstanceRole"


def host_a(world: World) -> Host:
    return next(iter(hosts_of(world.context().cluster)))


def reasons(world: World) -> list[str]:
    return [reason.text for reason in missing_trunk_reasons(host_a(world), world.context().cluster)]


def set_attribute(world: World, name: str, value: str) -> None:
    next(a for a in world.container_instance("i-a")["attributes"] if a["name"] == name)["value"] = value


class TestReasons:
    def test_windows(self) -> None:
        world = healthy()
        set_attribute(world, "ecs.os-type", "windows")

        assert reasons(world) == ["it runs Windows, where ENI trunking is not supported"]

    def test_a_type_that_aws_does_not_list(self) -> None:
        world = healthy()
        set_attribute(world, "ecs.instance-type", "t3.medium")

        assert reasons(world) == ["t3.medium does not support ENI trunking (the Amazon ECS guide does not list it)"]

    def test_a_type_that_aws_names_as_not_supported(self) -> None:
        world = healthy()
        set_attribute(world, "ecs.instance-type", "c5.metal")

        assert reasons(world) == [
            "c5.metal does not support ENI trunking (the Amazon ECS guide names it as not supported)"
        ]

    def test_a_type_that_is_newer_than_the_lists_is_a_possibility_beside_the_launch(self) -> None:
        world = healthy()
        set_attribute(world, "ecs.instance-type", "hpc8a.96xlarge")

        first, second = reasons(world)

        assert first.startswith("whether hpc8a.96xlarge supports ENI trunking is UNCONFIRMED")
        assert second.startswith("it may have been registered before the setting was on")

    def test_without_another_reason_it_may_have_been_registered_before(self) -> None:
        (reason,) = missing_trunk_reasons(host_a(world := healthy()), world.context().cluster)

        assert reason.certain is False
        assert reason.text == (
            "it may have been registered before the setting was on (it registered at 2026-11-01T00:01:00Z)"
        )

    def test_an_old_agent(self) -> None:
        world = healthy()
        world.container_instance("i-a")["versionInfo"]["agentVersion"] = "1.28.0"

        assert reasons(world) == ["its agent is 1.28.0, and trunking needs 1.28.1"]

    def test_the_first_agent_that_will_do_is_no_reason(self) -> None:
        world = healthy()
        world.container_instance("i-a")["versionInfo"]["agentVersion"] = "1.28.1"

        (text,) = reasons(world)

        assert text.startswith("it may have been registered before")

    def test_a_missing_capability(self) -> None:
        world = healthy()
        attributes = world.container_instance("i-a")["attributes"]
        attributes[:] = [a for a in attributes if a["name"] != "ecs.capability.task-eni-trunking"]

        (text,) = reasons(world)

        assert text.startswith("it lacks the attribute ecs.capability.task-eni-trunking")

    def test_a_shared_subnet(self) -> None:
        world = healthy()
        world.subnet("subnet-a")["OwnerId"] = "999999999999"

        assert reasons(world) == [
            "its subnet subnet-a is shared by account 999999999999, where trunks are not supported"
        ]

    def test_a_shared_subnet_that_only_ecs_names(self) -> None:
        world = healthy().deny("ec2:DescribeInstances")
        world.subnet("subnet-a")["OwnerId"] = "999999999999"

        (text,) = reasons(world)

        assert text.startswith("its subnet subnet-a is shared")

    def test_resource_name_dns_records(self) -> None:
        world = healthy()
        world.instance("i-a")["PrivateDnsNameOptions"]["EnableResourceNameDnsARecord"] = True

        assert reasons(world) == ["its resource-name DNS A record is on, which trunking does not allow"]

    def test_a_role_that_has_it_off(self) -> None:
        world = healthy()
        world.setting("awsvpcTrunking", "disabled", principal=ROLE)

        assert reasons(world) == [f"awsvpcTrunking is disabled for its role {ROLE}"]

    def test_a_registration_that_failed_with_awss_words(self) -> None:
        world = healthy()
        world.container_instance("i-a").update(status="REGISTRATION_FAILED", statusReason="Unexpected EC2 error")

        assert reasons(world) == ["its registration failed: Unexpected EC2 error"]

    def test_several_stand_in_awss_order(self) -> None:
        world = healthy()
        world.container_instance("i-a")["versionInfo"]["agentVersion"] = "1.20.0"
        set_attribute(world, "ecs.instance-type", "t3.medium")
        world.instance("i-a")["PrivateDnsNameOptions"]["EnableResourceNameDnsARecord"] = True

        assert [text.split()[0] for text in reasons(world)] == ["t3.medium", "its", "its"]
        assert all(r.certain for r in missing_trunk_reasons(host_a(world), world.context().cluster))

    def test_what_was_not_read_is_no_reason(self) -> None:
        world = healthy()
        for operation in ("ec2:DescribeInstances", "ec2:DescribeSubnets", "iam:GetInstanceProfile"):
            world.deny(operation)

        (text,) = reasons(world)

        assert text.startswith("it may have been registered before")
