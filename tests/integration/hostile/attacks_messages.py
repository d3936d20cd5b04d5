"""Attacks by what messages say: work items of others, messages that are none, numbers that lie."""

import json
from collections.abc import Callable
from typing import Any

from tests.integration.hostile.attack import Attack, expecting, saying
from tests.integration.hostile.bodies import (
    State,
    alone,
    applied,
    by_lineage,
    by_terms,
    changed,
    elsewhere,
    failed,
    ids,
    nested,
    of_others,
    own,
    terms,
)
from tests.integration.hostile.peer import HostilePeer, Reply


def foreign_twin(kind: str, body: State) -> Callable[[HostilePeer], Reply]:
    return lambda peer: peer.say(kind, body(peer), twin_id=peer.stage.foreign_twin)


def ask_for_everything(peer: HostilePeer) -> Reply:
    """Compare all ids that anybody could guess, and have whatever differs sent."""
    digests = {peer.stage.foreign_twin: "0" * 64, **{f"victim-{number}": "0" * 64 for number in range(900)}}
    peer.say("comparison", {"comparison_id": "c-1", "digests": digests})
    return peer.say("state_requested", {"twin_ids": list(digests)})


def raw_document(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[HostilePeer], Reply]:
    return lambda peer: peer.push(change(peer.message("state", peer.state())))


def duplicate_keys(peer: HostilePeer) -> Reply:
    """The last of two members counts, also where the first one would have been another's."""
    text = json.dumps({"messages": [peer.message("state", peer.state())]})
    doubled = text.replace('"lineage":', f'"lineage": ["{own(peer, peer.stage.of_others)}"], "lineage":')
    return peer.call("POST", peer.messages_path, doubled.encode())


def numbers(*sequence: int) -> Callable[[HostilePeer], Reply]:
    def call(peer: HostilePeer) -> Reply:
        reply = peer.poll()
        for number in sequence:
            reply = peer.push({**peer.message("state", peer.state(900 + peer.count)), "sequence": number})
        return reply

    return call


def epochs(peer: HostilePeer) -> Reply:
    """Today one queue, tomorrow another one."""
    queues = {"highest": 1, "acknowledged": {"sequence": 0, "id": ""}, "known": "", "confirmed": False}
    first = peer.push(peer.message("state", peer.state()), queues={**queues, "incarnation": "one"})
    assert first.code == ""
    return peer.push(peer.message("state", peer.state(901)), queues={**queues, "incarnation": "two"})


def lies_about_us(peer: HostilePeer) -> Reply:
    queues = {"incarnation": "one", "highest": 9, "known": "", "confirmed": True}
    nothing = {"sequence": 0, "id": ""}
    assert peer.push(peer.message("state", peer.state()), queues={**queues, "acknowledged": nothing}).code == ""
    return peer.push(queues={**queues, "acknowledged": {"sequence": 2_000_000_000, "id": "never"}})


def swallow_ours(peer: HostilePeer) -> Reply:
    """Acknowledge a message that was given out, by an id that it does not have."""
    peer.stage.share(peer.connection_id)
    peer.stage.settle(peer.connection_id)
    told = peer.listen()[0]
    return peer.poll(f"after={told['sequence']}&last=made-up&incarnation={told['incarnation']}&own=x&wait=0")


def of_the_shared(kind: str, body: Callable[[HostilePeer, int], object]) -> Callable[[HostilePeer], Reply]:
    """A message about the one work item that this peer may know."""

    def call(peer: HostilePeer) -> Reply:
        number = peer.stage.share(peer.connection_id)
        peer.stage.settle(peer.connection_id)
        twin_id = peer.stage.victim.twin(number).id
        return peer.say(kind, body(peer, number), twin_id=twin_id)

    return call


def onto(number: Callable[[HostilePeer], int]) -> Callable[[HostilePeer, int], object]:
    """Say of the shared pair that it is another work item of the victim."""
    return lambda peer, shared: peer.state(lineage=[own(peer, shared), own(peer, number(peer))])


CONSENT = (
    Attack("a state whose lineage names a work item", saying("", "state", by_lineage(alone))),
    Attack("a lineage into another project", saying("", "state", by_lineage(elsewhere))),
    Attack("a lineage to the honest partner's pair", saying("", "state", by_lineage(of_others))),
    Attack("terms for a work item", saying("", "connecting", by_terms(alone))),
    Attack("terms whose content would stand here", saying("", "connecting", by_terms(alone, "local"))),
    Attack("terms that keep both contents", saying("", "connecting", by_terms(alone, "both"))),
    Attack("terms for another project", saying("", "connecting", by_terms(elsewhere))),
    Attack("terms for the honest partner's pair", saying("", "connecting", by_terms(of_others))),
    Attack("terms in a plain state", saying("", "state", by_terms(alone))),
    Attack(
        "terms for a work item that is none", saying("validation", "connecting", changed(terms={"content": "both"}))
    ),
    Attack("terms for number 2^63", saying("number_refused", "connecting", changed(terms=terms(2**63)))),
    Attack("terms for number 0", saying("number_refused", "connecting", changed(terms=terms(0)))),
    Attack(
        "a yes to a proposal that nobody made",
        saying(
            "",
            "accepted",
            lambda peer: {"proposal": "p", "twin_ids": [peer.stage.foreign_twin], "error_code": "", "text": ""},
        ),
    ),
    Attack(
        "a no to a proposal that nobody made",
        saying(
            "",
            "declined",
            lambda peer: {"proposal": "p", "twin_ids": [peer.stage.foreign_twin], "error_code": "x", "text": "no"},
        ),
    ),
    Attack("a shared pair moved onto a work item", expecting("", of_the_shared("state", onto(alone)))),
    Attack("a shared pair moved onto the honest partner's", expecting("", of_the_shared("state", onto(of_others)))),
    Attack(
        "separate and with terms", saying("", "connecting", lambda peer: {**by_terms(alone)(peer), "separate": True})
    ),
)
FOREIGN = (
    Attack("a state of the honest partner's pair", expecting("foreign_twin", foreign_twin("state", changed()))),
    Attack("its end", expecting("", foreign_twin("connection_changed", lambda _: {"change": "unlinked", "name": ""}))),
    Attack(
        "its error resolved",
        expecting("", foreign_twin("connection_changed", lambda _: {"change": "resolved", "name": ""})),
    ),
    Attack("it applied", expecting("", foreign_twin("applied", applied))),
    Attack("it failed", expecting("", foreign_twin("failed", lambda _: failed()))),
    Attack("its clean-up", saying("", "cleaned_up", ids())),
    Attack("its whole state", saying("", "state_requested", ids())),
    Attack("a comparison that asks for everything", expecting("", ask_for_everything)),
    Attack(
        "word of its files",
        expecting("", foreign_twin("content_sent", lambda _: {"keys": ["a:1"], "error_code": "", "text": ""})),
    ),
    Attack(
        "a comparison's answer nobody asked for",
        saying(
            "",
            "compared",
            lambda peer: {"comparison_id": "c", "count": 1, "unknown": [peer.stage.foreign_twin], "differing": {}},
        ),
    ),
    Attack(
        "asking for files where nobody does",
        saying("unexpected_message", "content_requested", lambda _: {"keys": ["a:1"], "error_code": "", "text": ""}),
    ),
    Attack(
        "applied for an address elsewhere",
        expecting("", of_the_shared("applied", lambda peer, _: applied(peer, url="https://evil.example/1"))),
    ),
    Attack(
        "success that never was",
        expecting(
            "", of_the_shared("applied", lambda peer, _: applied(peer, message_ids=[f"victim-{n}" for n in range(999)]))
        ),
    ),
    Attack(
        "failure of messages of others",
        saying("", "failed", lambda _: failed(message_ids=[f"victim-{n}" for n in range(999)])),
    ),
    Attack("the connection removed", saying("", "connection_changed", lambda _: {"change": "removed", "name": ""})),
    Attack(
        "a new name for the connection",
        saying("", "connection_changed", lambda _: {"change": "renamed", "name": "Honest"}),
    ),
)
KINDS = (
    Attack(
        "a message of an unknown kind", saying("", "job_request", lambda _: {"job": "bulk_exalate", "query": "all"})
    ),
    Attack("a new credential", saying("", "credential_changed", lambda _: {"token": "x", "public_key": "A" * 44})),
    Attack("a rotated key", saying("", "key_rotated", lambda _: {"public_key": "A" * 44})),
    Attack("another address for calls", saying("", "node_moved", lambda _: {"url": "http://169.254.169.254/"})),
    Attack("a kind with a path", saying("name_refused", "../state", lambda _: {})),
    Attack("a kind of 41 characters", saying("text_too_long", "k" * 41, lambda _: {})),
    Attack("a kind that is a number", expecting("validation", raw_document(lambda one: {**one, "kind": 7}))),
    Attack("a kind that is a list", expecting("validation", raw_document(lambda one: {**one, "kind": ["state"]}))),
    Attack("no body", expecting("validation", raw_document(lambda one: {**one, "body": None}))),
    Attack("an id of 65 characters", expecting("text_too_long", raw_document(lambda one: {**one, "id": "x" * 65}))),
    Attack("an id with a line break", expecting("name_refused", raw_document(lambda one: {**one, "id": "x\n"}))),
    Attack("no id", expecting("validation", raw_document(lambda one: {**one, "id": ""}))),
    Attack("a twin with a NUL", expecting("validation", raw_document(lambda one: {**one, "twin_id": "a\0b"}))),
    Attack("half a surrogate pair", expecting("validation", raw_document(lambda one: {**one, "twin_id": "\ud800"}))),
    Attack(
        "a time of the year 9999",
        expecting("time_refused", raw_document(lambda one: {**one, "created_at": "9999-12-31T23:59:59+00:00"})),
    ),
    Attack(
        "a time below all times",
        expecting("validation", raw_document(lambda one: {**one, "created_at": "0001-01-01T00:00:00+23:59"})),
    ),
    Attack(
        "a time without offset",
        expecting("validation", raw_document(lambda one: {**one, "created_at": "2026-01-05T09:00:00"})),
    ),
    Attack("40 levels in a body", saying("nested_too_deep", "new_kind", lambda _: {"a": nested(40)})),
    Attack("a member twice", expecting("", duplicate_keys)),
)
NUMBERS = (
    Attack("number 0", expecting("number_refused", numbers(0))),
    Attack("number 2^63", expecting("number_refused", numbers(2**63))),
    Attack("number 1.5", expecting("validation", numbers(1.5))),  # type: ignore[arg-type]
    Attack("a gap", expecting("", numbers(5, 2_000_000_000))),
    Attack("back again", expecting("peer_rewound", numbers(5, 4))),
    Attack("the same number twice", expecting("peer_rewound", numbers(5, 5))),
    Attack("two incarnations", expecting("peer_rewound", epochs)),
    Attack("word of messages that never were", expecting("peer_rewound", lies_about_us)),
    Attack("acknowledging what was never said", expecting("peer_rewound", swallow_ours)),
)
ATTACKS = (*CONSENT, *FOREIGN, *KINDS, *NUMBERS)
