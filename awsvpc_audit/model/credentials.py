"""Credentials that stand in texts: of signed URLs, of headers that an error message repeats, of URLs with a password.

Amazon ECS quotes the URL of an image layer in the reason why a task stopped, signature and session token with it; AWS
repeats the headers of a request whose signature does not match. Neither is anybody's to keep.
"""

import re
from dataclasses import dataclass
from typing import AnyStr


@dataclass(frozen=True, slots=True)
class _Kind:
    """One way in which credentials are written.

    Attributes:
        hints: one of these stands in every text that has some. An answer of a large account is a hundred megabytes:
            expressions go over it only where there is something to find.
        pattern: all of it, with what stays as the first group.
        replacement: of the pattern.
    """

    hints: tuple[str, ...]
    pattern: str
    replacement: str = r"\1***"


_VALUE = r"[A-Za-z0-9%_.~+/=-]+"
_IS = r"[\"']?\s{0,3}[=:]\s{0,3}[\"']?"
_KINDS = (
    # `X-Amz-Signature=…` in a URL, `x-amz-security-token:…` in a canonical request.
    _Kind(("X-Amz-", "x-amz-"), rf"(?i)(x-amz-(?:signature|security-token|credential){_IS}){_VALUE}"),
    _Kind(("aws_se", "AWS_SE"), rf"(?i)(aws_(?:secret_access_key|session_token){_IS}){_VALUE}"),
    # An Authorization header, of AWS or of anybody else.
    _Kind(("ignature=",), r"([Ss]ignature=)[0-9a-f]{16,}"),
    _Kind(("uthorization",), rf"(?i)(authorization{_IS}(?:basic|bearer)\s){_VALUE}"),
    # `https://user:password@proxy:8080`.
    _Kind(("@",), r"(://)[^/\s:@\"'\\<>]{0,200}:[^/\s@\"'\\<>]{1,500}@", r"\1***@"),
)
_OF_TEXT = tuple((kind.hints, re.compile(kind.pattern), kind.replacement) for kind in _KINDS)
_OF_BYTES = tuple(
    (tuple(hint.encode() for hint in kind.hints), re.compile(kind.pattern.encode()), kind.replacement.encode())
    for kind in _KINDS
)


def without_credentials(text: AnyStr) -> AnyStr:
    """The text, or an answer of AWS as JSON, with `***` for each credential in it."""
    if isinstance(text, bytes):
        for hints, pattern, replacement in _OF_BYTES:
            if any(hint in text for hint in hints):
                text = pattern.sub(replacement, text)
    else:
        for hints_, pattern_, replacement_ in _OF_TEXT:
            if any(hint in text for hint in hints_):
                text = pattern_.sub(replacement_, text)
    return text
