"""How reports for a terminal are laid out: widths, labels, indents, colour."""

from collections.abc import Iterator

from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.text import padded, wrapped

MIN_WIDTH = 60
MAX_WIDTH = 120
LABEL = 10
RED, YELLOW, DIM, BOLD = "31", "33", "2", "1"


class Layout:
    """Lines of one document, in the width and with the colours that the options allow."""

    def __init__(self, options: RenderOptions) -> None:
        """Lay out by these options."""
        self.options = options
        self.width = max(MIN_WIDTH, min(options.width, MAX_WIDTH))

    def section(self, title: str) -> Iterator[str]:
        """A heading, after an empty line."""
        yield ""
        yield self.paint(title, BOLD)

    def label(self, name: str) -> str:
        """The name of a row of details, padded."""
        return "  " + self.paint(f"{name:<{LABEL - 2}}", DIM)

    def labelled(self, name: str, text: str, colour: str = "", indent: int = 0) -> Iterator[str]:
        """A row of details: its name, then text that hangs beside it."""
        for number, line in enumerate(wrapped(text, self.width - LABEL - indent)):
            yield self.label("" if number else name) + " " * indent + self.paint(line, colour)

    def footer(self, name: str, text: str) -> Iterator[str]:
        """A row that stands for itself: a bold name, then text."""
        for number, line in enumerate(wrapped(text, self.width - LABEL)):
            yield (" " * LABEL if number else self.paint(padded(name, LABEL), BOLD)) + line

    def indented(self, text: str, first: int, rest: int, colour: str = "") -> Iterator[str]:
        """Text, the first line indented by `first` and the others by `rest`."""
        for number, line in enumerate(wrapped(text, self.width - rest)):
            yield " " * (rest if number else first) + self.paint(line, colour)

    def hanging(self, text: str, indent: int) -> Iterator[str]:
        """A lead and text after two spaces; further lines stand under the text."""
        head, _, tail = text.partition("  ")
        for number, line in enumerate(wrapped(tail, self.width - LABEL - indent) or [""]):
            yield (" " * indent if number else f"{head}  ") + line

    def paint(self, text: str, colour: str) -> str:
        """The text in a colour, where colours may be used."""
        return f"\x1b[{colour}m{text}\x1b[0m" if self.options.colour and colour and text else text
