"""The style sheets and scripts of the pages, as they lie in `assets/`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from azure_devops_emulator.answers import Answer

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


def send_asset(name: str) -> Answer:
    """The file of that name."""
    text = _read_all().get(name)
    if text is None:
        return Answer(status=404, text=f"There is no file {name}.")
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return Answer(text=text, content_type=_TYPES[name.rpartition(".")[2]], headers=headers)


@cache
def _read_all() -> dict[str, str]:
    folder = files("azure_devops_emulator.host") / "assets"
    return {
        each.name: each.read_text(encoding="utf-8")
        for each in folder.iterdir()
        if each.name.rpartition(".")[2] in _TYPES
    }
