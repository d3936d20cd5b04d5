"""Whatever a peer puts into any field of any message: it is taken, refused or parked, and the line goes on behind it.

A plain run tries the same examples every time. ADNODE_FUZZ_EXAMPLES asks for that many of each kind, others each time.
"""

import copy
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.hostile.bodies import nested
from tests.unit.services.memory_nodes import Meeting, MemoryNode
from tests.unit.services.speaking import Injector, Speaker

from adnode.domain.connection import ConnectionStatus, Visibility
from adnode.domain.documents import parse_document
from adnode.domain.errors import ValidationError
from adnode.domain.message import Message, MessageKind
from adnode.domain.peer_messages import read_peer_message
from adnode.domain.queues import QueueReport

WANTED = os.environ.get("ADNODE_FUZZ_EXAMPLES", "")
SETTINGS = settings(
    max_examples=int(WANTED or 30),
    derandomize=not WANTED,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
PAIR = "forged-1"
NUMBERED = frozenset({"sequence", "incarnation", "id"})
"""What says where a message stands in its line: those have attacks of their own."""

texts = st.text(max_size=20) | st.sampled_from(
    ["", "\0", "\ud800", "\u202e", "a" * 70, "x" * 3000, "../..", "javascript:x", "1970-01-01T00:00:00Z", "é:1"]
)
numbers = (
    st.integers() | st.sampled_from([0, -1, 2**31, 2**63, 10**40]) | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
) | st.integers(30, 60).map(nested)


def bodies(speaker: Speaker) -> Mapping[str, Callable[[], dict[str, Any]]]:
    """A good body of each kind."""
    peer_id = speaker.peer.organization.id
    text = {"text": "<p>hello</p>", "format": "html"}
    now = speaker.register("")["changed_at"]
    comment = {"author": "Eve", "created_at": now, "text": text, "is_deleted": False}
    file = {"name": "x.txt", "size": 1, "comment": "", "is_deleted": False}
    said = {
        "summary": "Hello",
        "description": text,
        "type": {"name": "Bug", "category": "Microsoft.BugCategory"},
        "comment/h:1": comment,
        "attachment/h:1": file,
        f"presence/{peer_id}": "active",
    }
    state = speaker.state(registers={key: speaker.register(value, (2, 0)) for key, value in said.items()})
    terms = {"remote_work_item_id": 1, "content": "both", "comments": True, "attachments": True}
    asking = {"id": "p-1", "kind": "connect", "asked_by": "Eve", "title": "Mine", "type": "Task"}
    content = {"keys": ["h:1"], "error_code": "rule", "text": "No."}
    decision = {"proposal": "p-1", "twin_ids": [PAIR], "error_code": "", "text": ""}
    work_item = {key: state[key] for key in ("work_item_id", "url", "lineage")}
    return {
        "state": lambda: state,
        "connecting": lambda: {**state, "terms": terms, "proposal": asking, "separate": False},
        "applied": lambda: {**work_item, "message_ids": ["m-1"]},
        "failed": lambda: {"error_code": "rule_violation", "text": "No.", "message_ids": ["m-1"]},
        "content_requested": lambda: content,
        "content_sent": lambda: content,
        "content_failed": lambda: content,
        "connection_changed": lambda: {"change": "renamed", "name": "Other"},
        "comparison": lambda: {"comparison_id": "c-1", "digests": {PAIR: "0" * 64}},
        "compared": lambda: {
            "comparison_id": "c-1",
            "count": 1,
            "unknown": ["t-1"],
            "differing": {PAIR: {"summary": "0" * 64}},
        },
        "state_requested": lambda: {"twin_ids": [PAIR]},
        "cleaned_up": lambda: {"twin_ids": ["t-1"]},
        "accepted": lambda: decision,
        "declined": lambda: decision,
        "of_tomorrow": lambda: {"anything": {"at": ["all"]}},
    }


KINDS = [*MessageKind, "of_tomorrow"]


def places(document: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document, itself not."""
    members = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in members:
        yield (*path, key)
        yield from places(value, (*path, key))


def spoiled(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """The document with up to three places replaced, left out or added to."""
    result = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        known = [path for path in places(result) if path[0] not in NUMBERED]
        path = draw(st.sampled_from(known))
        parent: Any = result
        for key in path[:-1]:
            parent = parent[key]
        match draw(st.sampled_from(["replace", "replace", "leave out", "add"])):
            case "replace":
                parent[path[-1]] = draw(values)
            case "leave out":
                del parent[path[-1]]
            case _ if isinstance(parent, dict):
                parent[draw(texts)] = draw(values)
            case _:
                parent.append(draw(values))
    return result


def assert_unharmed(node: MemoryNode, connection_id: str, entries: list[Any]) -> None:
    with node.storage.unit_of_work() as work:
        assert work.connections.get(connection_id).status is ConnectionStatus.ACTIVE
    records = node.error_records()
    assert [record.message for record in records if record.code == "internal"] == []
    assert all(record.code and record.message for record in records)
    assert [entry for entry in entries if entry["log_level"] in ("error", "critical")] == []


def reconcile(meeting: Meeting, node: MemoryNode, connection_id: str) -> None:
    for _ in range(2):
        meeting.wait(1.5)
        node.reconciliation.reconcile(connection_id)


def titles(node: MemoryNode) -> list[str]:
    return [snapshot.text("System.Title") for snapshot in node.organization.snapshots()]


@pytest.mark.parametrize("kind", KINDS)
@SETTINGS
@given(data=st.data())
def test_any_message_that_is_pushed(kind: str, data: st.DataObject) -> None:
    meeting = Meeting()
    victim, peer = meeting.add("alpha"), meeting.add("beta")
    speaker = Speaker(victim, peer, meeting.connect(victim, peer, Visibility.PUBLIC))
    assert speaker.say("state", speaker.state()).outcome == "stored"
    reconcile(meeting, victim, speaker.connection_id)
    message = spoiled(data.draw, speaker.document(kind, bodies(speaker)[kind](), PAIR))  # type: ignore[arg-type]
    with structlog.testing.capture_logs() as entries:
        document = parse_document(json.dumps(message).encode())
        taken = list[Message]()
        with suppress(ValidationError):
            taken.append(read_peer_message(document))
        for answer in victim.receive(speaker.connection_id, taken, QueueReport()):
            assert answer.outcome != "refused" or answer.error_code
        assert speaker.say("state", speaker.state("Behind", 901), "behind").outcome == "stored"
        reconcile(meeting, victim, speaker.connection_id)
    assert "Behind" in titles(victim)
    assert_unharmed(victim, speaker.connection_id, entries)


@pytest.mark.parametrize("kind", KINDS)
@SETTINGS
@given(data=st.data())
def test_any_message_that_is_polled(kind: str, data: st.DataObject) -> None:
    meeting = Meeting()
    peer, victim = meeting.add("alpha"), meeting.add("beta")
    connection_id = meeting.connect(peer, victim, Visibility.PRIVATE)
    speaker, injector = Speaker(victim, peer, connection_id), Injector(peer)
    first = speaker.document("state", speaker.state(), PAIR)
    message = speaker.document(kind, bodies(speaker)[kind](), PAIR, sequence=2)
    behind = speaker.document("state", speaker.state("Behind", 901), "behind", sequence=3)
    peer.hand_out = injector.hand_out  # type: ignore[method-assign]
    injector.documents = [first, json.loads(json.dumps(spoiled(data.draw, message))), behind]  # type: ignore[arg-type]
    with structlog.testing.capture_logs() as entries:
        victim.exchange.poll_once(connection_id, 0)
        reconcile(meeting, victim, connection_id)
    assert "Behind" in titles(victim)
    assert_unharmed(victim, connection_id, entries)
