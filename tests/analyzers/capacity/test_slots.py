"""Task-ENI slots: expectations from AWS's pages on task networking and on ENI trunking."""

from typing import Any

import pytest

from awsvpc_audit.analyzers.capacity.slots import TaskEniSlots, foreign_enis, has_trunk, slots_of
from awsvpc_audit.analyzers.hosts import Host, hosts_of
from awsvpc_audit.findings import EniSlots
from awsvpc_audit.model.gaps import NotCollectedError
from tests.world import World, healthy


def world_with(instance_type: str, *, enis: int = 3, trunk: bool = False, windows: bool = False) -> World:
    """An account with one container instance, `i-1`, and an awsvpc service without tasks."""
    world = healthy()
    for operation in ("ecs:DescribeContainerInstances", "ec2:DescribeInstances", "ec2:DescribeInstanceTypes"):
        world.rows[operation].clear()
    world.rows["ecs:DescribeServices"].clear()
    world.rows["ecs:DescribeTasks"].clear()
    world.rows["ec2:DescribeNetworkInterfaces"].clear()
    world.add_instance("i-1", instance_type, "subnet-a", enis=enis, windows=windows)
    world.add_service("web", desired=0)
    if trunk:
        world.add_trunk("i-1")
    return world


def the_host(world: World) -> tuple[Host, Any]:
    cluster = world.context().cluster
    return next(iter(hosts_of(cluster))), cluster


def slots(world: World) -> TaskEniSlots:
    return slots_of(*the_host(world))


class TestLimit:
    def test_a_c5_large_has_three_enis_and_so_two_task_slots(self) -> None:
        found = slots(world_with("c5.large"))

        assert (found.limit, found.task_slots, found.free) == (3, 2, 2)
        assert found.limit_source == "ec2:DescribeInstanceTypes"
        assert found.missing == ()

    def test_a_c5_large_with_a_trunk_has_a_limit_of_twelve_and_ten_task_slots(self) -> None:
        found = slots(world_with("c5.large", trunk=True))

        assert (found.limit, found.task_slots, found.free) == (12, 10, 10)
        assert found.limit_source == "table"

    @pytest.mark.parametrize(
        ("instance_type", "without", "with_trunk"),
        [("m5.large", 2, 10), ("m5.xlarge", 3, 20), ("c5.4xlarge", 7, 60), ("p4d.24xlarge", 59, 120)],
    )
    def test_slots_by_the_packaged_table_are_those_of_the_ecs_guide(
        self, instance_type: str, without: int, with_trunk: int
    ) -> None:
        plain = slots(world_with(instance_type).deny("ec2:DescribeInstanceTypes"))
        trunked = slots(world_with(instance_type, trunk=True).deny("ec2:DescribeInstanceTypes"))

        assert (plain.task_slots, plain.limit_source) == (without, "table")
        assert (trunked.task_slots, trunked.limit_source) == (with_trunk, "table")
        assert plain.missing == trunked.missing == ()

    def test_network_cards_are_added_up_where_ec2_gives_no_total(self) -> None:
        world = world_with("p4d.24xlarge")
        world.rows["ec2:DescribeInstanceTypes"][0]["NetworkInfo"] = {
            "NetworkCards": [{"NetworkCardIndex": card, "MaximumNetworkInterfaces": 15} for card in range(4)]
        }

        found = slots(world)

        assert (found.limit, found.limit_source) == (60, "ec2:DescribeInstanceTypes")

    def test_a_card_without_a_number_makes_the_sum_worthless(self) -> None:
        world = world_with("p4d.24xlarge")
        world.rows["ec2:DescribeInstanceTypes"][0]["NetworkInfo"] = {
            "NetworkCards": [{"NetworkCardIndex": 0, "MaximumNetworkInterfaces": 15}, {"NetworkCardIndex": 1}]
        }

        assert slots(world).limit_source == "table"

    def test_an_answer_without_network_figures_leaves_the_table(self) -> None:
        world = world_with("c5.large")
        del world.rows["ec2:DescribeInstanceTypes"][0]["NetworkInfo"]

        assert (slots(world).limit, slots(world).limit_source) == (3, "table")

    def test_ec2_is_believed_against_the_table_and_the_disagreement_is_said(self) -> None:
        found = slots(world_with("c5.large", enis=4))

        assert (found.limit, found.task_slots) == (4, 3)
        assert found.notes == ("ec2:DescribeInstanceTypes says 4 ENIs for c5.large, the packaged table 3",)

    def test_agreement_needs_no_note(self) -> None:
        assert slots(world_with("c5.large")).notes == ()
        assert slots(world_with("c5.large", trunk=True)).notes == ()
        assert slots(world_with("c5.large").deny("ec2:DescribeInstanceTypes")).notes == ()

    def test_what_is_doubtful_about_a_trunk_is_no_note_without_one(self) -> None:
        assert slots(world_with("hpc8a.96xlarge", enis=4)).notes == ()
        assert slots(world_with("hpc8a.96xlarge").deny("ec2:DescribeInstanceTypes")).notes == ()

    def test_a_maximum_that_only_the_guide_implies_is_said_where_ec2_was_not_read(self) -> None:
        described = slots(world_with("u-18tb1.metal", enis=15))
        tabulated = slots(world_with("u-18tb1.metal").deny("ec2:DescribeInstanceTypes"))

        assert described.notes == ()
        assert tabulated.limit == 15
        assert len(tabulated.notes) == 1
        assert "UNCONFIRMED by EC2" in tabulated.notes[0]

    def test_a_type_in_no_source_has_no_limit_and_nothing_is_missing(self) -> None:
        world = world_with("x99.large")
        world.rows["ec2:DescribeInstanceTypes"].clear()

        found = slots(world)

        assert (found.limit, found.task_slots, found.free, found.limit_source) == (None, None, None, None)
        assert found.missing == ()

    def test_an_instance_of_no_known_type_has_no_limit(self) -> None:
        world = world_with("c5.large")
        world.container_instance("i-1")["attributes"].clear()
        del world.instance("i-1")["InstanceType"]

        found = slots(world.deny("ec2:DescribeInstanceTypes"))

        assert (found.limit, found.task_slots, found.missing) == (None, None, ())

    def test_the_primary_is_one_of_the_enis_that_a_type_takes(self) -> None:
        found = slots(world_with("x99.small", enis=1))

        assert (found.limit, found.task_slots, found.free) == (1, 0, 0)

    def test_a_type_that_only_ec2_could_tell_is_missing_its_answer(self) -> None:
        found = slots(world_with("x99.large").deny("ec2:DescribeInstanceTypes"))

        assert found.free is None
        assert found.missing == ("ec2:DescribeInstanceTypes",)
        with pytest.raises(NotCollectedError):
            found.require()

    def test_a_trunk_on_a_type_without_a_number_has_no_limit(self) -> None:
        found = slots(world_with("hpc8a.96xlarge", enis=4, trunk=True))

        assert (found.limit, found.task_slots) == (None, None)
        assert found.notes

    def test_windows_has_the_limit_without_a_trunk(self) -> None:
        found = slots(world_with("m5.large", windows=True))

        assert (found.limit, found.task_slots) == (3, 2)

    def test_a_p5_has_the_larger_number_with_both_of_awss_statements(self) -> None:
        found = slots(world_with("p5.48xlarge", enis=64))

        assert found.task_slots == 63
        assert any("one awsvpc task" in note for note in found.notes)

    def test_an_unconfirmed_trunk_number_is_used_and_said(self) -> None:
        found = slots(world_with("m8azn.large", trunk=True))

        assert found.task_slots is not None
        assert any("UNCONFIRMED" in note for note in found.notes)


class TestTrunk:
    def test_it_is_named_by_its_eni(self) -> None:
        world = world_with("c5.large", trunk=True)

        found = slots(world)

        assert found.has_trunk is True
        assert found.trunk == world.instance("i-1")["NetworkInterfaces"][1]["NetworkInterfaceId"]
        assert found.foreign == ()

    def test_without_its_eni_in_sight_the_attribute_proves_it(self) -> None:
        world = world_with("c5.large", trunk=True).deny("ec2:DescribeInstances").deny("ec2:DescribeNetworkInterfaces")
        uuid = world.container_instance("i-1")["attributes"][-1]["value"]

        found = slots(world)

        assert (found.has_trunk, found.trunk, found.task_slots) == (True, uuid, 10)
        assert found.free is None
        assert "ec2:DescribeInstances" in found.missing

    def test_so_it_does_without_a_value(self) -> None:
        world = world_with("c5.large", trunk=True)
        world.instance("i-1")["NetworkInterfaces"].pop()
        world.rows["ec2:DescribeNetworkInterfaces"].pop()
        del world.container_instance("i-1")["attributes"][-1]["value"]

        found = slots(world)

        assert (found.has_trunk, found.trunk, found.task_slots) == (True, "unknown", 10)

    def test_an_attached_eni_of_that_type_proves_it_without_the_attribute(self) -> None:
        world = world_with("c5.large", trunk=True)
        world.container_instance("i-1")["attributes"].pop()

        assert slots(world).task_slots == 10

    def test_the_attribute_finds_its_eni_where_the_source_knows_no_types(self) -> None:
        world = world_with("c5.large", trunk=True)
        for eni in (world.instance("i-1")["NetworkInterfaces"][1], world.rows["ec2:DescribeNetworkInterfaces"][1]):
            del eni["InterfaceType"]

        found = slots(world)

        assert found.used_by_tasks == 0
        assert (found.trunk or "").startswith("eni-")

    def test_without_attribute_and_enis_it_is_not_known(self) -> None:
        host, cluster = the_host(world_with("c5.large").deny("ec2:DescribeInstances"))

        with pytest.raises(NotCollectedError):
            has_trunk(host, cluster)
        assert slots_of(host, cluster).has_trunk is None


class TestUse:
    def test_each_awsvpc_task_takes_a_slot(self) -> None:
        world = world_with("c5.large")
        world.add_task("web", on="i-1")

        assert (slots(world).used_by_tasks, slots(world).free) == (1, 1)

    def test_the_last_slot_leaves_none_free(self) -> None:
        world = world_with("c5.large")
        world.add_task("web", on="i-1")
        world.add_task("web", on="i-1")

        assert slots(world).free == 0

    def test_branch_enis_are_counted_from_the_tasks_because_the_instance_does_not_list_them(self) -> None:
        world = world_with("c5.large", trunk=True)
        for _ in range(4):
            world.add_task("web", on="i-1")

        found = slots(world)

        assert len(world.instance("i-1")["NetworkInterfaces"]) == 2
        assert (found.used_by_tasks, found.free, found.foreign) == (4, 6, ())

    def test_bridge_tasks_take_none(self) -> None:
        world = world_with("c5.large")
        world.add_service("bridge", awsvpc=False, desired=2, on=("i-1",))

        assert slots(world).used_by_tasks == 0

    def test_a_task_whose_eni_is_still_to_come_takes_one(self) -> None:
        world = world_with("c5.large")
        task = world.add_task("web", on="i-1", status="PROVISIONING")
        task["attachments"][0] |= {"status": "PRECREATED", "details": [{"name": "subnetId", "value": "subnet-a"}]}
        drop_eni(world, 1)

        assert slots(world).used_by_tasks == 1

    def test_a_task_and_its_eni_are_one_slot_before_the_task_names_the_eni(self) -> None:
        world = world_with("c5.large")
        task = world.add_task("web", on="i-1", status="PROVISIONING")
        task["attachments"][0]["details"] = [{"name": "subnetId", "value": "subnet-a"}]

        assert slots(world).used_by_tasks == 1

    def test_a_task_without_an_attachment_counts_by_its_task_definition(self) -> None:
        world = world_with("c5.large")
        world.add_task("web", on="i-1")["attachments"] = []
        drop_eni(world, 1)

        assert slots(world).used_by_tasks == 1

    def test_a_stopped_task_whose_eni_is_still_attached_takes_one(self) -> None:
        world = world_with("c5.large")
        world.add_task("web", on="i-1", status="STOPPED")

        assert (slots(world).used_by_tasks, slots(world).foreign) == (1, ())

    def test_a_stopped_task_whose_eni_is_gone_takes_none(self) -> None:
        world = world_with("c5.large")
        world.add_task("web", on="i-1", status="STOPPED")
        drop_eni(world, 1)

        assert slots(world).used_by_tasks == 0

    def test_a_deprovisioning_task_whose_eni_is_deleted_takes_none(self) -> None:
        world = world_with("c5.large")
        world.add_task("web", on="i-1", status="DEPROVISIONING")["attachments"][0]["status"] = "DELETED"
        drop_eni(world, 1)

        assert slots(world).used_by_tasks == 0

    def test_an_eni_of_ecs_without_any_task_takes_one(self) -> None:
        world = world_with("c5.large")
        attach(world, description=world.arn("ecs", f"attachment/{world.new_uuid()}"))

        assert (slots(world).used_by_tasks, slots(world).foreign, slots(world).free) == (1, (), 1)

    def test_tasks_of_another_instance_do_not_count(self) -> None:
        world = world_with("c5.large")
        world.add_instance("i-2", "c5.large", "subnet-b")
        world.add_task("web", on="i-2")

        assert slots(world).used_by_tasks == 0

    def test_without_the_tasks_it_is_not_known(self) -> None:
        found = slots(world_with("c5.large").deny("ecs:DescribeTasks"))

        assert (found.task_slots, found.used_by_tasks, found.free) == (2, None, None)
        assert found.missing == ("ecs:DescribeTasks",)


class TestForeign:
    def test_an_eni_that_ecs_did_not_create_takes_a_slot(self) -> None:
        world = world_with("c5.large")
        eni = attach(world, description="by hand")

        found = slots(world)

        assert [e.network_interface_id for e in found.foreign or ()] == [eni["NetworkInterfaceId"]]
        assert (found.used_by_tasks, found.free) == (0, 1)

    def test_free_is_never_below_zero(self) -> None:
        world = world_with("c5.large")
        for _ in range(2):
            world.add_task("web", on="i-1")
        attach(world)

        assert slots(world).free == 0

    def test_one_at_index_zero_of_another_network_card_is_no_primary(self) -> None:
        world = world_with("p4d.24xlarge", enis=60)
        rename(world, attach(world, device_index=0), "eni-0")["Attachment"]["NetworkCardIndex"] = 1

        assert [e.network_interface_id for e in slots(world).foreign or ()] == ["eni-0"]

    def test_it_is_none_where_the_network_card_is_read_from_the_eni(self) -> None:
        world = world_with("p4d.24xlarge", enis=60)
        rename(world, attach(world, device_index=0), "eni-0")["Attachment"]["NetworkCardIndex"] = 1
        world.instance("i-1")["NetworkInterfaces"].clear()

        assert [e.network_interface_id for e in slots(world).foreign or ()] == ["eni-0"]

    def test_one_that_a_task_names_is_no_foreigner_whatever_its_description(self) -> None:
        world = world_with("c5.large")
        world.add_task("web", on="i-1")
        describe(world, 1, "emulated")

        assert (slots(world).used_by_tasks, slots(world).foreign) == (1, ())

    def test_one_that_a_stopped_task_names_is_none_either(self) -> None:
        world = world_with("c5.large")
        world.add_task("web", on="i-1", status="STOPPED")
        describe(world, 1, "emulated")

        assert (slots(world).used_by_tasks, slots(world).foreign) == (1, ())

    def test_one_that_the_container_instance_names_is_none_either(self) -> None:
        world = world_with("c5.large")
        eni = attach(world, description="emulated")
        world.container_instance("i-1")["attachments"].append(
            {
                "id": world.new_uuid(),
                "type": "ElasticNetworkInterface",
                "details": [{"name": "networkInterfaceId", "value": eni["NetworkInterfaceId"]}],
            }
        )

        assert slots(world).foreign == ()

    def test_without_the_tasks_that_might_hold_it_it_is_not_known(self) -> None:
        world = world_with("c5.large")
        attach(world)
        host, cluster = the_host(world.deny("ecs:DescribeTasks"))

        with pytest.raises(NotCollectedError) as gap:
            foreign_enis(host, cluster)
        assert gap.value.operations == ("ecs:DescribeTasks",)

    def test_the_description_comes_from_the_eni_where_the_instance_leaves_it_out(self) -> None:
        world = world_with("c5.large")
        attach(world, description=world.arn("ecs", f"attachment/{world.new_uuid()}"))
        del world.instance("i-1")["NetworkInterfaces"][1]["Description"]

        assert slots(world).foreign == ()

    def test_without_any_description_it_is_not_known(self) -> None:
        world = world_with("c5.large").deny("ec2:DescribeNetworkInterfaces")
        attach(world)
        del world.instance("i-1")["NetworkInterfaces"][1]["Description"]

        assert slots(world).foreign is None
        assert slots(world).missing == ("ec2:DescribeNetworkInterfaces",)

    def test_enis_are_found_by_their_attachment_where_the_instance_lists_none(self) -> None:
        world = world_with("c5.large")
        eni = attach(world, description="by hand")
        world.instance("i-1")["NetworkInterfaces"].clear()

        (found,) = slots(world).foreign or ()

        assert found.network_interface_id == eni["NetworkInterfaceId"]
        assert (found.operation, found.resource) == ("ec2:DescribeNetworkInterfaces", eni["NetworkInterfaceId"])

    def test_a_detached_eni_is_not_attached(self) -> None:
        world = world_with("c5.large")
        attach(world)["Attachment"]["Status"] = "detached"
        world.instance("i-1")["NetworkInterfaces"].clear()

        assert slots(world).foreign == ()

    def test_the_primary_is_known_by_its_address_where_no_index_is_given(self) -> None:
        world = world_with("c5.large")
        rename(world, attach(world), "eni-0")
        for row in (*world.rows["ec2:DescribeNetworkInterfaces"], *world.instance("i-1")["NetworkInterfaces"]):
            row["Attachment"].pop("DeviceIndex", None)

        assert [e.network_interface_id for e in slots(world).foreign or ()] == ["eni-0"]

    def test_the_only_eni_is_the_primary(self) -> None:
        world = world_with("c5.large")
        for row in (*world.rows["ec2:DescribeNetworkInterfaces"], *world.instance("i-1")["NetworkInterfaces"]):
            row.pop("Attachment", None)
        del world.instance("i-1")["PrivateIpAddress"]

        assert slots(world).foreign == ()


def test_the_record_counts_what_the_view_lists() -> None:
    world = world_with("c5.large")
    world.add_task("web", on="i-1")
    attach(world)

    assert slots(world).record() == EniSlots(
        limit=3,
        task_slots=2,
        used_by_tasks=1,
        foreign=1,
        free=0,
        trunk=None,
        limit_source="ec2:DescribeInstanceTypes",
    )


def test_the_record_names_the_trunk_and_leaves_out_what_is_not_known() -> None:
    world = world_with("c5.large", trunk=True)
    trunk = world.instance("i-1")["NetworkInterfaces"][1]["NetworkInterfaceId"]
    attach(world, device_index=2)

    assert slots(world.deny("ecs:DescribeTasks")).record() == EniSlots(
        limit=12,
        task_slots=10,
        used_by_tasks=None,
        foreign=None,
        free=None,
        trunk=trunk,
        limit_source="table",
    )


def attach(world: World, *, description: str = "by hand", device_index: int = 1) -> dict[str, Any]:
    """Attach one more ENI to `i-1`."""
    return world.add_eni("subnet-a", instance_id="i-1", description=description, device_index=device_index)


def rename(world: World, eni: dict[str, Any], new_id: str) -> dict[str, Any]:
    """Give an ENI of `i-1` another id, in both answers: one that sorts before the primary's."""
    listed = next(
        row
        for row in world.instance("i-1")["NetworkInterfaces"]
        if row["NetworkInterfaceId"] == eni["NetworkInterfaceId"]
    )
    listed["NetworkInterfaceId"] = eni["NetworkInterfaceId"] = new_id
    return eni


def describe(world: World, number: int, description: str) -> None:
    """Change the description of one of the ENIs of `i-1`, in both answers."""
    listed = world.instance("i-1")["NetworkInterfaces"][number]
    listed["Description"] = description
    world.find("ec2:DescribeNetworkInterfaces", "NetworkInterfaceId", listed["NetworkInterfaceId"])["Description"] = (
        description
    )


def drop_eni(world: World, number: int) -> None:
    """Take one of the ENIs of `i-1` away, from both answers."""
    gone = world.instance("i-1")["NetworkInterfaces"].pop(number)["NetworkInterfaceId"]
    enis = world.rows["ec2:DescribeNetworkInterfaces"]
    enis[:] = [eni for eni in enis if eni["NetworkInterfaceId"] != gone]
