"""The packaged table of ENI limits, against the numbers that AWS's pages give."""

import pytest

from awsvpc_audit.facts.eni_limits import Source, all_eni_limits, eni_limits_of

# Instance type, tasks without a trunk, tasks with one: the Amazon ECS guide, "Supported instances for increased Amazon
# ECS container network interfaces".
AWS_TABLE = [
    ("a1.medium", 1, 10),
    ("a1.large", 2, 10),
    ("a1.4xlarge", 7, 60),
    ("c5.large", 2, 10),
    ("c5.xlarge", 3, 20),
    ("c5.4xlarge", 7, 60),
    ("m5.large", 2, 10),
    ("m5.xlarge", 3, 20),
    ("m5.4xlarge", 7, 60),
    ("r5.large", 2, 10),
    ("m7i-flex.large", 2, 4),
    ("p4d.24xlarge", 59, 120),
    ("trn1.32xlarge", 39, 120),
    ("p5.48xlarge", 63, 242),
]


@pytest.mark.parametrize(("instance_type", "without", "with_trunk"), AWS_TABLE, ids=[row[0] for row in AWS_TABLE])
def test_task_limits_are_those_of_the_ecs_guide(instance_type: str, without: int, with_trunk: int) -> None:
    limits = eni_limits_of(instance_type)

    assert limits is not None
    assert limits.max_enis - 1 == without
    assert limits.tasks_with_trunk == with_trunk
    assert limits.takes_trunk is True


@pytest.mark.parametrize(
    "instance_type",
    ["t2.micro", "t3.medium", "t3a.large", "t4g.small", "c5.metal", "m5.metal", "r5.8xlarge", "c5n.large", "i3.large"],
)
def test_a_type_that_aws_does_not_list_takes_no_trunk(instance_type: str) -> None:
    limits = eni_limits_of(instance_type)

    assert limits is not None
    assert limits.takes_trunk is False
    assert limits.note is None


def test_a_type_newer_than_the_guide_is_neither_supported_nor_not() -> None:
    limits = eni_limits_of("hpc8a.96xlarge")

    assert limits is not None
    assert limits.max_enis == 4
    assert limits.takes_trunk is None
    assert "UNCONFIRMED" in (limits.note or "")


def test_a_derived_number_says_so() -> None:
    limits = eni_limits_of("m8azn.large")

    assert limits is not None
    assert limits.takes_trunk is True
    assert "UNCONFIRMED" in (limits.note or "")


def test_what_aws_says_twice_and_differently_is_said_so() -> None:
    p5 = eni_limits_of("p5.48xlarge")
    r5b = eni_limits_of("r5b.16xlarge")

    assert p5 is not None
    assert r5b is not None
    assert "one awsvpc task" in (p5.note or "")
    assert "63 (242 with a trunk)" in (p5.note or "")
    assert "not supported" in (r5b.note or "")


def test_an_unheard_of_type_has_no_row() -> None:
    assert eni_limits_of("x99.large") is None


def test_every_row_is_sound() -> None:
    table = all_eni_limits()

    assert len(table) > 1400
    for name, row in table.items():
        assert row.instance_type == name
        assert row.max_enis >= 1
        listed = row.source in {Source.GUIDE, Source.GUIDE_ONLY, Source.GUIDE_CONTRADICTED, Source.GUIDE_ONE_TASK}
        assert (row.tasks_with_trunk is not None) == (listed or row.source is Source.DERIVED)
