"""The JSON documents of `diff` and `watch`."""

from datetime import datetime
from typing import Any

import msgspec

from awsvpc_audit.findings import SnapshotDiff, WatchRound
from awsvpc_audit.model.times import in_utc
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.text import json_safe


def write_diff_json(diff: SnapshotDiff, options: RenderOptions) -> str:
    """The difference of two snapshots, valid against `report.schema.json`. The same snapshots give the same bytes."""
    del options
    text = msgspec.json.format(msgspec.json.encode(_plain(diff)), indent=2).decode()
    return json_safe(text) + "\n"


def round_line(watched: WatchRound) -> str:
    """One round of a watch as JSON on a line of its own, ending with a line feed."""
    return json_safe(msgspec.json.encode(_plain(watched)).decode()) + "\n"


def _plain(record: msgspec.Struct) -> Any:
    """A record as JSON has it, every time in UTC."""
    return _in_utc(msgspec.to_builtins(record, builtin_types=(datetime,)))


def _in_utc(value: Any) -> Any:
    match value:
        case datetime():
            return in_utc(value)
        case dict():
            return {name: _in_utc(member) for name, member in value.items()}
        case list() | tuple():
            return [_in_utc(member) for member in value]
        case _:
            return value
