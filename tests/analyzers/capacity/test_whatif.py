"""What-ifs through the capacity document: what becomes of instances, of the tasks on them, and of those that wait."""

from dataclasses import replace
from typing import Any

import pytest

from awsvpc_audit.analyzers.capacity.report import capacity_of
from awsvpc_audit.analyzers.capacity.whatif import Addition, WhatIf, require_zone
from awsvpc_audit.errors import UsageError
from awsvpc_audit.findings import Amount, Capacity, EniSlots, InstanceCapacity
from awsvpc_audit.model import tables
from tests.analyzers.capacity.documents import capacity, crowded, instance, placement
from tests.world import World, healthy


def trunked(desired: int = 4) -> World:
    """`crowded()`, its instances with trunks."""
    world = crowded(desired)
    for name in ("i-aa", "i-bb"):
        world.add_trunk(name)
    return world


def of_type(world: World, kind: str) -> World:
    for host in world.rows["ecs:DescribeContainerInstances"]:
        next(a for a in host["attributes"] if a["name"] == "ecs.instance-type")["value"] = kind
    return world


def windows(world: World) -> World:
    """All its container instances run Windows, and the tasks of `api` are for it."""
    for host in world.rows["ecs:DescribeContainerInstances"]:
        for name, value in (("ecs.os-type", "windows"), ("ecs.os-family", "WINDOWS_SERVER_2022_CORE")):
            next(a for a in host["attributes"] if a["name"] == name)["value"] = value
    definition = world.task_definition("api")
    definition["runtimePlatform"]["operatingSystemFamily"] = "WINDOWS_SERVER_2022_CORE"
    definition["containerDefinitions"][0].update(cpu=256, memory=512)
    return world


def with_gpus(world: World, has: int, free: int) -> World:
    """So many GPUs on each instance, and a task of `api` wants one."""
    for host in world.rows["ecs:DescribeContainerInstances"]:
        for resources, number in (("registeredResources", has), ("remainingResources", free)):
            gpus = [f"gpu-{n}" for n in range(number)]
            host[resources].append({"name": "GPU", "type": "STRINGSET", "stringSetValue": gpus})
    world.task_definition("api")["containerDefinitions"][0]["resourceRequirements"] = [{"type": "GPU", "value": "1"}]
    return world


def require(world: World, expression: str) -> World:
    """A placement constraint on `api`."""
    world.service("api")["placementConstraints"] = [{"type": "memberOf", "expression": expression}]
    return world


def daemon(world: World) -> World:
    """`api` as a daemon service that runs on both instances."""
    world.service("api").update(schedulingStrategy="DAEMON", desiredCount=2, runningCount=2)
    world.rows["ecs:DescribeTasks"][-2:] = []
    return world


def fits(document: Capacity, service: str = "api") -> tuple[int, int | None, str]:
    found = placement(document, service)
    return found.requested, found.placeable, found.binding


def slots(document: Capacity) -> EniSlots:
    return instance(document, "i-aa").eni


def added(*texts: str) -> tuple[Addition, ...]:
    return tuple(Addition.parse(text) for text in texts)


class TestTrunking:
    def test_with_trunking_all_six_fit(self) -> None:
        document = capacity(crowded(), trunking="on")
        assert document.trunking.assumed == "on"
        assert slots(document) == EniSlots(
            limit=12, task_slots=10, used_by_tasks=2, foreign=0, free=8, trunk=None, limit_source="table"
        )
        assert fits(document) == (6, 6, "none")

    def test_off_takes_the_trunks_away(self) -> None:
        world = trunked()
        assert slots(capacity(world)).task_slots == 10
        document = capacity(world, trunking="off")
        assert slots(document) == EniSlots(
            limit=3,
            task_slots=2,
            used_by_tasks=2,
            foreign=0,
            free=0,
            trunk=None,
            limit_source="ec2:DescribeInstanceTypes",
        )
        assert fits(document) == (4, 4, "none")

    def test_off_displaces_the_tasks_that_only_a_trunk_takes(self) -> None:
        world = trunked(8)
        for name in ("i-aa", "i-bb") * 2:
            world.add_task("api", on=name)
        world.service("api")["runningCount"] = 8
        document = capacity(world, trunking="off")
        assert (slots(document).used_by_tasks, instance(document, "i-aa").cpu.remaining) == (2, 2048 - 2 * 256)
        assert fits(document) == (8, 4, "eni")
        assert placement(document, "api").by_instance == {"i-aa": 2, "i-bb": 2}

    def test_enis_that_ecs_did_not_create_stay(self) -> None:
        world = trunked()
        world.add_eni("subnet-a", instance_id="i-aa", device_index=2, description="by hand")
        document = capacity(world, trunking="off")
        assert (slots(document).used_by_tasks, slots(document).foreign) == (1, 1)
        assert placement(document, "api").by_instance == {"i-aa": 1, "i-bb": 2}

    @pytest.mark.parametrize(
        ("world", "trunking"),
        [
            pytest.param(trunked(), "on", id="on, where there are trunks"),
            pytest.param(of_type(trunked(), "t3.large"), "on", id="on, where there are trunks, of a type not listed"),
            pytest.param(of_type(crowded(), "t3.large"), "on", id="on, for a type that takes no trunk"),
            pytest.param(windows(crowded()), "on", id="on, for Windows"),
            pytest.param(crowded(), "off", id="off, where there are none"),
        ],
    )
    def test_it_changes_nothing_where_it_is_so_or_cannot_be(self, world: World, trunking: str) -> None:
        assert capacity(world, trunking=trunking).instances == capacity(world).instances
        assert capacity(world, trunking=trunking).placement == capacity(world).placement


class TestAnotherType:
    def test_its_size_and_slots_with_the_tasks_on_it(self) -> None:
        document = capacity(crowded(), instance_type="c5.xlarge")
        assert instance(document, "i-aa") == InstanceCapacity(
            ec2_instance_id="i-aa",
            container_instance=f"arn:aws:ecs:us-east-1:123456789012:container-instance/prod/{'aa':0>32}",
            instance_type="c5.xlarge",
            availability_zone="us-east-1a",
            status="ACTIVE",
            agent_version="1.89.0",
            agent_connected=True,
            eni=EniSlots(limit=4, task_slots=3, used_by_tasks=2, foreign=0, free=1, trunk=None, limit_source="table"),
            cpu=Amount(registered=4096, remaining=4096 - 512),
            memory=Amount(registered=7536, remaining=7536 - 1024),  # 92 % of 8,192 MiB
            binding="none",
        )
        assert fits(document) == (6, 6, "none")

    @pytest.mark.parametrize(
        ("kind", "trunk_stays"),
        [("c5.xlarge", True), ("t3.large", False)],
        ids=["a type that takes one", "a type that takes none"],
    )
    def test_a_trunk_stays_with_a_type_that_takes_one(self, kind: str, trunk_stays: bool) -> None:
        world = trunked()
        before, after = slots(capacity(world)), slots(capacity(world, instance_type=kind))
        assert before.trunk is not None
        assert (after.trunk, after.task_slots) == ((before.trunk, 20) if trunk_stays else (None, 2))

    @pytest.mark.parametrize(
        ("world", "kind", "task_slots"),
        [
            pytest.param(crowded(), "c5.xlarge", 20, id="of a type that takes one"),
            pytest.param(crowded(), "t3.xlarge", 3, id="but not of one that takes none"),
            pytest.param(windows(crowded()), "c5.xlarge", 3, id="nor for Windows"),
        ],
    )
    def test_what_registers_after_trunking_was_turned_on_gets_a_trunk(
        self, world: World, kind: str, task_slots: int
    ) -> None:
        world.setting("awsvpcTrunking", "enabled")
        assert slots(capacity(world)).task_slots == 2
        assert slots(capacity(world, instance_type=kind)).task_slots == task_slots

    @pytest.mark.parametrize(
        ("kind", "architecture", "expected"),
        [
            pytest.param("m6g.xlarge", "X86_64", (6, 0, "architecture"), id="x86 tasks on Graviton"),
            pytest.param("m6g.xlarge", "ARM64", (6, 6, "none"), id="ARM tasks on Graviton"),
            pytest.param("t3.xlarge", "ARM64", (6, 4, "architecture"), id="those that run there in spite of it"),
        ],
    )
    def test_the_architecture_is_that_of_the_type(
        self, kind: str, architecture: str, expected: tuple[int, int, str]
    ) -> None:
        world = crowded()
        world.task_definition("api")["runtimePlatform"]["cpuArchitecture"] = architecture
        document = capacity(world, instance_type=kind)
        assert fits(document) == expected
        tasks = 2 if expected[1] else 0
        assert instance(document, "i-aa").cpu == Amount(registered=4096, remaining=4096 - 256 * tasks)

    def test_what_is_displaced_gives_its_room_to_others(self) -> None:
        """Four x86 tasks hold all slots of two c5.large; on Graviton four ARM tasks take them."""
        world = crowded(4)
        world.add_service("arm", desired=5, running=0)
        world.task_definition("arm")["runtimePlatform"]["cpuArchitecture"] = "ARM64"
        assert fits(capacity(world), "arm") == (5, 0, "architecture")
        document = capacity(world, instance_type="m6g.large")
        assert fits(document, "arm") == (5, 4, "eni")
        assert fits(document, "api") == (4, 0, "architecture")

    @pytest.mark.parametrize(
        ("jobs", "expression"),
        [(0, "runningTasksCount == 0"), (1, "runningTasksCount == 1 and task:group == family:job")],
        ids=["to an empty instance", "beside a standalone task"],
    )
    def test_what_is_displaced_may_come_back(self, jobs: int, expression: str) -> None:
        """471 MiB are too few for a task of 512 MiB, and enough for one of 64 MiB beside a standalone one.

        What a constraint or a port asks of the instance holds once both are off it.
        """
        world = healthy()
        world.rows["ecs:DescribeContainerInstances"].clear()
        world.add_instance("i-aa", "c5.large", "subnet-a")
        world.add_task_definition("agent", mode="bridge", cpu="64", memory="64")
        world.task_definition("agent")["containerDefinitions"][0]["portMappings"] = [
            {"containerPort": 80, "hostPort": 80, "protocol": "tcp"}
        ]
        world.add_service("agent", desired=1, on=("i-aa",), awsvpc=False)
        world.service("agent")["placementConstraints"] = [
            {"type": "distinctInstance"},
            {"type": "memberOf", "expression": expression},
        ]
        world.container_instance("i-aa")["remainingResources"][2]["stringSetValue"].append("80")
        world.add_service("large", desired=1, on=("i-aa",))
        world.add_task_definition("job", cpu="64", memory="64")
        for _ in range(jobs):
            world.add_task(None, definition="job", on="i-aa")

        document = capacity(world, instance_type="t3.nano")

        assert fits(document, "agent") == (1, 1, "none")
        assert fits(document, "large") == (1, 0, "memory")
        one = instance(document, "i-aa")
        assert (one.memory.remaining, one.cpu.remaining, one.eni.used_by_tasks) == (
            471 - 64 * jobs,
            2048 - 64 * jobs,
            jobs,
        )

    def test_tasks_of_which_nothing_is_known_leave_the_others_to_be_judged(self) -> None:
        """The task definition of `api` is gone: who knows whether its tasks run on Graviton? Those of `web` do not."""
        world = healthy()
        world.add_service("api", on=("i-a",))
        world.rows["ecs:DescribeTaskDefinition"].remove(world.task_definition("api"))
        document = capacity(world, instance_type="m6g.xlarge")
        assert placement(document, "api").binding == "unknown"
        assert fits(document, "web") == (2, 0, "architecture")

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("attribute:ecs.instance-type =~ c5.*", (6, 0, "constraint")),
            ("attribute:ecs.instance-type =~ m5.*", (6, 6, "none")),
            ("attribute:ecs.os-type == linux", (6, 6, "none")),
        ],
        ids=["of the old one", "of the new one", "of neither"],
    )
    def test_placement_constraints_ask_for_the_type(self, expression: str, expected: tuple[int, int, str]) -> None:
        assert fits(capacity(require(crowded(), expression), instance_type="m5.xlarge")) == expected

    @pytest.mark.parametrize(
        ("kind", "expected", "by_instance", "remaining"),
        [
            pytest.param("t3.nano", (4, 0, "memory"), {}, (2048, 471), id="512 MiB, of which 471 register, for 512"),
            pytest.param("t3.micro", (4, 2, "memory"), {"i-aa": 1, "i-bb": 1}, (1792, 430), id="memory for one each"),
            pytest.param("m1.medium", (4, 2, "eni"), {"i-aa": 1, "i-bb": 1}, (768, 2972), id="a slot for one each"),
        ],
    )
    def test_a_smaller_type_displaces_what_it_has_no_room_for(
        self, kind: str, expected: tuple[int, int, str], by_instance: dict[str, int], remaining: tuple[int, int]
    ) -> None:
        document = capacity(crowded(4), "api", instance_type=kind)
        api = placement(document, "api")
        assert (fits(document), api.by_instance) == (expected, by_instance)
        one = instance(document, "i-aa")
        assert (one.cpu.remaining, one.memory.remaining) == (remaining[0], remaining[1])

    @pytest.mark.parametrize(
        ("kind", "has", "free", "expected"),
        [
            pytest.param("g5.xlarge", 2, 0, (4, 2, "gpu"), id="one GPU each, for two tasks each"),
            pytest.param("g5.12xlarge", 2, 0, (4, 4, "none"), id="four GPUs each"),
            pytest.param("c5.xlarge", 2, 0, (4, 0, "gpu"), id="none"),
            pytest.param("g5.12xlarge", 4, 2, (9, 8, "gpu"), id="as many as there are, half of them taken"),
        ],
    )
    def test_gpus_are_those_of_the_type(self, kind: str, has: int, free: int, expected: tuple[int, int, str]) -> None:
        assert fits(capacity(with_gpus(crowded(expected[0]), has, free), instance_type=kind)) == expected

    def test_gpus_that_nobody_can_give_back_are_in_nobodys_way(self) -> None:
        """Standalone tasks hold them; a task that wants none needs none."""
        world = with_gpus(crowded(6), 2, 0)
        del world.task_definition("api")["containerDefinitions"][0]["resourceRequirements"]
        assert fits(capacity(world, instance_type="c5.xlarge")) == (6, 6, "none")

    def test_a_type_of_which_nothing_is_known_leaves_the_answer_open(self) -> None:
        document = capacity(crowded(4), instance_type="zz9.large")
        assert instance(document, "i-aa").cpu == Amount(registered=None, remaining=None)
        assert instance(document, "i-aa").memory == Amount(registered=None, remaining=None)
        assert fits(document) == (4, None, "unknown")

    @pytest.mark.parametrize("missing", ["registeredResources", "remainingResources"])
    def test_what_runs_on_an_instance_that_does_not_say_is_not_known(self, missing: str) -> None:
        world = crowded(4)
        for host in world.rows["ecs:DescribeContainerInstances"]:
            del host[missing]
        document = capacity(world, instance_type="c5.xlarge")
        assert instance(document, "i-aa").cpu == Amount(registered=4096, remaining=None)
        assert fits(document) == (4, None, "unknown")


class TestMoreInstances:
    def test_they_move_no_task_from_where_it_is(self) -> None:
        """AWS lets an instance hold more than it has: an ENI was attached by hand beside two tasks on two slots."""
        world = crowded(4)
        world.add_eni("subnet-a", instance_id="i-aa", device_index=3, description="by hand")
        document = capacity(world, additions=added("c5.large:1"))
        assert (slots(document).task_slots, slots(document).used_by_tasks, slots(document).foreign) == (2, 2, 1)
        assert placement(document, "api").by_instance == {"i-aa": 2, "i-bb": 2}

    @pytest.mark.parametrize(
        ("addition", "placeable"),
        [
            pytest.param("c5.large:1", 6, id="one more takes the two that wait"),
            pytest.param("c5.large:1@us-east-1b", 6, id="in an AZ"),
            pytest.param("c5.large:1@us-east-1f", 4, id="in an AZ without a task subnet it helps nobody"),
            pytest.param("c6i.large:3@us-east-1a", 6, id="of another type, by the packaged table"),
        ],
    )
    def test_they_take_what_waits(self, addition: str, placeable: int) -> None:
        document = capacity(crowded(), additions=added(addition))
        assert placement(document, "api").placeable == placeable
        new = instance(document, "new-1")
        assert (new.eni.task_slots, new.cpu.registered, new.status) == (2, 2048, "ACTIVE")

    def test_one_is_new_and_empty(self) -> None:
        document = capacity(crowded(), additions=added("c6i.large:1@us-east-1b"))
        assert instance(document, "new-1") == InstanceCapacity(
            ec2_instance_id="new-1",
            container_instance="",
            instance_type="c6i.large",
            availability_zone="us-east-1b",
            status="ACTIVE",
            agent_version="1.89.0",
            agent_connected=True,
            eni=EniSlots(limit=3, task_slots=2, used_by_tasks=0, foreign=0, free=2, trunk=None, limit_source="table"),
            cpu=Amount(registered=2048, remaining=2048),
            memory=Amount(registered=3768, remaining=3768),  # 92 % of 4,096 MiB
            binding="none",
        )
        assert placement(document, "api").by_instance == {"i-aa": 2, "i-bb": 2, "new-1": 2}

    def test_they_spread_over_the_zones_of_the_tasks_on_ec2(self) -> None:
        world = crowded()
        world.add_subnet("subnet-fargate", "10.0.9.0/24", "us-east-1c")
        world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"].append("subnet-fargate")
        document = capacity(world, additions=added("c5.large:3", "m5.large:1", "m5.large:1@us-east-1a"))
        assert [(i.ec2_instance_id, i.instance_type, i.availability_zone) for i in document.instances[2:]] == [
            ("new-1", "c5.large", "us-east-1a"),
            ("new-2", "c5.large", "us-east-1b"),
            ("new-3", "c5.large", "us-east-1a"),
            ("new-4", "m5.large", "us-east-1a"),
            ("new-5", "m5.large", "us-east-1a"),
        ]

    @pytest.mark.parametrize("awsvpc", [True, False], ids=["awsvpc", "bridge: the zones of the instances count"])
    def test_they_start_in_the_zones_that_are_left(self, awsvpc: bool) -> None:
        world = crowded()
        for service in ("web", "api") if not awsvpc else ():
            world.task_definition(service)["networkMode"] = "bridge"
            del world.service(service)["networkConfiguration"]
        document = capacity(world, additions=added("c5.large:2"), lost_zone="us-east-1a")
        assert [(i.ec2_instance_id, i.availability_zone) for i in document.instances] == [
            ("i-bb", "us-east-1b"),
            ("new-1", "us-east-1b"),
            ("new-2", "us-east-1b"),
        ]

    @pytest.mark.parametrize(
        ("world", "trunking", "task_slots"),
        [
            pytest.param(crowded(), {}, 2, id="off in the account"),
            pytest.param(crowded(), {"trunking": "on"}, 10, id="assumed on"),
            pytest.param(windows(crowded()), {"trunking": "on"}, 2, id="assumed on, for Windows"),
        ],
    )
    def test_they_have_trunks_where_trunking_is_on(
        self, world: World, trunking: dict[str, Any], task_slots: int
    ) -> None:
        document = capacity(world, additions=added("c5.large:1", "t3.large:1"), **trunking)
        assert [instance(document, new).eni.task_slots for new in ("new-1", "new-2")] == [task_slots, 2]

    @pytest.mark.parametrize(
        ("trunking", "task_slots"), [({}, 10), ({"trunking": "off"}, 2)], ids=["on", "assumed off"]
    )
    def test_they_register_after_trunking_was_turned_on(self, trunking: dict[str, Any], task_slots: int) -> None:
        world = crowded()
        world.setting("awsvpcTrunking", "enabled")
        document = capacity(world, additions=added("c5.large:1"), **trunking)
        assert instance(document, "new-1").eni.task_slots == task_slots

    @pytest.mark.parametrize(
        ("expression", "placeable"),
        [
            ("attribute:stack == blue", 6),
            ("attribute:ecs.instance-type == m5.large", 6),
            ("attribute:ecs.availability-zone == us-east-1b", 6),
            ("attribute:ecs.cpu-architecture == x86_64", 6),
            ("agentVersion >= 1.80.0", 6),
            ("agentConnected == true", 6),
            ("runningTasksCount == 0", 5),
            ("not(task:group == service:api)", 5),
            ("ec2InstanceId == new-1", 6),
            ("attribute:ecs.os-type == windows", 4),
        ],
    )
    def test_they_are_like_those_that_are_there(self, expression: str, placeable: int) -> None:
        """A constraint on a custom attribute does not keep tasks from instances of the same Auto Scaling group."""
        world = require(crowded(), expression)
        for host in world.rows["ecs:DescribeContainerInstances"]:
            host["attributes"].append({"name": "stack", "value": "blue"})
        document = capacity(world, additions=added("m5.large:1@us-east-1b"))
        assert placement(document, "api").placeable == placeable

    def test_they_are_like_those_in_service(self) -> None:
        world = crowded()
        world.container_instance("i-aa").update(status="DRAINING", versionInfo={"agentVersion": "1.20.0"})
        world.container_instance("i-bb")["versionInfo"]["agentVersion"] = "1.70.0"
        document = capacity(world, additions=added("c5.large:1"))
        assert instance(document, "new-1").agent_version == "1.70.0"

    def test_they_are_like_the_linux_instances_of_a_mixed_cluster(self) -> None:
        world = crowded()
        windows(world)
        linux = world.container_instance("i-bb")["attributes"]
        linux[2]["value"], linux[3]["value"] = "linux", "LINUX"
        world.task_definition("api")["runtimePlatform"]["operatingSystemFamily"] = "LINUX"
        assert fits(capacity(world, additions=added("c5.large:1"))) == (6, 6, "none")

    def test_they_run_windows_where_all_do(self) -> None:
        assert fits(capacity(windows(crowded()), additions=added("c5.large:1"))) == (6, 6, "none")

    @pytest.mark.parametrize(
        "expression",
        ["attribute:ecs.os-type exists", "attribute:ecs.os-type == linux", "attribute:ecs.os-family == LINUX"],
    )
    @pytest.mark.parametrize(
        ("family", "expected"), [("LINUX", (6, 6, "none")), ("WINDOWS_SERVER_2022_CORE", (6, 4, "os"))]
    )
    def test_they_run_linux_where_there_is_none(
        self, family: str, expected: tuple[int, int, str], expression: str
    ) -> None:
        world = require(crowded(), expression)
        world.task_definition("api")["runtimePlatform"]["operatingSystemFamily"] = family
        for host in world.rows["ecs:DescribeContainerInstances"]:
            host["status"] = "DRAINING"
        document = capacity(world, additions=added("c5.xlarge:1"))
        assert instance(document, "new-1").agent_version is None
        assert fits(document) == expected

    def test_their_architecture_is_that_of_the_type(self) -> None:
        world = crowded()
        world.task_definition("api")["runtimePlatform"]["cpuArchitecture"] = "ARM64"
        assert fits(capacity(world, additions=added("c5.large:1"))) == (6, 4, "architecture")
        assert fits(capacity(world, additions=added("m6g.large:1"))) == (6, 6, "none")

    def test_they_are_in_the_vpc_of_those_that_are_there(self) -> None:
        """A service whose subnets lie in another VPC has no use for one more instance of the same group."""
        world = crowded(4)
        world.add_vpc("vpc-other", "10.9.0.0/16")
        world.add_subnet("subnet-z", "10.9.1.0/24", "us-east-1b", vpc_id="vpc-other")
        world.add_service("zeta", subnets=("subnet-z",), running=0)
        document = capacity(world, additions=added("c5.large:1@us-east-1b"))
        assert (fits(document), fits(document, "zeta")) == ((4, 4, "none"), (1, 0, "vpc"))
        assert placement(document, "zeta").rejected == {"i-aa": "vpc", "i-bb": "vpc", "new-1": "vpc"}

    def test_where_there_is_no_zone_to_be_in_the_answer_is_open(self) -> None:
        world = crowded().deny("ec2:DescribeSubnets")
        world.rows["ecs:DescribeContainerInstances"].clear()
        document = capacity(world, additions=added("c5.large:1"))
        assert instance(document, "new-1").availability_zone is None
        assert fits(document) == (6, None, "unknown")

    def test_their_gpus_are_those_of_the_type(self) -> None:
        """Two tasks wait; a g5.xlarge has one GPU, and no instance that is there has one to spare."""
        assert fits(capacity(with_gpus(crowded(), 2, 0), additions=added("g5.xlarge:1"))) == (6, 5, "gpu")

    def test_a_type_of_which_nothing_is_known_leaves_the_answer_open(self) -> None:
        document = capacity(crowded(), additions=(Addition(instance_type="zz9.large", count=1),))
        assert fits(document) == (6, None, "unknown")
        assert instance(document, "new-1").binding == "unknown"


class TestLostZone:
    def test_it_loses_its_instances_tasks_and_subnets(self) -> None:
        document = capacity(crowded(4), lost_zone="us-east-1a")
        assert [i.ec2_instance_id for i in document.instances] == ["i-bb"]
        assert [s.id for s in document.subnets] == ["subnet-b"]
        assert fits(document) == (4, 2, "eni")
        assert placement(document, "api").by_instance == {"i-bb": 2}

    @pytest.mark.parametrize("free", [1, 0])
    def test_tasks_on_fargate_start_again_where_there_are_addresses(self, free: int) -> None:
        world = healthy()
        world.subnet("subnet-b")["AvailableIpAddressCount"] = free
        document = capacity(world, lost_zone="us-east-1a")
        assert fits(document, "worker") == (2, 1 + free, "none" if free else "addresses")

    def test_the_zone_of_a_task_that_does_not_say_is_its_instances(self) -> None:
        world = crowded(4)
        for task in world.rows["ecs:DescribeTasks"]:
            task.pop("availabilityZone", None)
        assert fits(capacity(world, lost_zone="us-east-1a")) == (4, 2, "eni")

    @pytest.mark.parametrize("zone", ["us-east-1a", "us-east-1b"])
    def test_it_is_used_here(self, zone: str) -> None:
        require_zone(zone, crowded().context().cluster)
        require_zone(zone, crowded().deny("ec2:DescribeSubnets").context().cluster)

    @pytest.mark.parametrize("denied", [(), ("ec2:DescribeSubnets",), ("ecs:DescribeContainerInstances",)])
    def test_one_that_is_not_used_is_refused(self, denied: tuple[str, ...]) -> None:
        world = crowded()
        for host in world.rows["ecs:DescribeContainerInstances"][1:]:
            host["attributes"] = []
        for operation in denied:
            world.deny(operation)
        names = "us-east-1a" if denied == ("ec2:DescribeSubnets",) else "us-east-1a, us-east-1b"
        with pytest.raises(UsageError) as refused:
            require_zone("eu-west-1c", world.context().cluster)
        assert str(refused.value).startswith('no Availability Zone "eu-west-1c" is used here.')
        assert str(refused.value).endswith(f"(zones: {names})")

    def test_any_will_do_where_none_was_read(self) -> None:
        world = crowded().deny("ec2:DescribeSubnets").deny("ecs:DescribeContainerInstances")
        require_zone("eu-west-1c", world.context().cluster)


class TestDaemons:
    """A daemon service runs one task on every ACTIVE instance that meets its constraints: it has no count to set."""

    @pytest.mark.parametrize(
        ("what_if", "expected"),
        [
            pytest.param({}, (2, 2, "none"), id="as it is"),
            pytest.param({"tasks": 9}, (2, 2, "none"), id="asked for a number of tasks"),
            pytest.param({"additions": added("c5.large:3")}, (5, 5, "none"), id="more instances"),
            pytest.param({"additions": added("c5.large:3@us-east-1f")}, (2, 2, "none"), id="more that do not suit"),
            pytest.param({"lost_zone": "us-east-1a"}, (1, 1, "none"), id="fewer instances"),
            pytest.param({"instance_type": "c5.xlarge"}, (2, 2, "none"), id="other instances"),
            pytest.param({"instance_type": "m6g.large"}, (0, 0, "none"), id="others that do not suit"),
        ],
    )
    def test_they_go_with_the_instances(self, what_if: dict[str, Any], expected: tuple[int, int, str]) -> None:
        assert fits(capacity(daemon(crowded()), **what_if)) == expected


class TestTasksThatWereNotRead:
    """Where they are is what says which of them lose their place."""

    @pytest.mark.parametrize(
        "what_if", [{"lost_zone": "us-east-1a"}, {"instance_type": "c5.xlarge"}, {"trunking": "off"}]
    )
    @pytest.mark.parametrize("service", ["api", "worker"])
    def test_a_what_if_that_moves_tasks_has_no_answer(self, what_if: dict[str, Any], service: str) -> None:
        world = crowded(4).deny("ecs:DescribeTasks")
        assert fits(capacity(world), service) == (placement(capacity(world), service).requested,) * 2 + ("none",)
        assert fits(capacity(world, **what_if), service)[1:] == (None, "unknown")

    def test_others_have(self) -> None:
        document = capacity(crowded(4).deny("ecs:DescribeTasks"), trunking="on", additions=added("c5.large:1"))
        assert fits(document) == (4, 4, "none")

    def test_nor_where_the_task_definition_was_not_read(self) -> None:
        world = crowded(4).deny("ecs:DescribeTaskDefinition")
        assert fits(capacity(world)) == (4, 4, "none")
        assert fits(capacity(world, instance_type="c5.xlarge")) == (4, None, "unknown")


def test_what_ifs_combine() -> None:
    document = capacity(crowded(), "api", trunking="on", lost_zone="us-east-1a", tasks=9)
    assert fits(document) == (9, 6, "memory")  # of seven times 512 MiB, web's lost task takes one


@pytest.mark.parametrize(
    ("what_if", "words"),
    [
        ({}, ""),
        ({"tasks": 0}, "wanting 0"),
        (
            {
                "tasks": 9,
                "trunking": "on",
                "additions": added("c6i.large:3", "m5.large:1@us-east-1a"),
                "lost_zone": "us-1b",
                "instance_type": "c5.xlarge",
            },
            "on c5.xlarge, with trunking on, 3 more c6i.large, 1 more m5.large in us-east-1a, without us-1b, wanting 9",
        ),
    ],
    ids=["nothing", "no tasks", "everything"],
)
def test_in_words(what_if: dict[str, Any], words: str) -> None:
    assert WhatIf(**what_if).in_words() == words
    assert WhatIf(**what_if).is_nothing is not bool(words)


def test_as_many_instances_as_a_cluster_may_have_are_an_addition() -> None:
    assert Addition.parse("c6i.large:5000@us-east-1a") == Addition(
        instance_type="c6i.large", count=5000, availability_zone="us-east-1a"
    )


@pytest.mark.parametrize(
    "text",
    [
        "c5.large",
        "c5.large:",
        "c5.large:0",
        "c5.large:-1",
        "c5.large:5001",
        "c5.large:9999999",
        ":3",
        "c5.large:3@",
        "C5 large:3",
    ],
)
def test_what_is_no_addition_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="TYPE:COUNT"):
        Addition.parse(text)


@pytest.mark.parametrize("operation", sorted(spec.operation for spec in tables.TABLES))
def test_they_never_raise(operation: str) -> None:
    world = daemon(crowded().deny(operation))
    additions = added("c6i.large:2", "zz9.large:1@us-east-1f")
    for what_if in (WhatIf(instance_type="m6g.large", trunking="off"), WhatIf(lost_zone="us-east-1a", trunking="on")):
        document = capacity_of(world.context().cluster, replace(what_if, additions=additions))
        assert document.trunking.assumed == what_if.trunking
