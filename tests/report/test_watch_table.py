"""A watch on a terminal and in a log."""

import json

import jsonschema
import msgspec
import pytest

from awsvpc_audit.errors import CollectError
from awsvpc_audit.report.diff_document import round_line
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.schema import packaged_schema
from awsvpc_audit.report.watch_table import LOG, News, Picture, latest, news_of, render_block, render_picture
from awsvpc_audit.watching import Watched
from tests.analyzers.test_incidents import fail_nat_gateway, incident_world
from tests.test_watching import NOW, full_subnet, watch_of
from tests.world import World, healthy

OPTIONS = RenderOptions(width=100)


@pytest.fixture(scope="module")
def watched() -> list[Watched]:
    more = full_subnet()
    more.service("web")["desiredCount"] = 3
    return list(watch_of(healthy(), full_subnet(), CollectError("no network"), more, healthy()))


def block(watched: Watched) -> str:
    return render_block(watched.record, watched.result, OPTIONS)


def test_the_first_block_is_whole(watched: list[Watched]) -> None:
    text = block(watched[0])
    assert "prod · us-east-1 · 123456789012 · round 1 · 2026-11-22 10:30:00 UTC" in text
    assert "✓ web" in text
    assert "2/2 running" in text


def test_later_blocks_have_only_what_changed(watched: list[Watched]) -> None:
    assert "+ new: SUB001 subnet-a" in block(watched[1])
    assert "running" not in block(watched[1]).partition("\n")[2]
    assert "~ web desiredCount 2 → 3" in block(watched[3])
    assert "new: SUB001" not in block(watched[3])
    assert "- fixed: SUB001 subnet-a" in block(watched[4])


def test_a_round_without_change_says_so() -> None:
    _, second = watch_of(healthy(), healthy())
    assert "nothing changed" in block(second)


def test_a_round_that_failed_says_why(watched: list[Watched]) -> None:
    text = block(watched[2])
    assert "not read" in text
    assert "? round 3 could not be read: no network" in text


def test_the_picture_marks_what_is_new_and_keeps_a_log(watched: list[Watched]) -> None:
    second = watched[1]
    assert second.result is not None
    text = render_picture(
        Picture(record=second.record, result=second.result, log=news_of(second.record), status="next in 42 s"), OPTIONS
    )
    assert "next in 42 s" in text
    assert "◀ new SUB001 subnet-a" in text
    assert "10:31:00 + new: SUB001" in text


def test_the_picture_of_a_failed_round_is_the_last_good_one_and_says_so(watched: list[Watched]) -> None:
    second, third = watched[1:3]
    assert second.result is not None
    text = render_picture(
        Picture(record=second.record, result=second.result, failed=third.record, notice="cannot write x"), OPTIONS
    )
    assert "round 3 could not be read, this is round 2: no network" in text
    assert "cannot write x" in text
    assert "✓ worker" in text


def test_another_cause_of_the_same_trouble_is_one_line() -> None:
    ill = incident_world("worker")
    fail_nat_gateway(ill)
    first, second = watch_of(ill, ill)
    assert first.result is not None
    assert second.record.changes is not None
    (diagnosis,) = first.result.diagnoses
    cause = msgspec.structs.replace(diagnosis.causes[0], check_id="NET004")
    later = msgspec.structs.replace(diagnosis, causes=(cause,))
    changes = msgspec.structs.replace(
        second.record.changes, diagnoses_came=(later,), diagnoses_gone=(diagnosis,), services=()
    )
    (news,) = news_of(msgspec.structs.replace(second.record, changes=changes))
    place = cause.resource.id
    assert (news.kind, news.text) == ("change", f"worker: cause NET006 {place} → NET004 {place}")


def test_the_log_is_bounded() -> None:
    log: tuple[News, ...] = ()
    for number in range(100):
        log = latest(log, [News(NOW, "change", str(number))])
    assert [news.text for news in log] == [str(number) for number in range(100 - LOG, 100)]


def test_each_line_of_json_is_of_the_packaged_schema(watched: list[Watched]) -> None:
    schema = json.loads(packaged_schema())
    for each in watched:
        line = round_line(each.record)
        assert line.endswith("\n")
        assert line.count("\n") == 1
        jsonschema.validate(json.loads(line), schema)


def test_text_of_strangers_is_made_safe() -> None:
    world: World = full_subnet()
    world.service("web")["serviceName"] = "web\x1b[2J"
    first, second = watch_of(healthy(), world)
    for each in (first, second):
        assert each.result is not None
        picture = Picture(record=each.record, result=each.result, log=news_of(each.record), notice="\x1b[2J")
        assert "\x1b" not in render_picture(picture, OPTIONS) + block(each)
