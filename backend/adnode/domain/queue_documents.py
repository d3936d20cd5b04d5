"""What two nodes tell each other of their queues, as documents and as parts of an address.

A node of an older release sends none of it, and reads none of it.
"""

from collections.abc import Mapping

from adnode.domain.documents import Document, check_text, read, read_number
from adnode.domain.limits import HIGHEST_NUMBER, ID, check_length
from adnode.domain.queues import BEGINNING, Position, QueueReport


def report_to_document(report: QueueReport) -> Document:
    """Return what the sender of messages tells of the queues."""
    return {
        "incarnation": report.incarnation,
        "highest": report.highest or 0,
        "acknowledged": {"sequence": report.acknowledged.sequence, "id": report.acknowledged.message_id},
        "known": report.known.incarnation,
        "confirmed": report.is_confirmed,
    }


def report_from_document(document: object) -> QueueReport:
    """Return what came with messages; raises ValidationError."""
    if not isinstance(document, Mapping) or "queues" not in document:
        return QueueReport()
    told = read(document, "queues", dict)
    acknowledged = read(told, "acknowledged", dict)
    incarnation = read_id(told, "incarnation")
    sequence = read_number(acknowledged, "sequence", 0, HIGHEST_NUMBER)
    return QueueReport(
        incarnation=incarnation,
        highest=read_number(told, "highest", 0, HIGHEST_NUMBER),
        acknowledged=Position(incarnation, sequence, read_id(acknowledged, "id")) if sequence else BEGINNING,
        known=Position(read_id(told, "known")),
        is_confirmed=read(told, "confirmed", bool),
    )


def report_to_query(report: QueueReport) -> dict[str, str]:
    """Return what a poll tells of the queues; its ``after`` is what an older release reads."""
    known = report.known
    query = {
        "after": str(known.sequence),
        "incarnation": known.incarnation,
        "last": known.message_id,
        "own": report.incarnation,
    }
    return {**query, "confirmed": "yes"} if report.is_confirmed else query


def report_from_query(query: Mapping[str, str], after: int) -> QueueReport:
    """Return what came with a poll; raises ValidationError."""
    known = Position(query.get("incarnation", ""), after, query.get("last", ""))
    report = QueueReport(
        incarnation=query.get("own", ""),
        known=known,
        tells_position=True,
        is_confirmed=query.get("confirmed", "") == "yes",
    )
    for name, value in (("own", report.incarnation), ("incarnation", known.incarnation), ("last", known.message_id)):
        _check_id(value, name)
    return report


def read_id(document: object, key: str) -> str:
    """Return an id of limited length."""
    value = read(document, key, str)
    _check_id(value, key)
    return value


def _check_id(value: str, key: str) -> None:
    check_text(value, key)
    check_length(value, ID, key)
