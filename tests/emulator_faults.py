"""A proxy before an AWS emulator that makes it as bad as AWS on a bad day.

    with faulty(emulated.endpoint_url) as aws:
        aws.deny("ec2:DescribeSubnets")
        aws.say("cloudtrail:LookupEvents", {"Events": []})
        aws.page_size = 2
        ... the program with --endpoint-url aws.endpoint_url ...
        assert aws.calls["ec2:DescribeVpcs"] == 1

It reads requests as they are on the wire and knows nothing of the emulator or of the program, so it serves any of both.
Error shapes are AWS's own, by protocol: see `_ERRORS`.
"""

import csv
import json
import re
import socket
import struct
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import botocore.session
from botocore.exceptions import UnknownServiceError

_BOTO3_NAMES = {"elasticfilesystem": "efs", "elasticloadbalancing": "elbv2", "states": "stepfunctions"}
"""Services that sign under another name than boto3 gives them."""

_NEEDS_NO_PERMISSION = frozenset({"sts:GetCallerIdentity"})
"""AWS answers it whatever the policies say (IAM User Guide)."""

_PAGED_BY_HAND = {
    "ecs:DescribeCapacityProviders": ("nextToken", "nextToken", "capacityProviders"),
    "ec2:DescribeVpcBlockPublicAccessExclusions": ("NextToken", "NextToken", "VpcBlockPublicAccessExclusions"),
}
"""Operations that page and that botocore has no paginator for."""

_ERRORS = {
    ("ec2", "failed"): (500, "InternalError"),
    ("query", "failed"): (500, "InternalFailure"),
    ("json", "failed"): (500, "InternalFailure"),
    ("ec2", "denied"): (403, "UnauthorizedOperation"),
    ("ec2", "throttled"): (503, "RequestLimitExceeded"),
    ("query", "denied"): (403, "AccessDenied"),
    ("query", "throttled"): (400, "Throttling"),
    ("json", "denied"): (400, "AccessDeniedException"),
    ("json", "throttled"): (400, "ThrottlingException"),
}

STALLED = 60.0
"""Seconds after which a request that is never answered is dropped all the same."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over the wire; `None` as the status closes the connection hard."""

    status: int | None
    body: bytes = b""
    content_type: str = "text/xml"


@dataclass(slots=True)
class Fault:
    """What happens to an operation, for so many requests; for ever where no number is given."""

    kind: str
    code: str = ""
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came.

    Attributes:
        action: the IAM action that allows it: named after the service that the request is signed for.
    """

    operation: str
    action: str
    protocol: str
    parameters: dict[str, Any]
    user_agent: str


class TokenBuckets:
    """Token buckets as AWS documents them, for one account and Region, whoever calls.

    Attributes:
        refused: calls that found a bucket empty, by operation.
    """

    def __init__(self, table: Path) -> None:
        """Full buckets.

        Args:
            table: rows of service, category, actions (with `*` for each action by itself), bucket_size and
                refill_per_second.
        """
        with table.open(encoding="utf-8", newline="") as file:
            self._rows = list(csv.DictReader(file))
        self._levels: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()
        self.refused: Counter[str] = Counter()

    def of(self, operation: str) -> tuple[str, float, float] | None:
        """Name, size and refill of an operation's bucket."""
        service, _, action = operation.partition(":")
        for row in self._rows:
            actions = row["actions"].split()
            if row["service"] == service and (action in actions or "*" in actions or "**" in actions):
                name = operation if "*" in actions else f"{service} {row['category']}"
                return name, float(row["bucket_size"]), float(row["refill_per_second"])
        return None

    def take(self, operation: str, tokens: int = 1) -> bool:
        """Take tokens for a call; whether there were any."""
        bucket = self.of(operation)
        if bucket is None:
            return True
        name, size, refill = bucket
        with self._lock:
            now = time.monotonic()
            level, at = self._levels.get(name, (size, now))
            level = min(size, level + (now - at) * refill)
            enough = level >= tokens
            self._levels[name] = (level - tokens if enough else level, now)
            if not enough:
                self.refused[operation] += 1
            return enough

    def least_seconds(self, calls: Counter[str]) -> float:
        """The time that these calls take at best: of each bucket what exceeds its size, at its refill."""
        needed: Counter[tuple[str, float, float]] = Counter()
        for operation, count in calls.items():
            bucket = self.of(operation)
            if bucket is not None:
                needed[bucket] += count
        return max((max(0.0, count - size) / refill for (_, size, refill), count in needed.items()), default=0.0)


class FaultyAws:
    """The proxy.

    Attributes:
        endpoint_url: where it listens.
        calls: requests by operation, faults among them.
        requests: every request.
        page_size: lists are cut into pages of so many entries, whatever the caller asked for.
        latency: seconds before each answer.
        only_in: the Region whose requests are broken; ``None`` for all.
        remember: give the same answer to the same request without asking again: for a state that does not change.
        most_at_once: the most requests that were under way together.
        buckets: token buckets; who finds one empty is throttled.
        allowed: IAM actions, as the signature names the service; whoever calls another is denied. All where ``None``.
    """

    def __init__(self, behind: str) -> None:
        self.behind = urllib.parse.urlsplit(behind)
        self.endpoint_url = ""
        self.calls: Counter[str] = Counter()
        self.requests: list[Request] = []
        self.page_size: int | None = None
        self.latency = 0.0
        self.remember = False
        self.only_in: str | None = None
        self.most_at_once = 0
        self.buckets: TokenBuckets | None = None
        self.allowed: frozenset[str] | None = None
        self._under_way = 0
        self._released = threading.Event()
        """Set when whoever was left waiting need not wait any longer."""
        self._faults: dict[str, Fault] = {}
        self._afterwards: dict[str, tuple[Callable[[], None], dict[str, str]]] = {}
        self._said: dict[str, dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]] = {}
        self._answers: dict[tuple[str, str, bytes], Answer] = {}
        self._lock = threading.Lock()

    # What to break. `*` stands for every operation.

    def deny(self, operation: str) -> None:
        self._faults[operation] = Fault("denied")

    def throttle(self, operation: str, *, times: int | None = None) -> None:
        self._faults[operation] = Fault("throttled", times=times)

    def error(self, operation: str, code: str) -> None:
        """An error with a code of its own, status 400."""
        self._faults[operation] = Fault("error", code)

    def break_down(self, operation: str, *, times: int | None = None) -> None:
        """Status 500 with a page of HTML, as a load balancer before a dead service answers."""
        self._faults[operation] = Fault("broken", times=times)

    def fail(self, operation: str) -> None:
        """Status 500 in AWS's own words."""
        self._faults[operation] = Fault("failed")

    def reset(self, operation: str, *, times: int | None = None) -> None:
        """Close the connection hard instead of answering."""
        self._faults[operation] = Fault("reset", times=times)

    def garble(self, operation: str) -> None:
        """Status 200, and a body that is cut off in the middle."""
        self._faults[operation] = Fault("garbled")

    def stall(self, operation: str) -> None:
        """Take the request and never answer, until `heal`."""
        self._released = threading.Event()
        self._faults[operation] = Fault("stalled")

    def say(self, operation: str, result: dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Give this result, in API spelling, instead of asking the emulator: for what it does not know.

        Args:
            operation: `service:Operation`.
            result: it, or a function that makes it of the request's parameters as they are on the wire.
        """
        self._said[operation] = result

    def afterwards(self, operation: str, action: Callable[[], None], **having: str) -> None:
        """Do this once, when the next request of an operation was answered and before anybody hears of it.

        Args:
            operation: `service:Operation`.
            action: what to do.
            having: parameters that the request must have.
        """
        self._afterwards[operation] = (action, having)

    def heal(self) -> None:
        self._released.set()
        self._faults.clear()
        self.only_in = None
        self.page_size = None
        self.latency = 0.0
        self.buckets = None
        self.allowed = None
        self.forget()

    def forget(self) -> None:
        """Count anew."""
        self.calls.clear()
        self.requests.clear()
        self.most_at_once = 0

    # The way of a request.

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        request = read_request(method, path, headers, body)
        with self._lock:
            self.calls[request.operation] += 1
            self.requests.append(request)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
            fault = self._fault_of(request.operation) if self.only_in in {None, signed_scope(headers)[1]} else None
        if self.allowed is not None and request.action not in {*self.allowed, *_NEEDS_NO_PERMISSION}:
            fault = Fault("denied")
        try:
            if self.latency:
                time.sleep(self.latency)
            if self.buckets is not None and not self.buckets.take(request.operation):
                return _failed(Fault("throttled"), request)
            if fault is not None and fault.kind == "stalled":
                self._released.wait(STALLED)
                return Answer(None)
            if fault is not None and fault.kind != "garbled":
                return _failed(fault, request)
            answer = self._page_of(request, method, path, headers, body)
            self._let_happen(request)
            if fault is not None:
                return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.content_type)
            return answer
        finally:
            with self._lock:
                self._under_way -= 1

    def _let_happen(self, request: Request) -> None:
        with self._lock:
            action, having = self._afterwards.get(request.operation, (None, {}))
            if action is None or not having.items() <= request.parameters.items():
                return
            del self._afterwards[request.operation]
        action()

    def _fault_of(self, operation: str) -> Fault | None:
        fault = self._faults.get(operation) or self._faults.get("*")
        if fault is None or fault.times == 0:
            return None
        if fault.times is not None:
            fault.times -= 1
        return fault

    def _page_of(self, request: Request, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if (said := self._said.get(request.operation)) is not None:
            result = said(request.parameters) if callable(said) else said
            content_type = "application/x-amz-json-1.1" if request.protocol == "json" else "text/xml"
            return Answer(200, encoded(request.operation, result), content_type)
        rule = paging_of(request.operation) if self.page_size else None
        if rule is None or "path" in request.parameters:
            return self._forward(request.operation, method, path, headers, body)
        token, answer_token, key = rule
        start = int(str(request.parameters.get(token) or 0))
        whole = self._forward(
            request.operation, method, path, headers, without_parameter(body, token, request.protocol)
        )
        if whole.status != 200:
            return whole
        assert self.page_size is not None
        cut = _cut_json if request.protocol == "json" else _cut_xml
        page = cut(whole.body, request.operation, key, answer_token, start, self.page_size)
        return Answer(200, page, whole.content_type)

    def _forward(self, operation: str, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        asked = (operation, signed_scope(headers)[1], body)
        if self.remember and asked in self._answers:
            return self._answers[asked]
        connection = HTTPConnection(str(self.behind.hostname), self.behind.port, timeout=60)
        try:
            kept = {name: value for name, value in headers.items() if name.lower() not in {"host", "content-length"}}
            connection.request(method, path, body=body, headers=kept)
            response = connection.getresponse()
            answer = Answer(response.status, response.read(), response.getheader("Content-Type", "text/xml"))
        finally:
            connection.close()
        self._answers[asked] = answer
        return answer


def read_request(method: str, path: str, headers: dict[str, str], body: bytes) -> Request:
    """The operation and its parameters, from the signature and the body."""
    lower = {name.lower(): value for name, value in headers.items()}
    signed_for, _ = signed_scope(headers)
    service = _BOTO3_NAMES.get(signed_for, signed_for)
    agent = lower.get("user-agent", "")
    if target := lower.get("x-amz-target"):
        name = target.rpartition(".")[2]
        return Request(f"{service}:{name}", f"{signed_for}:{name}", "json", json.loads(body or b"{}"), agent)
    where = urllib.parse.urlsplit(path)
    for pattern, verb, name, protocol in _rest_routes(service):
        if verb == method and pattern.fullmatch(where.path):
            return Request(f"{service}:{name}", f"{signed_for}:{name}", protocol, {"path": path}, agent)
    parameters = dict(urllib.parse.parse_qsl(body.decode()))
    name = parameters.get("Action", "?")
    protocol = "ec2" if service == "ec2" else "query"
    return Request(f"{service}:{name}", f"{signed_for}:{name}", protocol, parameters, agent)


def signed_scope(headers: dict[str, str]) -> tuple[str, str]:
    """The service and the Region that a request is signed for."""
    lower = {name.lower(): value for name, value in headers.items()}
    scope = lower.get("authorization", "").partition("Credential=")[2].partition(",")[0].split("/")
    return (scope[3], scope[2]) if len(scope) > 3 else ("unsigned", "")


@cache
def _rest_routes(service: str) -> list[tuple[re.Pattern[str], str, str, str]]:
    """Path, method, operation and protocol of the operations of a service that has an address for each."""
    try:
        model = botocore.session.get_session().get_service_model(service)
    except UnknownServiceError:
        return []
    if not str(model.metadata["protocol"]).startswith("rest-"):
        return []
    protocol = "json" if model.metadata["protocol"] == "rest-json" else "query"
    routes = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        address = re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(http["requestUri"].partition("?")[0]))
        routes.append((re.compile(address + "/?"), http["method"], name, protocol))
    return routes


def encoded(operation: str, result: dict[str, Any]) -> bytes:
    """A result as a body in the operation's own wire format; times as AWS writes them there."""
    service, _, name = operation.partition(":")
    model = botocore.session.get_session().get_service_model(service).operation_model(name)
    protocol = str(model.service_model.resolved_protocol)
    if protocol.endswith("json"):
        return json.dumps(result).encode()
    inner = _as_xml(model.output_shape, result, "item" if protocol == "ec2" else "member")
    if protocol == "query":
        assert model.output_shape is not None
        wrapper = model.output_shape.serialization["resultWrapper"]
        inner = f"<{wrapper}>{inner}</{wrapper}>"
    return f"<{name}Response><requestId>r-1</requestId>{inner}</{name}Response>".encode()


def _as_xml(shape: Any, value: Any, item: str) -> str:
    if shape.type_name == "structure":
        return "".join(
            f"<{tag}>{_as_xml(shape.members[key], each, item)}</{tag}>"
            for key, each in value.items()
            for tag in (shape.members[key].serialization.get("name", key),)
        )
    if shape.type_name == "list":
        tag = shape.member.serialization.get("name", item)
        return "".join(f"<{tag}>{_as_xml(shape.member, each, item)}</{tag}>" for each in value)
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def without_parameter(body: bytes, name: str, protocol: str) -> bytes:
    if protocol == "json":
        return json.dumps({key: value for key, value in json.loads(body).items() if key != name}).encode()
    pairs = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)
    return urllib.parse.urlencode([(key, value) for key, value in pairs if key != name]).encode()


@cache
def paging_of(operation: str) -> tuple[str, str, str] | None:
    """Token in the request, token in the response, and the member that holds the list."""
    if operation in _PAGED_BY_HAND:
        return _PAGED_BY_HAND[operation]
    service, _, name = operation.partition(":")
    try:
        rule = botocore.session.get_session().get_paginator_model(service).get_paginator(name)
    except ValueError:
        return None
    key = rule["result_key"]
    if isinstance(rule["input_token"], list):
        return None
    return str(rule["input_token"]), str(rule["output_token"]), str(key[0] if isinstance(key, list) else key)


def _cut_json(body: bytes, operation: str, key: str, token: str, start: int, size: int) -> bytes:
    del operation
    answer = json.loads(body)
    whole = answer.get(key, [])
    answer[key] = whole[start : start + size]
    answer.pop(token, None)
    if start + size < len(whole):
        answer[token] = str(start + size)
    return json.dumps(answer).encode()


@cache
def _names_in_xml(operation: str, *members: str) -> dict[str, str]:
    """What members of a response are called on the wire: `RouteTables` is `routeTableSet`."""
    service, _, name = operation.partition(":")
    shape = botocore.session.get_session().get_service_model(service).operation_model(name).output_shape
    assert shape is not None
    return {each: shape.members[each].serialization.get("name", each) for each in members}


def _cut_xml(body: bytes, operation: str, key: str, token: str, start: int, size: int) -> bytes:
    wire = _names_in_xml(operation, key, token)
    root = ElementTree.fromstring(body)  # noqa: S314 - the emulator's own
    holder = next((e for e in root.iter() if any(_local(child) == wire[key] for child in e)), None)
    if holder is None:
        return body
    for old in [child for child in holder if _local(child) == wire[token]]:
        holder.remove(old)
    entries = next(child for child in holder if _local(child) == wire[key])
    whole = list(entries)
    for entry in (*whole[:start], *whole[start + size :]):
        entries.remove(entry)
    if start + size < len(whole):
        ElementTree.SubElement(holder, wire[token]).text = str(start + size)
    return ElementTree.tostring(root)


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _failed(fault: Fault, request: Request) -> Answer:
    if fault.kind == "reset":
        return Answer(None)
    if fault.kind == "broken":
        return Answer(500, b"<html><body><h1>Internal Server Error</h1></body></html>", "text/html")
    status, code = (400, fault.code) if fault.kind == "error" else _ERRORS[request.protocol, fault.kind]
    message = f"{fault.kind} by the test: {request.operation}"
    if request.protocol == "json":
        return Answer(status, json.dumps({"__type": code, "message": message}).encode(), "application/x-amz-json-1.1")
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    if request.protocol == "ec2":
        return Answer(status, f"<Response><Errors>{error}</Errors><RequestID>r-1</RequestID></Response>".encode())
    return Answer(status, f"<ErrorResponse>{error}<RequestId>r-1</RequestId></ErrorResponse>".encode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    aws: FaultyAws


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.server.aws.answer(self.command, self.path, dict(self.headers), body)
        if answer.status is None:
            # Linger zero: the peer sees a reset, not an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST  # noqa: N815 - the name that http.server looks for

    def handle(self) -> None:
        with suppress(ConnectionError):  # a client that gave up waiting
            super().handle()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: a test's output is its own."""


@contextmanager
def faulty(behind: str) -> Iterator[FaultyAws]:
    """A proxy on loopback before an emulator's endpoint."""
    aws = FaultyAws(behind)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.aws = aws
    aws.endpoint_url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield aws
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
