"""JSON documents of the messages by which two nodes compare what they know."""

from collections.abc import Mapping
from typing import Any

from adnode.domain.documents import Document, check_text, fail, read, read_number, read_strings
from adnode.domain.limits import IDS, REGISTERS, Limit, check_count
from adnode.domain.message import ComparedBody, ComparisonBody, StateRequestedBody


def comparison_to_document(body: ComparisonBody) -> Document:
    """Return the body as a document."""
    return {"comparison_id": body.comparison_id, "digests": dict(body.digests)}


def comparison_from_document(document: object) -> ComparisonBody:
    """Return the body; raises ValidationError."""
    digests = _read_texts(read(document, "digests", dict), "digests", IDS)
    return ComparisonBody(read(document, "comparison_id", str), digests)


def compared_to_document(body: ComparedBody) -> Document:
    """Return the body as a document."""
    return {
        "comparison_id": body.comparison_id,
        "count": body.count,
        "unknown": list(body.unknown),
        "differing": {twin_id: dict(digests) for twin_id, digests in body.differing.items()},
    }


def compared_from_document(document: object) -> ComparedBody:
    """Return the body; raises ValidationError."""
    differing = read(document, "differing", dict)
    check_count(differing, IDS, "differing")
    return ComparedBody(
        comparison_id=read(document, "comparison_id", str),
        count=read_number(document, "count", 0, IDS.maximum),
        unknown=_read_ids(document, "unknown"),
        differing={
            check_text(twin_id, "differing"): _read_texts(digests, "differing", REGISTERS)
            for twin_id, digests in differing.items()
        },
    )


def request_to_document(body: StateRequestedBody) -> Document:
    """Return the body as a document."""
    return {"twin_ids": list(body.twin_ids)}


def request_from_document(document: object) -> StateRequestedBody:
    """Return the body; raises ValidationError."""
    return StateRequestedBody(_read_ids(document, "twin_ids"))


def _read_ids(document: object, key: str) -> tuple[str, ...]:
    ids = read_strings(document, key)
    check_count(ids, IDS, key)
    return ids


def _read_texts(document: Any, place: str, limit: Limit) -> Mapping[str, str]:
    if not isinstance(document, Mapping):
        raise fail(place, "an object")
    check_count(document, limit, place)
    return {check_text(key, place): check_text(value, place) for key, value in document.items()}
