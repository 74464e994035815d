"""What is added to the report of an audit where it is about one service or one task."""

from collections.abc import Iterator
from datetime import datetime

from awsvpc_audit.findings import PathDocument, PathFlow, ServiceAudit, TaskAudit
from awsvpc_audit.model.times import in_utc
from awsvpc_audit.report.capacity_table import render as render_capacity
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.table import render as render_audit
from awsvpc_audit.report.text import clean, padded, some, wrapped

_MARKS = {"reachable": "✓", "unreachable": "✗", "partial": "✗", "unknown": "?"}
_INDENT = 10


def render_service(result: ServiceAudit, options: RenderOptions) -> str:
    """The audit of one service, what its tasks reach, and its capacity."""
    parts = [render_audit(result, options), *_reach(result.paths, options.width)]
    if result.capacity.placement:
        parts += ["", render_capacity(result.capacity, None, options.width, options.colour, show_all=options.all)]
    return "\n".join(part.rstrip("\n") for part in parts) + "\n"


def render_task(result: TaskAudit, options: RenderOptions) -> str:
    """One task: what it is and how far it came, why it stopped, and what it reaches."""
    parts = [*_task(result, options.width), "", render_audit(result, options), *_reach(result.paths, options.width)]
    return "\n".join(part.rstrip("\n") for part in parts) + "\n"


def _task(result: TaskAudit, width: int) -> Iterator[str]:
    task = result.task
    where = (task.instance, task.availability_zone, task.subnet, task.eni, task.private_ipv4)
    yield clean(f"task {task.id}  {task.task_definition or '?'}  {task.status or '?'}")
    facts = [
        ("of", f"service {task.service}" if task.service else "no service (standalone)"),
        ("on", " · ".join(part for part in (task.launch_type or task.capacity_provider, *where) if part)),
        ("times", ", ".join(_times(result))),
        (
            "stage",
            {"before pull": "stopped before it pulled an image", "pull": "stopped while it pulled an image"}.get(
                task.stage or "", "ran, then stopped" if task.stage else ""
            ),
        ),
        ("stopped", " ".join(part for part in (task.stop_code, task.stopped_reason) if part)),
        *(
            (container.name or "container", f"exit code {container.exit_code} {container.reason or ''}")
            for container in task.containers
            if container.exit_code is not None or container.reason
        ),
    ]
    for name, text in facts:
        for number, line in enumerate(wrapped(clean(text), width - _INDENT)):
            yield "  " + padded("" if number else clean(name), _INDENT - 2) + line


def _times(result: TaskAudit) -> Iterator[str]:
    task = result.task
    named: tuple[tuple[str, datetime | None], ...] = (
        ("created", task.created_at),
        ("pull started", task.pull_started_at),
        ("pull stopped", task.pull_stopped_at),
        ("started", task.started_at),
        ("stopped", task.stopped_at),
    )
    for name, at in named:
        if at is not None:
            yield f"{name} {in_utc(at):%H:%M:%S}"


def _reach(paths: tuple[PathDocument, ...], width: int) -> Iterator[str]:
    if not paths:
        return
    yield ""
    yield "Reaches (tcp/443)"
    longest = max(len(clean(path.destination)) for path in paths)
    for path in paths:
        reached = [flow for flow in path.flows if flow.verdict == "reachable"]
        lead = f"  {_MARKS[path.verdict]} {padded(clean(path.destination), longest)}  "
        places = some((clean(flow.subnet or "?") for flow in path.flows), 4)
        share = "" if len(reached) in {0, len(path.flows)} else f" {len(reached)} of {len(path.flows)}:"
        yield f"{lead}{path.verdict}{share} from {places}" + (
            f" ({clean(path.source)})" if path.source[:2] == "i-" else ""
        )
        for flow in path.flows:
            if flow.verdict != "reachable":
                yield from _why(flow, width)
        if path.verdict != "reachable":
            yield f"      awsvpc-audit path {clean(path.source)} {clean(path.destination)}"


def _why(flow: PathFlow, width: int) -> Iterator[str]:
    hop = next((h for h in flow.hops if h.verdict == "deny"), None) or next(
        (h for h in flow.hops if h.verdict == "unknown"), None
    )
    check = f"{flow.blocked_by.check_id} " if flow.blocked_by else ""
    said = f"{hop.kind} {hop.id} {hop.direction}: {hop.detail}" if hop else flow.verdict
    for number, line in enumerate(wrapped(clean(f"{flow.subnet or flow.eni}  {check}{said}"), width - 8)):
        yield ("      " if number == 0 else "        ") + line
