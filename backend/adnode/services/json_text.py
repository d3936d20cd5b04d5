"""JSON text as it is stored: compact, keys in order, no escapes that people can't read."""

import json


def to_json(document: object) -> str:
    """Return the one way to write a document."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
