"""The catalogue of ECS texts: every sample, and the wordings that differ from it."""

import tomllib
from pathlib import Path

import pytest

from awsvpc_audit.facts.messages import (
    CALLS_OUT,
    SYMPTOM_CODES,
    Message,
    Signal,
    messages,
    normalized,
    read_text,
    samples_of,
    signals,
)


@pytest.mark.parametrize("message", messages(), ids=lambda message: message.id)
def test_a_sample_is_read_as_its_own_row(message: Message) -> None:
    assert read_text(message.sample).message is message


@pytest.mark.parametrize("signal", signals(), ids=lambda signal: signal.name)
def test_a_sample_shows_its_own_signal(signal: Signal) -> None:
    assert next(s for s in signals() if s.pattern.search(normalized(signal.sample))) is signal


def test_rows_are_distinct_and_their_codes_are_of_the_catalogue() -> None:
    ids = [message.id for message in messages()]
    assert len(ids) == len(set(ids))
    assert {message.code for message in messages()} - {None} == set(SYMPTOM_CODES)
    assert set(SYMPTOM_CODES) >= CALLS_OUT


def test_every_symptom_has_a_text_to_show() -> None:
    assert all(samples_of(code) for code in SYMPTOM_CODES)


TEXTS = tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("code", "text"),
    [(code, text) for code, texts in TEXTS.items() for text in texts],
    ids=lambda value: str(value)[:60],
)
def test_a_wording_is_read_as_its_code(code: str, text: str) -> None:
    assert (read_text(text).code or "none") == code


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("CannotPullContainerError: dial tcp 10.0.0.1:443: i/o timeout", "network"),
        ("unable to pull secrets or registry auth: pull command failed: : signal: killed", "network"),
        ("failed to validate logger args: cannot find the log group. There is a connection issue between", "network"),
        ("failed to validate logger args: The task cannot find the Amazon CloudWatch log group", "not-found"),
        ("unable to retrieve secrets from ssm: AccessDeniedException", "permission"),
        ("unable to retrieve secret from asm: ResourceNotFoundException: Secrets Manager can't find", "not-found"),
        ("unable to retrieve secret from asm: invalid character 'x' looking for beginning of value", "value"),
        ("CannotPullContainerError: toomanyrequests", "throttled"),
        ("CannotPullContainerError: httpReaderSeeker: failed open: unexpected status code: 403 Forbidden", "refused"),
        (
            "(task a) is unhealthy in (target-group b) due to (reason Health checks failed with these codes: [503])",
            "answered",
        ),
        ("CannotPullContainerError", None),
        ("Timeout waiting for network interface provisioning to complete.", None),
    ],
)
def test_the_kind_of_answer_tells_path_from_permission(text: str, signal: str | None) -> None:
    reading = read_text(text)
    assert (reading.signal.name if reading.signal else None) == signal


def test_a_time_out_never_speaks_for_iam_and_a_refusal_never_for_the_path() -> None:
    timed_out = read_text("unable to retrieve secrets from ssm: context deadline exceeded")
    refused = read_text("unable to retrieve secrets from ssm: AccessDeniedException")
    assert timed_out.excludes("SVC007")
    assert not timed_out.excludes("NET006")
    assert refused.excludes("NET006")
    assert refused.excludes("END001")
    assert not refused.excludes("SVC007")
    assert refused.proves == ("SVC007",)
    assert timed_out.proves == ()


@pytest.mark.parametrize(
    ("text", "carried"),
    [
        (
            'Post "https://api.ecr.eu-west-2.amazonaws.com/": dial tcp 172.16.54.241:443: i/o timeout',
            {"host": "api.ecr.eu-west-2.amazonaws.com", "ip": "172.16.54.241", "port": "443"},
        ),
        (
            "dial tcp: lookup logs.us-east-1.amazonaws.com on 10.0.0.2:53: no such host",
            {"host": "logs.us-east-1.amazonaws.com", "ip": "10.0.0.2", "port": "53"},
        ),
        ("dial tcp [2600:1f18::1]:443: i/o timeout", {"ip": "2600:1f18::1", "port": "443"}),
        (
            "CannotPullContainerError: failed to resolve ref 123456789012.dkr.ecr.us-east-1.amazonaws.com/a/b:v1: nope",
            {"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/a/b:v1"},
        ),
        (
            "failed to fetch secret arn:aws:secretsmanager:us-east-1:123456789012:secret:db-Ab1 from secrets manager",
            {"secret": "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-Ab1"},
        ),
        ("invalid ssm parameters: /app/key", {"secret": "/app/key"}),
        ("Create Network Interface in subnet 'subnet-0aa': AuthFailure", {"subnet": "subnet-0aa"}),
        ("Host EC2 (instance i-0abc123456789def0) terminated.", {"instance": "i-0abc123456789def0"}),
        ("(task a) (port 8080) is unhealthy in (target-group tg) due to (reason Request timed out)", {"port": "8080"}),
        ("failed to create Cloudwatch log stream: log group '/ecs/web' missing", {"log_group": "/ecs/web"}),
    ],
)
def test_what_a_text_names_is_taken_out(text: str, carried: dict[str, str]) -> None:
    assert carried.items() <= dict(read_text(text).carries).items()


@pytest.mark.parametrize(
    ("address", "private"), [("10.0.1.23", True), ("52.46.132.6", False), ("fd00::1", True), ("2600:1f18::1", False)]
)
def test_an_address_tells_whether_the_endpoint_was_used(address: str, private: bool) -> None:
    written = f"[{address}]" if ":" in address else address
    assert read_text(f"CannotPullContainerError: dial tcp {written}:443: i/o timeout").ip_is_private is private


def test_a_text_without_an_address_does_not_tell() -> None:
    assert read_text("CannotPullContainerError: i/o timeout").ip_is_private is None
