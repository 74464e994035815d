"""What the fixture that opens a page gives."""

from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Page

Open = Callable[..., Page]
"""Opens a document: see `opened` in conftest.py."""


@dataclass
class Seen:
    """What a page did beside showing itself: words on the console, errors and dialogs; addresses it asked for."""

    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
