"""A table never lets "not read" look like "there is none"."""

import pytest

from awsvpc_audit.model.gaps import NotCollectedError, iam_action
from awsvpc_audit.model.table import Table

OPERATION = "ec2:DescribeSubnets"


def table(*rows: str, gap: tuple[str, ...] = (), unread: tuple[str, ...] = ()) -> Table[str]:
    """Rows like `a:1`, with what stands before the colon as their key."""
    return Table(OPERATION, rows, key=lambda row: row.partition(":")[0] or None, gap=gap, unread_keys=unread)


class TestWhole:
    whole = table("a:1", "b:2")

    def test_its_rows_are_all_there_are(self) -> None:
        assert list(self.whole) == ["a:1", "b:2"]
        assert len(self.whole) == 2
        assert self.whole.is_complete

    def test_an_unknown_key_proves_that_there_is_none(self) -> None:
        assert self.whole.get("a") == "a:1"
        assert self.whole.get("c") is None

    def test_an_empty_table_says_that_there_are_none(self) -> None:
        assert list(table()) == []
        assert table().get("a") is None
        assert table().where("first", lambda row: row[0], "a") == ()


class TestWithAGap:
    holed = table("a:1", gap=("ecs:ListServices", OPERATION))

    @pytest.mark.parametrize(
        "ask",
        [
            pytest.param(list, id="walking"),
            pytest.param(len, id="counting"),
            pytest.param(lambda t: t.get("b"), id="a row that was not read"),
            pytest.param(lambda t: t.where("first", lambda row: row[0], "a"), id="an index"),
            pytest.param(lambda t: t.require(), id="requiring"),
        ],
    )
    def test_what_it_may_lack_is_not_collected(self, ask: object) -> None:
        assert callable(ask)
        with pytest.raises(NotCollectedError) as signal:
            ask(self.holed)
        assert signal.value.operations == ("ecs:ListServices", OPERATION)

    def test_what_was_read_is_there(self) -> None:
        assert self.holed.get("a") == "a:1"
        assert self.holed.known() == ("a:1",)
        assert self.holed.peek("a") == "a:1"
        assert self.holed.peek("b") is None
        assert self.holed.known_where("first", lambda row: row[0], "a") == ("a:1",)
        assert not self.holed.is_complete


class TestWithAnUnreadRow:
    holed = table("a:1", unread=("b",))

    def test_only_that_row_is_unknown(self) -> None:
        assert self.holed.get("a") == "a:1"
        assert self.holed.get("c") is None
        with pytest.raises(NotCollectedError) as signal:
            self.holed.get("b")
        assert signal.value.operations == (OPERATION,)

    def test_so_it_cannot_be_walked(self) -> None:
        with pytest.raises(NotCollectedError):
            list(self.holed)


def test_of_rows_with_one_key_the_last_counts_and_rows_without_a_key_all_do() -> None:
    assert list(table("a:1", "a:2", ":x", ":x")) == ["a:2", ":x", ":x"]


def test_an_index_may_file_a_row_under_several_values_or_none() -> None:
    rows = table("a:1,2", "b:2", "c:")
    by_number = rows.where("numbers", lambda row: [n for n in row.partition(":")[2].split(",") if n], "2")
    assert by_number == ("a:1,2", "b:2")
    assert rows.where("numbers", lambda row: (), "1") == ("a:1,2",), "built once under its name"
    assert rows.where("numbers", lambda row: (), "3") == ()


def test_the_iam_action_is_of_the_service_that_iam_knows() -> None:
    assert iam_action("elbv2:DescribeTargetGroups") == "elasticloadbalancing:DescribeTargetGroups"
    assert iam_action("ec2:DescribeVpcs") == "ec2:DescribeVpcs"
