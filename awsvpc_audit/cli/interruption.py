"""Leaving at once when asked to: Ctrl-C, SIGTERM, and threads that still wait for an answer of AWS.

Nothing slow is imported here: it is in place before the rest is loaded.
"""

import os
import signal
import sys
import threading
from types import FrameType
from typing import NoReturn

EXIT_INTERRUPTED = 128 + signal.SIGINT
EXIT_TERMINATED = 128 + signal.SIGTERM

_SHOW_CURSOR = "\x1b[?25h"


class Terminated(BaseException):
    """SIGTERM: somebody who runs this program wants it to end. What is under way is cleaned up, as on Ctrl-C."""


def heed_signals() -> None:
    """Let Ctrl-C and SIGTERM end the program from wherever it is; a second one ends it without cleaning up."""
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)


def _stop(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, _stop_now)
    raise KeyboardInterrupt if number == signal.SIGINT else Terminated


def _stop_now(number: int, _frame: FrameType | None) -> None:
    leave_now(128 + number)


def leave_now(code: int) -> NoReturn:
    """End the process without waiting for its threads; the terminal is as it was."""
    if sys.stderr is not None and sys.stderr.isatty():
        # A progress bar hides the cursor, and may have been interrupted before it could show it again.
        os.write(sys.stderr.fileno(), _SHOW_CURSOR.encode())
    os._exit(code)


def leave(code: int) -> NoReturn:
    """End the process with this code. A thread that waits for AWS, for half a minute maybe, is not waited for."""
    others = (thread for thread in threading.enumerate() if thread is not threading.main_thread())
    if code in {EXIT_INTERRUPTED, EXIT_TERMINATED} or any(not thread.daemon for thread in others):
        leave_now(code)
    sys.exit(code)
