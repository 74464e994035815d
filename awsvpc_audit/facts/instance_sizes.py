"""Size of instance types (vCPUs, memory, GPUs), for what-ifs with types that no API call was made about.

Source: a capture of `ec2:DescribeInstanceTypes` (the one that moto 5.2.5 ships). Where AWS was asked, its own answer
counts.
"""

import csv
from functools import cache
from importlib import resources
from typing import NamedTuple


class NominalSize(NamedTuple):
    """What EC2 says of a type: vCPUs, memory in MiB, and whole GPUs."""

    vcpus: int
    memory_mib: int
    gpus: int


def nominal_size_of(instance_type: str) -> NominalSize | None:
    """The size of a type; ``None`` where the table has no such type."""
    return _sizes().get(instance_type)


@cache
def _sizes() -> dict[str, NominalSize]:
    path = resources.files("awsvpc_audit.facts") / "data" / "instance_sizes.csv"
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return {
        row["instance_type"]: NominalSize(int(row["vcpus"]), int(row["memory_mib"]), int(row["gpus"])) for row in rows
    }
