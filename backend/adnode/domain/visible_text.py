"""Characters that are not seen but change what is: control characters, line separators, bidirectional overrides.

A file named "report<U+202E>fdp.exe" shows as "reportexe.pdf" (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing).
Joiners and marks of scripts that need them stay.
"""

import re

from adnode.domain.limits import NAME

_HIDING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_BREAKS = re.compile("[\t\n\r\x0b\x0c\x85\u2028\u2029]+")


_NOT_IN_FILE_NAMES = re.compile(r'[/\\:*?"<>|]')


def make_file_name(name: str) -> str:
    """Return the name of a file as every file system takes it, ``file`` where nothing of it is left."""
    return _NOT_IN_FILE_NAMES.sub("", _HIDING.sub("", name)).strip(" .")[: NAME.maximum] or "file"


def hides_something(text: str) -> bool:
    """Say whether a text holds characters that are not seen but change what is."""
    return _HIDING.search(text) is not None


def make_plain(text: str) -> str:
    """Return a text without them; breaks of lines become blanks."""
    return _HIDING.sub("", _BREAKS.sub(" ", text))
