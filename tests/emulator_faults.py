"""A proxy before an AWS emulator that makes it as bad as AWS on a bad day.

    with faulty(emulated.endpoint_url) as aws:
        aws.deny("ec2:DescribeSubnets")
        aws.page_size = 2
        ... the program with --endpoint-url aws.endpoint_url ...
        assert aws.calls["ec2:DescribeVpcs"] == 1

It reads requests as they are on the wire and knows nothing of the emulator or of the program, so it serves any of both.
Error shapes are AWS's own, by protocol: see `_ERRORS`.
"""

import json
import re
import socket
import struct
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.etree import ElementTree

import botocore.session
from botocore.exceptions import UnknownServiceError

_BOTO3_NAMES = {"elasticloadbalancing": "elbv2", "states": "stepfunctions"}
"""Services that sign under another name than boto3 gives them."""

_PAGED_BY_HAND = {
    "ecs:DescribeCapacityProviders": ("nextToken", "nextToken", "capacityProviders"),
    "ec2:DescribeVpcBlockPublicAccessExclusions": ("NextToken", "NextToken", "VpcBlockPublicAccessExclusions"),
}
"""Operations that page and that botocore has no paginator for."""

_ERRORS = {
    ("ec2", "denied"): (403, "UnauthorizedOperation"),
    ("ec2", "throttled"): (503, "RequestLimitExceeded"),
    ("query", "denied"): (403, "AccessDenied"),
    ("query", "throttled"): (400, "Throttling"),
    ("json", "denied"): (400, "AccessDeniedException"),
    ("json", "throttled"): (400, "ThrottlingException"),
}


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
    """A request as it came."""

    operation: str
    protocol: str
    parameters: dict[str, Any]
    user_agent: str


class FaultyAws:
    """The proxy.

    Attributes:
        endpoint_url: where it listens.
        calls: requests by operation, faults among them.
        requests: every request.
        page_size: lists are cut into pages of so many entries, whatever the caller asked for.
        latency: seconds before each answer.
        remember: give the same answer to the same request without asking again: for a state that does not change.
        most_at_once: the most requests that were under way together.
    """

    def __init__(self, behind: str) -> None:
        self.behind = urllib.parse.urlsplit(behind)
        self.endpoint_url = ""
        self.calls: Counter[str] = Counter()
        self.requests: list[Request] = []
        self.page_size: int | None = None
        self.latency = 0.0
        self.remember = False
        self.most_at_once = 0
        self._under_way = 0
        self._faults: dict[str, Fault] = {}
        self._answers: dict[tuple[str, bytes], Answer] = {}
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

    def reset(self, operation: str, *, times: int | None = None) -> None:
        """Close the connection hard instead of answering."""
        self._faults[operation] = Fault("reset", times=times)

    def garble(self, operation: str) -> None:
        """Status 200, and a body that is cut off in the middle."""
        self._faults[operation] = Fault("garbled")

    def heal(self) -> None:
        self._faults.clear()
        self.page_size = None
        self.latency = 0.0
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
            fault = self._fault_of(request.operation)
        try:
            if self.latency:
                time.sleep(self.latency)
            if fault is not None and fault.kind != "garbled":
                return _failed(fault, request)
            answer = self._page_of(request, method, path, headers, body)
            if fault is not None:
                return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.content_type)
            return answer
        finally:
            with self._lock:
                self._under_way -= 1

    def _fault_of(self, operation: str) -> Fault | None:
        fault = self._faults.get(operation) or self._faults.get("*")
        if fault is None or fault.times == 0:
            return None
        if fault.times is not None:
            fault.times -= 1
        return fault

    def _page_of(self, request: Request, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
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
        if self.remember and (operation, body) in self._answers:
            return self._answers[operation, body]
        connection = HTTPConnection(str(self.behind.hostname), self.behind.port, timeout=60)
        try:
            kept = {name: value for name, value in headers.items() if name.lower() not in {"host", "content-length"}}
            connection.request(method, path, body=body, headers=kept)
            response = connection.getresponse()
            answer = Answer(response.status, response.read(), response.getheader("Content-Type", "text/xml"))
        finally:
            connection.close()
        self._answers[operation, body] = answer
        return answer


def read_request(method: str, path: str, headers: dict[str, str], body: bytes) -> Request:
    """The operation and its parameters, from the signature and the body."""
    lower = {name.lower(): value for name, value in headers.items()}
    scope = lower.get("authorization", "").partition("Credential=")[2].partition(",")[0].split("/")
    signed_for = scope[3] if len(scope) > 3 else "unsigned"
    service = _BOTO3_NAMES.get(signed_for, signed_for)
    agent = lower.get("user-agent", "")
    if target := lower.get("x-amz-target"):
        return Request(f"{service}:{target.rpartition('.')[2]}", "json", json.loads(body or b"{}"), agent)
    where = urllib.parse.urlsplit(path)
    for pattern, verb, name, protocol in _rest_routes(service):
        if verb == method and pattern.fullmatch(where.path):
            return Request(f"{service}:{name}", protocol, {"path": path}, agent)
    parameters = dict(urllib.parse.parse_qsl(body.decode()))
    return Request(
        f"{service}:{parameters.get('Action', '?')}", "ec2" if service == "ec2" else "query", parameters, agent
    )


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
