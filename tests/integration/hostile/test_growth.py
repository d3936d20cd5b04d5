"""Whatever a partner sends in a minute, the database grows by less than 10 MB. The clock stands still meanwhile."""

import json
from collections.abc import Callable, Iterator
from itertools import count, cycle
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from tests.integration.hostile.bodies import alone, applied, ask, comment, failed, terms
from tests.integration.hostile.peer import HostilePeer
from tests.integration.hostile.victim import Stage

MEGABYTE = 1_000_000
ROUNDS = 10
"""Requests of each kind at most: the room of a minute is used up long before."""
Messages = Iterator[dict[str, Any]]
TEXT = "0123456789abcdef" * 64_000


def size(stage: Stage) -> int:
    """Bytes of the database once everything is in its file."""
    engine = create_engine(f"sqlite:///{stage.victim.database}")
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        bytes_of_page = connection.execute(text("PRAGMA page_size")).scalar_one()
    engine.dispose()
    return int(pages) * int(bytes_of_page)


def rich(peer: HostilePeer, *, version: tuple[int, int] = (1, 0)) -> dict[str, Any]:
    registers = {
        "summary": peer.register("x", version),
        "description": peer.register({"text": TEXT, "format": "html"}, version),
    }
    return peer.state(registers=registers)


def unknown_kinds(peer: HostilePeer) -> Messages:
    while True:
        yield peer.message("of_tomorrow", {"text": TEXT})


def descriptions(peer: HostilePeer) -> Messages:
    while True:
        yield peer.message("state", {**rich(peer), "work_item_id": peer.count + 1})


def conflicts(peer: HostilePeer) -> Messages:
    """Ever new descriptions of one pair, none of which knows of the other side's."""
    number = peer.stage.share(peer.connection_id)
    peer.stage.settle(peer.connection_id)
    twin_id = peer.stage.victim.twin(number).id
    for each in count(1):
        peer.stage.victim.organization.edit(number, {"System.Description": f"mine {each}"})
        peer.stage.victim.feed.read(peer.stage.victim.organization.id)
        yield peer.message("state", rich(peer, version=(each, 0)), twin_id=twin_id)


def conversations(peer: HostilePeer) -> Messages:
    """States of almost 2 MB each, as large as one may be."""
    while True:
        registers = {f"comment/h:{each}": peer.register(comment(peer, TEXT[:500_000])) for each in range(4)}
        yield peer.message("state", peer.state(registers=registers))


def long_conversations(peer: HostilePeer) -> Messages:
    """States of almost 8 MB each, as large as a request may be."""
    while True:
        registers = {f"comment/h:{each}": peer.register(comment(peer, TEXT)) for each in range(7)}
        yield peer.message("state", peer.state(registers=registers))


def new_pairs(peer: HostilePeer) -> Messages:
    while True:
        yield peer.message("state", peer.state(peer.count + 1))


def proposals(peer: HostilePeer) -> Messages:
    while True:
        wanted = {"terms": terms(alone(peer)), "proposal": ask("t" * 255, id=f"p-{peer.count}", asked_by="a" * 255)}
        yield peer.message("connecting", peer.state(peer.count + 1, **wanted))


def clean_ups(peer: HostilePeer) -> Messages:
    for each in count():
        yield peer.message("cleaned_up", {"twin_ids": [f"{peer.number}-{each}-{one}" for one in range(1000)]})


def comparisons(peer: HostilePeer) -> Messages:
    digests = {f"{one:064}": "0" * 64 for one in range(1000)}
    while True:
        yield peer.message("comparison", {"comparison_id": "c", "digests": digests})


def whole_states(peer: HostilePeer) -> Messages:
    """Have the same pairs sent whole again and again, fetching them in between."""
    yield from (peer.message("state", rich(peer), twin_id=f"whole-{peer.number}-{one}") for one in range(3))
    peer.stage.victim.reconciliation.reconcile(peer.connection_id)
    while True:
        peer.listen()
        yield peer.message("state_requested", {"twin_ids": [f"whole-{peer.number}-{one}" for one in range(3)]})


def differences(peer: HostilePeer) -> Messages:
    """Compare one pair of many comments again and again: a short question with a long answer."""
    twin_id = f"long-{peer.number}"
    keys = [f"comment/h:{one}{'k' * 480}" for one in range(900)]
    registers = {key: peer.register(comment(peer, "", "")) for key in keys}
    yield peer.message("state", peer.state(registers=registers), twin_id=twin_id)
    for _ in range(3):
        peer.stage.victim.reconciliation.reconcile(peer.connection_id)
    while True:
        yield peer.message("comparison", {"comparison_id": "c", "digests": {twin_id: "0" * 64}})


def failures(peer: HostilePeer) -> Messages:
    for each in count():
        yield peer.message("failed", failed(error_code=f"code_{each}", text="x" * 2000))


def changes(peer: HostilePeer) -> Messages:
    for change in cycle(["removed", "activated"]):
        yield peer.message("connection_changed", {"change": change, "name": "x" * 400})


def confirmations(peer: HostilePeer) -> Messages:
    while True:
        yield peer.message("applied", applied(peer, message_ids=[f"m-{one}" for one in range(1000)]))


def refused(peer: HostilePeer) -> Messages:
    while True:
        yield peer.message("state", peer.state(url="javascript:" + "x" * 1900))


FLOODS: list[tuple[Callable[[HostilePeer], Messages], int]] = [
    (unknown_kinds, 1),
    (descriptions, 1),
    (descriptions, 7),
    (conflicts, 1),
    (conversations, 1),
    (long_conversations, 1),
    (new_pairs, 200),
    (proposals, 200),
    (clean_ups, 5),
    (comparisons, 5),
    (comparisons, 50),
    (whole_states, 1),
    (differences, 1),
    (failures, 200),
    (changes, 50),
    (confirmations, 10),
    (refused, 50),
]


@pytest.mark.parametrize(("flood", "at_once"), FLOODS, ids=[f"{flood.__name__}-{many}" for flood, many in FLOODS])
def test_the_database_grows_by_less_than_10_mb(
    stage: Stage, peer: HostilePeer, flood: Callable[[HostilePeer], Messages], at_once: int
) -> None:
    messages = flood(peer)
    before, taken = size(stage), 0
    for _ in range(ROUNDS):
        sequence = peer.sequence
        body = json.dumps({"messages": [next(messages) for _ in range(at_once)]}).encode()
        reply = peer.call("POST", peer.messages_path, body)
        assert (reply.status, reply.code) in ((503, "busy"), (200, reply.code), (422, "too_large")), reply.body
        taken += reply.status == 200
        if reply.status != 200:
            peer.sequence = sequence
        stage.victim.reconciliation.reconcile(peer.connection_id)
    grown = size(stage) - before
    print(f"{flood.__name__} {at_once}: {taken} requests, {grown / MEGABYTE:.1f} MB")
    assert grown < 10 * MEGABYTE
