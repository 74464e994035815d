import pytest

from awsvpc_audit.findings import (
    Amount,
    Capacity,
    EniSlots,
    InstanceCapacity,
    Placement,
    SubnetCapacity,
    TrunkingState,
)
from awsvpc_audit.report.capacity_table import bar, render


def slots(used: int | None, of: int | None, *, foreign: int = 0, trunk: str | None = None) -> EniSlots:
    return EniSlots(
        limit=None if of is None else of + 1,
        task_slots=of,
        used_by_tasks=used,
        foreign=foreign,
        free=None if of is None or used is None else of - used - foreign,
        trunk=trunk,
        limit_source="ec2:DescribeInstanceTypes",
    )


def instance(id_: str, eni: EniSlots, binding: str = "none") -> InstanceCapacity:
    return InstanceCapacity(
        ec2_instance_id=id_,
        container_instance="arn",
        instance_type="c5.large",
        availability_zone="us-east-1a",
        status="ACTIVE",
        agent_version="1.89.0",
        agent_connected=True,
        eni=eni,
        cpu=Amount(registered=2048, remaining=512),
        memory=Amount(registered=3788, remaining=2150),
        binding=binding,
    )


def document(*instances: InstanceCapacity, assumed: str | None = None, fits: int = 2, service: str = "api") -> Capacity:
    return Capacity(
        cluster="prod",
        trunking=TrunkingState(setting="disabled", assumed="on" if assumed else None),
        instances=instances,
        subnets=(SubnetCapacity(id="subnet-a", availability_zone="us-east-1a", free_ips=200),),
        placement=(
            Placement(
                service=service,
                requested=6,
                placeable=fits,
                binding="none" if fits == 6 else "eni",
                by_instance={"i-0a1": fits},
                rejected={} if fits == 6 else {"i-0a1": "eni"},
            ),
        ),
    )


NOW = document(instance("i-0a1", slots(2, 2), "eni"))


def test_a_cluster_as_it_is() -> None:
    assert render(NOW, None, 120, colour=False) == (
        "prod · 1 container instance · 2 of 2 task ENIs used · awsvpcTrunking disabled\n"
        "\n"
        "instance    type      AZ          task ENIs now    CPU free    memory free    binds\n"
        "i-0a1       c5.large  us-east-1a  ██████████ 2/2   512/2048    2.1/3.7 GiB    ENI\n"
        "\n"
        "api  wants 6 · fits 2 · bound by ENI\n"
        "     no room: ENI on 1\n"
        "\n"
        "Free addresses: subnet-a (us-east-1a) 200\n"
    )


def test_a_what_if_stands_beside_it() -> None:
    then = document(instance("i-0a1", slots(2, 10)), instance("new-1", slots(0, 2)), assumed="on", fits=6)
    text = render(NOW, then, 120, colour=False, change="with trunking on")
    assert "What if: with trunking on" in text
    assert "██████████ 2/2   ██········ 2/10" in text
    assert "new              ·········· 0/2" in text
    assert "api  wants 6 · fits 2 · bound by ENI · with trunking on: fits 6" in text


def test_an_instance_that_is_lost_or_cannot_trunk_is_marked() -> None:
    now = document(instance("i-0a1", slots(2, 2)), instance("i-0b2", slots(1, 2)))
    then = document(instance("i-0a1", slots(2, 2)), assumed="on")
    text = render(now, then, 120, colour=False)
    assert "2/2 (no trunk)" in text
    assert "lost" in next(line for line in text.splitlines() if line.startswith("i-0b2"))


@pytest.mark.parametrize(
    ("eni", "expected"),
    [
        (slots(0, 2), "·········· 0/2"),
        (slots(1, 120), "█········· 1/120"),
        (slots(119, 120), "██████████ 119/120"),
        (slots(0, 0), "██████████ 0/0"),
        (slots(1, 3, foreign=1), "███████··· 2/3 (1 not of ECS)"),
        (slots(None, 2), "?????????? ?/2"),
        (slots(None, None), "not known"),
    ],
    ids=["free", "one of many", "nearly full", "none at all", "foreign ENIs hold slots", "tasks not read", "no limit"],
)
def test_bar(eni: EniSlots, expected: str) -> None:
    assert bar(eni) == expected


def test_80_columns_leave_cpu_and_memory_out() -> None:
    text = render(NOW, None, 80, colour=False)
    assert "CPU free" not in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_colour_repeats_what_the_words_say() -> None:
    assert "\x1b[" not in render(NOW, None, 120, colour=False)
    assert "\x1b[31m" in render(NOW, None, 120, colour=True)


def test_text_of_strangers_moves_no_cursor() -> None:
    text = render(document(instance("i-0a1", slots(0, 2)), service="a\x1b[2Jpi"), None, 120, colour=False)
    assert "\x1b" not in text


def test_long_lists_are_cut_with_the_count() -> None:
    many = document(*(instance(f"i-{number:03d}", slots(0, 2)) for number in range(50)))
    assert "and 10 more" in render(many, None, 120, colour=False)
    assert "and 10 more" not in render(many, None, 120, colour=False, show_all=True)


def test_a_cluster_without_instances() -> None:
    assert "No container instance." in render(document(), None, 120, colour=False)
