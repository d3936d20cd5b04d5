"""Facts the emulator serves: process templates, resource locations and resource areas."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any


@cache
def _document(name: str) -> dict[str, Any]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def process_templates() -> dict[str, Any]:
    """The types, states, rules and fields of the four system processes. Shared by all callers: read only."""
    return _document("process-templates.json")


def resource_locations() -> list[dict[str, Any]]:
    """The rows of `OPTIONS {organization}/_apis`. Shared by all callers: read only."""
    document = _document("resource-locations.json")
    return [*document["value"], *document.get("derived", [])]


def resource_areas() -> list[dict[str, str]]:
    """The rows of `GET {organization}/_apis/ResourceAreas`; their URLs begin with `{...Url}`."""
    rows: list[dict[str, str]] = _document("resource-areas.json")["value"]
    return rows
