"""Text from strangers, made safe for where it is shown, and text laid out for a terminal.

Names, tags, events and error messages of AWS are written by whoever can create a resource. In a terminal they could
move the cursor or turn the reading direction round, in a spreadsheet become a formula, in Markdown a link or a table.
"""

import json
import re
import unicodedata
from collections.abc import Iterable

ELLIPSIS = "…"
MOST_TEXT = 10_000

_ESCAPE_SEQUENCE = re.compile(
    # CSI (colours, cursor), then OSC, DCS, SOS, PM and APC (titles, links, clipboard) up to their terminator.
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
)
_SPACE = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
_NONCHARACTERS = "\ufffe\uffff"
_JSON_HAZARD = re.compile(
    # Controls, line separators, and every format character of Unicode.
    "[\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0001\U000e0020-\U000e007f]"
)
_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~&#@$])")
_MARKDOWN_START = re.compile(r"^([-+=]|\d+(?=[.)]))")
_FORMULA_LEAD = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001 - spreadsheets take wide ones too


def clean(text: str) -> str:
    """One line of text without anything a terminal obeys: escape sequences, control and direction characters.

    Text that is longer than AWS writes any is cut.
    """
    if len(text) > MOST_TEXT:
        text = text[: MOST_TEXT - 1] + ELLIPSIS
    return text if text.isprintable() else without_controls(_ESCAPE_SEQUENCE.sub("", text))


def without_controls(text: str) -> str:
    """The text without control, format and direction characters; line breaks and tabs become a space.

    For commands: a sequence that begins inside a quoted value must not swallow the quote that ends it, so each
    character is judged alone and an escape sequence leaves its printable rest.
    """
    if text.isprintable():
        return text
    return "".join(
        character
        for character in _SPACE.sub(" ", text)
        if unicodedata.category(character) not in {"Cc", "Cf", "Cs"} and character not in _NONCHARACTERS
    )


def json_safe(document: str) -> str:
    """The same JSON, with characters that a terminal or a browser obeys written as their code points."""
    return _JSON_HAZARD.sub(lambda match: json.dumps(match[0])[1:-1], document)


def csv_safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    formula = text.startswith(_FORMULA_LEAD)
    text = clean(text)
    return f"'{text}" if formula or text.lstrip().startswith(_FORMULA_LEAD) else text


def markdown_text(text: str) -> str:
    """Prose that Markdown shows as it is: no markup, HTML, table cell, mention or automatic link comes of it."""
    escaped = _MARKDOWN_SPECIAL.sub(r"\\\1", clean(text)).replace("://", r":\//").replace("www.", r"www\.")
    return _MARKDOWN_START.sub(lambda match: f"\\{match[1]}" if not match[1].isdigit() else f"{match[1]}\\", escaped)


def markdown_code(text: str, *, in_table: bool = False) -> str:
    """A code span that holds the text, whatever backticks are in it. A table cell ends at a pipe even there."""
    text = clean(text) or " "
    if in_table:
        text = text.replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    padding = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def display_width(text: str) -> int:
    """Columns a terminal needs for it: wide East Asian characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in {"W", "F"} else 1 for c in text
    )


def truncated(text: str, width: int) -> str:
    """The text, cut with an ellipsis where it needs more columns than `width`."""
    if display_width(text) <= width:
        return text
    kept, used = 0, 0
    for character in text:
        used += display_width(character)
        if used > width - 1:
            break
        kept += 1
    return text[:kept].rstrip() + ELLIPSIS


def padded(text: str, width: int) -> str:
    """The text with spaces up to `width` columns."""
    return text + " " * (width - display_width(text))


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns, broken at spaces; a longer word stays whole on its own line."""
    lines: list[str] = []
    line = ""
    used = 0
    for word in text.split():
        columns = display_width(word)
        if line and used + 1 + columns > width:
            lines.append(line)
            line, used = word, columns
        else:
            line, used = (f"{line} {word}", used + 1 + columns) if line else (word, columns)
    return [*lines, line] if line else lines


def some(names: Iterable[str], limit: int) -> str:
    """The first `limit` names, and how many more there are."""
    names = list(names)
    shown = ", ".join(names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 service`, `2 services`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
