"""How many ENIs an instance type takes, and how many awsvpc tasks it runs with a trunk.

The number of ENIs comes from AWS where `ec2:DescribeInstanceTypes` was read, and from this table otherwise. The number
of tasks with a trunk is in no API: this table is the only source. It was made from the table "Supported instances for
increased Amazon ECS container network interfaces" of the Amazon ECS Developer Guide (2026), compared row by row with
`limits.go` of amazon-vpc-resource-controller-k8s (2026-03-20: branch interfaces + interfaces - 2 gives AWS's number),
and completed with the ENI maximum of a capture of `ec2:DescribeInstanceTypes`. Without a trunk, AWS's number is the
maximum less the primary, for every row, types with several network cards too.
"""

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

TRUNKING_PAGE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/eni-trunking-supported-instance-types.html"
"""AWS's list of the types that take a trunk."""


class Source(StrEnum):
    """Where a row comes from, and so what it proves."""

    GUIDE = "ecs-guide"
    """In the Amazon ECS guide's table."""
    GUIDE_ONLY = "ecs-guide-only"
    """In that table; the type was in no answer of EC2, so the ENI maximum is the guide's tasks without a trunk + 1."""
    GUIDE_CONTRADICTED = "ecs-guide-contradicted"
    """In that table, though its family is on the same page's list of types that are not supported."""
    GUIDE_ONE_TASK = "ecs-guide-one-task"
    """In that table, though the page on task networking allows one awsvpc task."""
    GUIDE_UNSUPPORTED = "ecs-guide-unsupported"
    """Named on the guide's list of types that are not supported."""
    NOT_LISTED = "not-listed"
    """In no list of the guide, of a generation that the guide covers: not supported."""
    NEWER = "newer"
    """In no list of the guide, and maybe newer than the guide that was read: UNCONFIRMED."""
    DERIVED = "derived"
    """In no list of the guide; the number follows from `limits.go`: UNCONFIRMED."""


_NOTES = {
    Source.GUIDE_ONLY: "the ENI maximum of {type} follows from the Amazon ECS guide's task limit: UNCONFIRMED by EC2",
    Source.GUIDE_CONTRADICTED: (
        "the Amazon ECS guide lists {type} with {tasks} tasks on a trunk, and its family as not supported: UNCONFIRMED"
    ),
    Source.GUIDE_ONE_TASK: (
        "the Amazon ECS guide allows one awsvpc task on {type} on its page on task networking, "
        "and {without} ({tasks} with a trunk) on its page on trunking"
    ),
    Source.NEWER: "whether {type} takes a trunk is UNCONFIRMED: the Amazon ECS guide's lists do not name it",
    Source.DERIVED: (
        "{tasks} tasks with a trunk on {type} is derived and UNCONFIRMED: the Amazon ECS guide's lists do not name it"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EniLimits:
    """What is tabulated about one instance type.

    Attributes:
        instance_type: as EC2 names it.
        max_enis: ENIs on all network cards together, the primary among them.
        tasks_with_trunk: awsvpc tasks on an instance with a trunk; ``None`` where it takes none, or where it is not
            known whether it does.
        source: where the row comes from.
    """

    instance_type: str
    max_enis: int
    tasks_with_trunk: int | None
    source: Source

    @property
    def takes_trunk(self) -> bool | None:
        """Whether the type supports ENI trunking; ``None`` where no source says so."""
        if self.source is Source.NEWER:
            return None
        return self.tasks_with_trunk is not None

    @property
    def note(self) -> str | None:
        """What is UNCONFIRMED or contradicted about the row, for people; ``None`` where nothing is."""
        text = _NOTES.get(self.source)
        return text and text.format(type=self.instance_type, tasks=self.tasks_with_trunk, without=self.max_enis - 1)


def eni_limits_of(instance_type: str) -> EniLimits | None:
    """The row of an instance type, or ``None`` where the table has none."""
    return all_eni_limits().get(instance_type)


@cache
def all_eni_limits() -> dict[str, EniLimits]:
    """The whole table by instance type, read once."""
    table = resources.files("awsvpc_audit.facts").joinpath("data/eni_limits.csv")
    with table.open(encoding="utf-8") as lines:
        return {
            row["instance_type"]: EniLimits(
                instance_type=row["instance_type"],
                max_enis=int(row["max_enis"]),
                tasks_with_trunk=int(row["tasks_with_trunk"]) if row["tasks_with_trunk"] else None,
                source=Source(row["source"]),
            )
            for row in csv.DictReader(lines)
        }
