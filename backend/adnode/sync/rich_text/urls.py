"""URLs inside formatted text: which are harmless, and what they must not carry along."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

FILE_SCHEME = "adnode-file"
"""Scheme of references to files in canonical text."""
SCHEMES = frozenset({"http", "https", "mailto"})
"""Schemes that links of an exchanged text may have; relative ones have none."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Where a URL would lead to a file that is not here: the file's name is shown instead."""

    name: str


RewriteUrl = Callable[[str], str | Missing]
"""Gives the URL to write for a URL that was read."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\ufeff]+")
_BACKSLASH = re.compile(r"\\([!-/:-@\[-`{-~])")
_SECRET_PARAMETER = re.compile(
    r"(?:access_?token|auth(?:orization)?|api_?key|(?:id_|refresh_|private_)?token|pat|password|pwd|secret|sig|jwt"
    r"|x-amz-(?:signature|credential|security-token)|session(?:id)?)",
    re.IGNORECASE,
)


def scheme_of(url: str) -> str:
    """Return the scheme in lower case, '' for a relative URL; white space and controls in it do not hide it."""
    match = _SCHEME.match(_INVISIBLE.sub("", url))
    return match.group(1).lower() if match else ""


def is_harmless(url: str, schemes: frozenset[str] = SCHEMES) -> bool:
    """Say whether a link may lead there."""
    scheme = scheme_of(url)
    return not scheme or scheme in schemes


def decode_destination(destination: str) -> str:
    """Return the URL that a Markdown renderer takes from a link's destination as written."""
    bare = destination[1:-1] if destination.startswith("<") and destination.endswith(">") else destination
    return html.unescape(_BACKSLASH.sub(r"\1", bare))


def without_credentials(url: str) -> str:
    """Return the URL without user, password and secret parameters; other URLs come back as they are."""
    if "@" not in url and "=" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return "#"
    if parts.scheme not in ("http", "https") and not parts.netloc:
        return url
    network = parts.netloc.rpartition("@")[2]
    query, fragment = _public_parameters(parts.query), _public_parameters(parts.fragment)
    if (network, query, fragment) == (parts.netloc, parts.query, parts.fragment):
        return url
    return urlunsplit((parts.scheme, network, parts.path, query, fragment))


def _public_parameters(query: str) -> str:
    parameters = query.split("&")
    kept = [each for each in parameters if "=" not in each or not _SECRET_PARAMETER.fullmatch(each.split("=", 1)[0])]
    return "&".join(kept)
