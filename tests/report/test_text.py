import pytest

from awsvpc_audit.report.text import (
    clean,
    counted,
    csv_safe,
    display_width,
    json_safe,
    markdown_code,
    markdown_text,
    padded,
    some,
    truncated,
    without_controls,
    wrapped,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("web", "web", id="plain text stays"),
        pytest.param("\x1b[31mweb\x1b[0m", "web", id="colour sequences go whole"),
        pytest.param("\x9b31mweb", "web", id="the one-character CSI too"),
        pytest.param("a\x1b]0;title\x07b", "ab", id="window titles go whole"),
        pytest.param("a\x1b]8;;https://evil\x1b\\b", "ab", id="links go whole"),
        pytest.param("a\x1bcb", "acb", id="a lone escape goes, its letter cannot harm"),
        pytest.param("a\x00\x07\x08\x7f\x80b", "ab", id="C0, DEL and C1 go"),
        pytest.param("a\u202eb\u2066c\u200fd\ufeff", "abcd", id="direction characters and the byte-order mark go"),
        pytest.param("a\r\n\tb\u2028c", "a b c", id="line breaks and tabs become one space"),
        pytest.param("Zürich 東京 🚀", "Zürich 東京 🚀", id="other scripts stay"),
        pytest.param("a\ufffeb", "ab", id="what XML forbids goes"),
    ],
)
def test_clean_leaves_nothing_a_terminal_obeys(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_an_escape_inside_quotes_cannot_swallow_the_quote_of_a_command() -> None:
    # As one sequence, ESC [ ' SPACE - - f would go, and what follows would stand outside the quotes.
    command = "aws x --name '\x1b[' --filter '; rm -rf ~; '"
    assert without_controls(command) == "aws x --name '[' --filter '; rm -rf ~; '"


@pytest.mark.parametrize("lead", ["=", "+", "-", "@", "\t", "\r", "\x1b[0m=", " =", "＝"])  # noqa: RUF001
def test_a_cell_never_starts_a_formula(lead: str) -> None:
    assert csv_safe(f"{lead}cmd()").startswith("'")


@pytest.mark.parametrize("text", ["web", "10.0.0.0/16", "a=b", "", "arn:aws:ecs"])
def test_a_harmless_cell_stays_as_it_is(text: str) -> None:
    assert csv_safe(text) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        pytest.param("<b>|`x`", r"\<b\>\|\`x\`", id="markup, table cells and code"),
        pytest.param("[a](b) *c* _d_", r"\[a\](b) \*c\* \_d\_", id="links and emphasis"),
        pytest.param("# x", r"\# x", id="a heading"),
        pytest.param("- x", r"\- x", id="a list"),
        pytest.param("12. x", r"12\. x", id="a numbered list"),
        pytest.param("12 x", "12 x", id="a number that starts no list"),
        pytest.param("https://x www.y @z", r"https:\//x www\.y \@z", id="links and mentions that GitHub makes"),
        pytest.param("a\n\n# b", r"a \# b", id="line breaks"),
    ],
)
def test_markdown_prose_is_never_markup(text: str, escaped: str) -> None:
    assert markdown_text(text) == escaped


@pytest.mark.parametrize(
    ("text", "span"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("``", "``` `` ```"), ("", "` `")],
)
def test_a_code_span_holds_any_text(text: str, span: str) -> None:
    assert markdown_code(text) == span


def test_a_code_span_in_a_table_does_not_end_the_cell() -> None:
    assert markdown_code("a|b", in_table=True) == r"`a\|b`"


def test_json_hides_what_a_terminal_obeys() -> None:
    assert json_safe('"a\x9b\u202eü"') == '"a\\u009b\\u202eü"'


@pytest.mark.parametrize(("text", "width"), [("web", 3), ("東京", 4), ("e\u0301", 1), ("", 0)])
def test_width_is_counted_in_columns(text: str, width: int) -> None:
    assert display_width(text) == width


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [("abcdef", 6, "abcdef"), ("abcdefg", 6, "abcde…"), ("東京都庁", 6, "東京…"), ("abc  def", 6, "abc…")],
)
def test_truncated_keeps_to_the_width(text: str, width: int, cut: str) -> None:
    assert truncated(text, width) == cut
    assert display_width(cut) <= width


def test_wrapped_breaks_at_spaces_and_never_in_a_word() -> None:
    assert wrapped("aa bb arn:aws:ecs:x cc", 5) == ["aa bb", "arn:aws:ecs:x", "cc"]
    assert wrapped("", 5) == []


def test_small_words() -> None:
    assert padded("東", 4) == "東  "
    assert some(["a", "b", "c"], 2) == "a, b and 1 more"
    assert some(["a", "b"], 2) == "a, b"
    assert (counted(1, "task"), counted(1200, "task")) == ("1 task", "1,200 tasks")
    assert counted(2, "task family", "task families") == "2 task families"
