"""Documents of values and messages: what goes out comes back, what is malformed is refused."""

import contextlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adnode.domain import documents, message_documents
from adnode.domain.errors import ValidationError
from adnode.domain.message import (
    AppliedBody,
    ConnectionChangedBody,
    ContentBody,
    FailedBody,
    Message,
    MessageKind,
    StateBody,
)
from adnode.domain.rich_text import RichText, TextFormat
from adnode.domain.sync_state import (
    DESCRIPTION,
    SUMMARY,
    TYPE,
    AttachmentValue,
    CommentValue,
    Conflict,
    Presence,
    Register,
    SyncState,
    TypeValue,
    Value,
    Version,
    make_attachment_key,
    make_comment_key,
    make_presence_key,
)
from adnode.domain.twin import Intent

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
times = st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
numbers = st.integers(1, 2**31 - 1)
rich_texts = st.builds(RichText, texts, st.sampled_from(TextFormat))
comments = st.builds(CommentValue, texts, times, rich_texts, st.booleans())
attachments = st.builds(AttachmentValue, texts, st.integers(0, 2**53), texts, st.booleans())
names = texts.filter(bool)
keyed_values: st.SearchStrategy[tuple[str, Value]] = st.one_of(
    st.tuples(st.just(SUMMARY), texts),
    st.tuples(st.just(DESCRIPTION), rich_texts),
    st.tuples(st.just(TYPE), st.builds(TypeValue, texts, texts)),
    st.tuples(names.map(make_comment_key), comments),
    st.tuples(names.map(make_attachment_key), attachments),
    st.tuples(names.map(make_presence_key), st.sampled_from(Presence)),
)
versions = st.builds(Version, st.integers(0, 2**53), st.integers(0, 2**53))
registers = st.lists(st.tuples(keyed_values, versions, times, texts), max_size=4).map(
    lambda rows: {key: Register(value, version, time, place) for (key, value), version, time, place in rows}
)
lineages = st.frozensets(texts, max_size=3)
ids = st.lists(texts, max_size=3).map(tuple)
bodies = st.one_of(
    st.tuples(st.just(MessageKind.STATE), st.builds(StateBody, numbers, texts, lineages, registers)),
    st.tuples(st.just(MessageKind.APPLIED), st.builds(AppliedBody, numbers, texts, lineages, ids)),
    st.tuples(st.just(MessageKind.FAILED), st.builds(FailedBody, texts, texts, ids)),
    st.tuples(
        st.sampled_from([MessageKind.CONTENT_REQUESTED, MessageKind.CONTENT_SENT, MessageKind.CONTENT_FAILED]),
        st.builds(ContentBody, ids, texts, texts),
    ),
    st.tuples(st.just(MessageKind.CONNECTION_CHANGED), st.builds(ConnectionChangedBody, texts, texts)),
)
conflicts = st.tuples(keyed_values, versions, times, texts).map(
    lambda row: Conflict(
        row[0][0], Register(row[0][1], row[1], row[2], row[3]), Register(row[0][1], row[1].mirrored(), row[2], row[3])
    )
)
intents = st.builds(
    Intent,
    times,
    st.none() | st.integers(0, 2**31 - 1),
    st.dictionaries(texts, texts, max_size=3),
    st.dictionaries(texts, texts, max_size=3),
    ids,
    st.frozensets(texts, max_size=3),
    registers,
    registers,
    st.frozensets(texts, max_size=3),
    st.lists(conflicts, max_size=2).map(tuple),
    texts,
    st.none() | times,
    st.dictionaries(texts, texts, max_size=3),
)


def through_json(document: object) -> Any:
    return json.loads(json.dumps(document))


@given(registers)
def test_a_state_comes_back_as_it_went(values: dict[str, Register]) -> None:
    state = SyncState(values)
    assert documents.state_from_document(through_json(documents.state_to_document(state))) == state


@given(intents)
def test_an_intent_of_the_release_before_is_read(intent: Intent) -> None:
    document = through_json(documents.intent_to_document(intent))
    del document["marker"], document["started_at"], document["forms"]
    assert documents.intent_from_document(document) == replace(intent, marker="", started_at=None, forms={})


@given(intents)
def test_an_intent_comes_back_as_it_went(intent: Intent) -> None:
    assert documents.intent_from_document(through_json(documents.intent_to_document(intent))) == intent


@given(bodies, numbers, texts, texts, times)
def test_a_message_comes_back_as_it_went(
    kind_and_body: tuple[MessageKind, Any], sequence: int, message_id: str, twin_id: str, time: datetime
) -> None:
    kind, body = kind_and_body
    message = Message(message_id, sequence, kind.value, twin_id, body, time)
    document = through_json(message_documents.message_to_document(message))
    back = message_documents.message_from_document(document)
    assert (back.id, back.sequence, back.kind, back.twin_id, back.created_at) == (
        message_id,
        sequence,
        kind.value,
        twin_id,
        time,
    )
    assert back.body == body


def test_a_message_of_an_unknown_kind_travels_on_as_it_came() -> None:
    document = {**MESSAGE, "kind": "from_the_future", "body": {"a": [1, {"b": None}]}, "extra": True}
    message = message_documents.message_from_document(document)
    assert message.body is None
    assert message_documents.message_to_document(message) == document


MEMBERS = re.findall(
    r"\S+",
    "id sequence kind twin_id body created_at work_item_id url lineage registers value version changed_at changed_in"
    " text format author is_deleted name size comment message_ids keys error_code change fields comments attachments"
    " revision recorded_at observed merged outgoing conflicts winner loser key"
    " summary description type comment/x attachment/x presence/x",
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**30, 10**400)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["html", "markdown", "active", "2026-01-05T09:00:00Z", "0001-01-01T00:00:00+23:00", "\ud83d", "\0"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(MEMBERS) | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)

READERS: list[Callable[[Any], object]] = [
    documents.text_from_document,
    documents.registers_from_document,
    documents.state_from_document,
    documents.intent_from_document,
    message_documents.message_from_document,
    *(lambda document, key=key: documents.value_from_document(key, document) for key in (SUMMARY, DESCRIPTION, TYPE)),
    *(
        lambda document, key=key: documents.register_from_document(key, document)
        for key in ("comment/x", "attachment/x", "presence/x", "comment/", "unknown", "", "x" * 501)
    ),
    *(lambda document, kind=kind: message_documents.body_from_document(kind, document) for kind in MessageKind),
]


@given(st.sampled_from(READERS), json_values)
def test_arbitrary_json_is_taken_or_refused_and_nothing_else(reader: Callable[[Any], object], document: object) -> None:
    with contextlib.suppress(ValidationError):
        reader(document)


COMMENT: dict[str, object] = {
    "author": "Jo",
    "created_at": "2026-01-05T09:00:00Z",
    "text": {"text": "x", "format": "html"},
    "is_deleted": False,
}
REGISTER: dict[str, object] = {
    "value": "Title",
    "version": [1, 0],
    "changed_at": "2026-01-05T09:00:00Z",
    "changed_in": "org-a",
}
MESSAGE: dict[str, object] = {
    "id": "m-1",
    "sequence": 1,
    "kind": "state",
    "twin_id": "t-1",
    "created_at": "2026-01-05T09:00:00Z",
    "body": {"work_item_id": 1, "url": "https://x.example", "lineage": ["a:1"], "registers": {"summary": REGISTER}},
}


def changed(path: str, value: object) -> Any:
    """The message with one place changed; a value of ... removes it."""
    document = through_json(MESSAGE)
    place = document
    *parents, last = path.split(".")
    for name in parents:
        place = place[name]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


def test_the_message_that_is_changed_below_is_a_good_one() -> None:
    assert message_documents.message_from_document(MESSAGE).sequence == 1


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", ...),
        ("id", 1),
        ("id", "x" * 65),
        ("id", "\ud83d"),
        ("id", "a\0b"),
        ("twin_id", "x" * 65),
        ("kind", "x" * 41),
        ("sequence", 0),
        ("sequence", True),
        ("sequence", 1.0),
        ("sequence", float("nan")),
        ("sequence", 2**31),
        ("sequence", 10**400),
        ("created_at", "yesterday"),
        ("created_at", "2026-01-05T09:00:00"),
        ("created_at", "0001-01-01T00:00:00+14:00"),
        ("created_at", "9999-12-31T23:59:59-14:00"),
        ("body", None),
        ("body", []),
        ("body.work_item_id", 0),
        ("body.work_item_id", -1),
        ("body.work_item_id", "1"),
        ("body.lineage", ["a", 1]),
        ("body.lineage", "a:1"),
        ("body.registers", []),
        ("body.registers", {"summary": None}),
        ("body.registers", {"secret": REGISTER}),
        ("body.registers", {"comment/": {**REGISTER, "value": COMMENT}}),
        ("body.registers", {"comment/" + "x" * 493: {**REGISTER, "value": COMMENT}}),
        ("body.registers", {"presence/x": REGISTER}),
        ("body.registers", {"presence/x": {**REGISTER, "value": ["active"]}}),
        ("body.registers", {"description": {**REGISTER, "value": {"text": "x", "format": "rtf"}}}),
        (
            "body.registers",
            {"attachment/x": {**REGISTER, "value": {"name": "a", "size": -1, "comment": "", "is_deleted": False}}},
        ),
        (
            "body.registers",
            {"attachment/x": {**REGISTER, "value": {"name": "a", "size": 10**30, "comment": "", "is_deleted": False}}},
        ),
        ("body.registers", {"comment/x": {**REGISTER, "value": {**COMMENT, "is_deleted": 0}}}),
        ("body.registers", {"comment/\ud83d": {**REGISTER, "value": COMMENT}}),
        ("body.registers.summary.value", "a\0"),
        ("body.registers.summary.version", [1]),
        ("body.registers.summary.version", [1, -1]),
        ("body.registers.summary.version", [1, True]),
        ("body.registers.summary.version", [1, 2**60]),
        ("body.registers.summary.changed_at", None),
        ("body.registers.summary.changed_in", 7),
    ],
)
def test_a_message_with_one_malformed_place_is_refused(path: str, value: object) -> None:
    with pytest.raises(ValidationError):
        message_documents.message_from_document(changed(path, value))


def test_times_are_written_in_utc_and_read_with_any_offset() -> None:
    time = datetime(2026, 1, 5, 11, 0, tzinfo=timezone(timedelta(hours=2)))
    assert documents.format_time(time) == "2026-01-05T09:00:00.000000Z"
    assert documents.parse_time("2026-01-05T11:00:00+02:00") == time
    assert documents.parse_time("2026-01-05T09:00:00Z").tzinfo is UTC
