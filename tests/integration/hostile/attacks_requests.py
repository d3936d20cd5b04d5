"""Attacks on the way in: signatures, heads, bodies, polls and invitations."""

import gzip
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from tests.integration.hostile.attack import Attack, expecting
from tests.integration.hostile.peer import JSON, HostilePeer, Reply

EMPTY = b'{"messages":[]}'


def signed_at(peer: HostilePeer, seconds: float) -> Reply:
    peer.poll()
    peer.clock.advance(seconds)
    head, _ = peer.head("POST", peer.messages_path, EMPTY, JSON)
    reply = peer.raw("POST", peer.messages_path, EMPTY, head.headers)
    peer.clock.advance(-seconds)
    return reply


def signed_with(change: Callable[[HostilePeer, dict[str, str]], Mapping[str, str]]) -> Callable[[HostilePeer], Reply]:
    def call(peer: HostilePeer) -> Reply:
        peer.poll()
        head, _ = peer.head("POST", peer.messages_path, EMPTY, JSON)
        headers = {name.lower(): value for name, value in head.headers.items()}
        return peer.raw("POST", peer.messages_path, EMPTY, change(peer, headers))

    return call


def raw_body(body: bytes, headers: Mapping[str, str] = JSON) -> Callable[[HostilePeer], Reply]:
    return lambda peer: peer.call("POST", peer.messages_path, body, headers)


def polling(query: str) -> Callable[[HostilePeer], Reply]:
    return lambda peer: peer.poll(query)


def replay(peer: HostilePeer) -> Reply:
    peer.poll()
    body = json.dumps({"messages": [peer.message("state", peer.state())]}).encode()
    head, _ = peer.head("POST", peer.messages_path, body, JSON)
    assert peer.raw("POST", peer.messages_path, body, head.headers).status == 200
    return peer.raw("POST", peer.messages_path, body, head.headers)


def swapped_body(peer: HostilePeer) -> Reply:
    peer.poll()
    head, _ = peer.head("POST", peer.messages_path, EMPTY, JSON)
    return peer.raw("POST", peer.messages_path, b'{"messages":[ ]}', head.headers)


def swapped_path(peer: HostilePeer) -> Reply:
    """Our own good signature, sent to the honest partner's connection."""
    peer.poll()
    head, _ = peer.head("POST", peer.messages_path, EMPTY, JSON)
    other = peer.messages_path.replace(peer.connection_id, peer.stage.honest_connection)
    return peer.raw("POST", other, EMPTY, head.headers)


def poll_of_another(peer: HostilePeer) -> Reply:
    path = peer.messages_path.replace(peer.connection_id, peer.stage.honest_connection)
    return peer.call("GET", f"{path}?after=0&wait=0")


def push_to_another(peer: HostilePeer) -> Reply:
    path = peer.messages_path.replace(peer.connection_id, peer.stage.honest_connection)
    return peer.call("POST", path, EMPTY)


def get_signature_as_post(peer: HostilePeer) -> Reply:
    peer.poll()
    head, _ = peer.head("GET", peer.messages_path, b"", {})
    return peer.raw("POST", peer.messages_path, b"", head.headers)


def second_signature(_peer: HostilePeer, headers: dict[str, str]) -> Mapping[str, str]:
    other = {name: headers[name].replace("adnode=", "other=") for name in ("signature", "signature-input")}
    return {**headers, **{name: f"{headers[name]}, {value}" for name, value in other.items()}}


def without(name: str) -> Callable[[HostilePeer, dict[str, str]], Mapping[str, str]]:
    return lambda _peer, headers: {key: value for key, value in headers.items() if key != name}


def uncovered(_peer: HostilePeer, headers: dict[str, str]) -> Mapping[str, str]:
    return {**headers, "signature-input": headers["signature-input"].replace('"content-digest"', "")}


def long_lived(_peer: HostilePeer, headers: dict[str, str]) -> Mapping[str, str]:
    parts = headers["signature-input"].split("expires=")
    return {**headers, "signature-input": f"{parts[0]}expires=9999999999;{parts[1].partition(';')[2]}"}


def compressed(peer: HostilePeer) -> Reply:
    """A small body that would be 200 MB once it is unpacked."""
    body = gzip.compress(bytes(200 * 1024 * 1024), 1)
    return peer.call("POST", peer.messages_path, body, {**JSON, "content-encoding": "gzip"})


def announced(peer: HostilePeer) -> Reply:
    """Nine million bytes, of which only the first come."""
    peer.poll()
    head, _ = peer.head("POST", peer.messages_path, EMPTY, JSON)
    return peer.raw("POST", peer.messages_path, EMPTY, {**head.headers, "content-length": str(9_000_000)})


def thousand_polls(peer: HostilePeer) -> None:
    replies: list[Reply] = []

    def poll() -> None:
        for _ in range(100):
            head, _ = peer.head("GET", f"{peer.messages_path}?after=0&wait=25", b"", {})
            replies.append(peer.raw("GET", f"{peer.messages_path}?after=0&wait=25", b"", head.headers))

    peer.poll()
    threads = [threading.Thread(target=poll) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(replies) == 1000
    assert {(reply.status, reply.code) for reply in replies} <= {(200, ""), (503, "busy")}


def accept_as(**document: Any) -> Callable[[HostilePeer], Reply]:
    return lambda peer: _newcomer(peer).accept(**document)


def _newcomer(peer: HostilePeer) -> HostilePeer:
    """Somebody with an invitation of their own; what they are told counts as what this peer is told."""
    newcomer = HostilePeer(peer.stage, peer.stage.invite())
    newcomer.heard, newcomer.replies = peer.heard, peer.replies
    return newcomer


def accept_twice(peer: HostilePeer) -> Reply:
    second = HostilePeer(peer.stage, peer.stage.invite())
    second.heard, second.replies, second.offer = peer.heard, peer.replies, peer.offer
    second.connection_id = peer.connection_id
    return second.accept()


def accept_over_another_connection(peer: HostilePeer) -> Reply:
    newcomer = _newcomer(peer)
    return newcomer.accept(newcomer.acceptance(connection_id=peer.stage.honest_connection))


def accept_with_wrong_secret(peer: HostilePeer) -> Reply:
    newcomer = _newcomer(peer)
    return newcomer.accept(proof="00" * 32)


def accept_as_the_victim(peer: HostilePeer) -> Reply:
    newcomer = _newcomer(peer)
    return newcomer.accept(newcomer.acceptance(organization_id=peer.stage.victim.organization.id))


def accept_in_another_version(peer: HostilePeer) -> Reply:
    newcomer = _newcomer(peer)
    return newcomer.accept(newcomer.acceptance(protocol_version=2))


def accept_unsigned(peer: HostilePeer) -> Reply:
    return peer.raw("POST", f"/peer/v1/invitations/{peer.offer.invitation_id}/acceptance", b"{}", JSON)


def unknown_path(path: str, method: str = "GET") -> Callable[[HostilePeer], Reply]:
    return lambda peer: peer.call(method, path.format(peer.connection_id))


SIGNATURES = (
    Attack("a replayed request", expecting("signature_invalid", replay)),
    Attack("a request signed an hour ago", expecting("signature_invalid", lambda peer: signed_at(peer, -3600))),
    Attack("a signature that expired", expecting("signature_invalid", lambda peer: signed_at(peer, -150))),
    Attack("a request of tomorrow", expecting("signature_invalid", lambda peer: signed_at(peer, 86_400))),
    Attack("another body than was signed", expecting("signature_invalid", swapped_body)),
    Attack("a good signature at another connection", expecting("signature_invalid", swapped_path)),
    Attack("polling the honest partner's messages", expecting("signature_invalid", poll_of_another)),
    Attack("pushing in the honest partner's name", expecting("signature_invalid", push_to_another)),
    Attack("a signature for GET used with POST", expecting("signature_invalid", get_signature_as_post)),
    Attack("two signatures", expecting("signature_invalid", signed_with(second_signature))),
    Attack("no digest", expecting("signature_invalid", signed_with(without("content-digest")))),
    Attack("no signature", expecting("signature_invalid", signed_with(without("signature")))),
    Attack("no signature input", expecting("signature_invalid", signed_with(without("signature-input")))),
    Attack("a digest that the signature does not cover", expecting("signature_invalid", signed_with(uncovered))),
    Attack("a signature for three hundred years", expecting("signature_invalid", signed_with(long_lived))),
    Attack(
        "a key that nobody agreed on",
        expecting(
            "signature_invalid",
            lambda peer: peer.call("POST", peer.messages_path, EMPTY, key=peer.signer.new_private_key()),
        ),
    ),
    Attack(
        "a swapped digest",
        expecting(
            "signature_invalid",
            signed_with(lambda _peer, headers: {**headers, "content-digest": "sha-256=:AAAA:"}),
        ),
    ),
)
BODIES = (
    Attack("a body that is no JSON", expecting("validation", raw_body(b"\xff\xfe"))),
    Attack("an empty body", expecting("validation", raw_body(b""))),
    Attack("a list instead of an object", expecting("validation", raw_body(b"[]"))),
    Attack("a body nested 90,000 levels deep", expecting("validation", raw_body(b"[" * 90_000))),
    Attack("NaN", expecting("validation", raw_body(b'{"messages":[{"sequence":NaN}]}'))),
    Attack("Infinity", expecting("validation", raw_body(b'{"messages":[{"sequence":-Infinity}]}'))),
    Attack("a number of 5,000 digits", expecting("validation", raw_body(b'{"messages":[' + b"9" * 5_000 + b"]}"))),
    Attack("a wrong content type", expecting("", raw_body(EMPTY, {"content-type": "text/html"}))),
    Attack("a gzip bomb", expecting("validation", compressed)),
    Attack("a body over the limit", expecting("too_large", announced)),
    Attack("201 messages at once", expecting("too_many_values", raw_body(b'{"messages":[' + b"{}," * 200 + b"{}]}"))),
    Attack("messages that are numbers", expecting("validation", raw_body(b'{"messages":[1,2,3]}'))),
    Attack("queues that are no object", expecting("validation", raw_body(b'{"messages":[],"queues":7}'))),
)
POLLS = (
    Attack("polling from below zero", expecting("validation", polling("after=-1"))),
    Attack("polling from NaN", expecting("validation", polling("after=nan&wait=inf"))),
    Attack("polling from a number of 18 digits", expecting("peer_rewound", polling("after=" + "9" * 18))),
    Attack("polling from far beyond the queue", expecting("peer_rewound", polling("after=9999"))),
    Attack("acknowledging an incarnation that never was", expecting("peer_rewound", polling("after=0&incarnation=x"))),
    Attack("an incarnation of 10,000 characters", expecting("text_too_long", polling("own=" + "x" * 10_000))),
    Attack("a NUL in the address", expecting("validation", polling("own=%00"))),
    Attack("a thousand polls at once", thousand_polls),
)
INVITATIONS = (
    Attack("a used invitation", expecting("invitation_used", accept_twice)),
    Attack(
        "an invitation taken for another connection", expecting("invitation_unknown", accept_over_another_connection)
    ),
    Attack("an invitation without its secret", expecting("invitation_unknown", accept_with_wrong_secret)),
    Attack("an acceptance in the victim's own name", expecting("validation", accept_as_the_victim)),
    Attack("an acceptance in version 2 of the protocol", expecting("validation", accept_in_another_version)),
    Attack("an acceptance that nobody signed", expecting("signature_invalid", accept_unsigned)),
    Attack(
        "an organization at a javascript address",
        expecting("address_refused", accept_as(organization_url="javascript:alert(1)")),
    ),
    Attack(
        "an organization with a user in its address",
        expecting("address_refused", accept_as(organization_url="https://a:b@dev.example/x")),
    ),
    Attack(
        "a name that turns the writing around",
        expecting("name_refused", accept_as(organization_name="Con\u202etoso")),
    ),
    Attack("a key of 31 bytes", expecting("validation", accept_as(public_key="AAAA"))),
    Attack(
        "an invitation id with a path",
        expecting("not_found", unknown_path("/peer/v1/invitations/../../etc/acceptance", "POST")),
    ),
    Attack("asking the hub API", expecting("not_found", unknown_path("/api/v1/connections"))),
    Attack("asking for the hub's jobs", expecting("not_found", unknown_path("/api/v1/jobs", "POST"))),
    Attack(
        "deleting messages", expecting("method_not_allowed", unknown_path("/peer/v1/connections/{}/messages", "DELETE"))
    ),
    Attack(
        "the next version of the protocol", expecting("not_found", unknown_path("/peer/v2/connections/{}/messages"))
    ),
)
ATTACKS = (*SIGNATURES, *BODIES, *POLLS, *INVITATIONS)
