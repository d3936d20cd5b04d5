"""Attacks on files: those of others, and content that is not what was announced."""

from collections.abc import Callable
from typing import Any

from tests.integration.hostile.attack import Attack, expecting
from tests.integration.hostile.bodies import alone, elsewhere, file, of_others
from tests.integration.hostile.peer import HostilePeer, Reply, unsigned_frames

from adnode.ports.message_security import FRAMED_CONTENT_TYPE, NAME_HEADER, SIZE_HEADER, ContentBinding

KEY = "h:1"
CONTENT = b"0123456789"


def fetch(key: Callable[[HostilePeer], str]) -> Callable[[HostilePeer], Reply]:
    return lambda peer: peer.call("GET", peer.file_path(key(peer)), headers={})


def file_of(number: Callable[[HostilePeer], int]) -> Callable[[HostilePeer], str]:
    """The key that the first file of a work item of the victim has or would have."""

    def key(peer: HostilePeer) -> str:
        organization = peer.stage.victim.organization
        attachment = organization.snapshot(number(peer)).attachments[0]
        return f"{organization.id}:{attachment.id}"

    return key


def after_unlinking(peer: HostilePeer) -> Reply:
    """A file of a work item that was shared with this peer and is not any more."""
    number = peer.stage.share(peer.connection_id)
    peer.stage.settle(peer.connection_id)
    key = file_of(lambda _: number)(peer)
    assert fetch(lambda _: key)(peer).status == 200
    peer.stage.victim.work_items.unlink(peer.connection_id, number)
    return fetch(lambda _: key)(peer)


def asked(peer: HostilePeer) -> None:
    """Have the victim ask for a file."""
    registers = {"summary": peer.register("with a file"), f"attachment/{KEY}": peer.register(file(size=len(CONTENT)))}
    assert peer.say("state", peer.state(registers=registers)).code == ""
    peer.stage.settle(peer.connection_id)
    assert [one["body"]["keys"] for one in peer.listen() if one["kind"] == "content_requested"] == [[KEY]]


def sending(content: bytes = CONTENT, **headers: str) -> Callable[[HostilePeer], Reply]:
    def call(peer: HostilePeer) -> Reply:
        asked(peer)
        reply = peer.put(KEY, content, **headers)
        assert_no_file(peer)
        return reply

    return call


def assert_no_file(peer: HostilePeer) -> None:
    peer.stage.settle(peer.connection_id)
    twins = [twin for twin in _twins(peer) if twin.work_item_id is not None]
    snapshots = [peer.stage.victim.organization.snapshot(twin.work_item_id) for twin in twins]
    assert [one.attachments for one in snapshots if one.attachments] == []


def _twins(peer: HostilePeer) -> list[Any]:
    with peer.stage.victim.storage.unit_of_work() as work:
        return work.twins.list_page(peer.connection_id)


def streaming(body: Callable[[HostilePeer, ContentBinding], bytes], **changes: str) -> Callable[[HostilePeer], Reply]:
    """Send whatever bytes as the content that was asked for."""

    def call(peer: HostilePeer) -> Reply:
        asked(peer)
        told = {"content-type": FRAMED_CONTENT_TYPE, NAME_HEADER: "x", SIZE_HEADER: str(len(CONTENT)), **changes}
        head, nonce = peer.head("PUT", peer.file_path(KEY), None, told)
        binding = ContentBinding(peer.connection_id, KEY, nonce)
        reply = peer.raw("PUT", peer.file_path(KEY), body(peer, binding), head.headers)
        assert_no_file(peer)
        return reply

    return call


def in_the_victims_name(peer: HostilePeer) -> Reply:
    return peer.put(file_of(alone)(peer), CONTENT)


def of_another_request(peer: HostilePeer, binding: ContentBinding) -> bytes:
    return peer.frames(CONTENT, ContentBinding(binding.connection_id, binding.key, "another nonce"))


def of_another_file(peer: HostilePeer, binding: ContentBinding) -> bytes:
    return peer.frames(CONTENT, ContentBinding(binding.connection_id, "h:2", binding.nonce))


def cut(peer: HostilePeer, binding: ContentBinding) -> bytes:
    return peer.frames(CONTENT, binding)[:-70]


def sent_twice(peer: HostilePeer) -> Reply:
    asked(peer)
    assert peer.put(KEY, CONTENT).status == 200
    return peer.put(KEY, b"something else")


FETCHED = (
    Attack("a file of a work item of its own", expecting("content_unavailable", fetch(file_of(alone)))),
    Attack("a file of another project", expecting("content_unavailable", fetch(file_of(elsewhere)))),
    Attack(
        "a file that is shared with the honest partner",
        expecting("content_unavailable", fetch(file_of(of_others))),
    ),
    Attack("a file of a pair that was ended", expecting("content_unavailable", after_unlinking)),
    Attack("a file by a path", expecting("content_unavailable", fetch(lambda _: "..%2F..%2Fetc%2Fpasswd"))),
    Attack("a file by a wildcard", expecting("content_unavailable", fetch(lambda _: "%25"))),
    Attack("a file by 5,000 characters", expecting("content_unavailable", fetch(lambda _: "k" * 5_000))),
    Attack("a file by a NUL", expecting("content_unavailable", fetch(lambda _: "a%00b"))),
    Attack("a file by bytes that are no text", expecting("content_unavailable", fetch(lambda _: "%ff%fe"))),
)
SENT = (
    Attack("a file that nobody asked for", expecting("content_not_asked_for", lambda peer: peer.put("h:9", CONTENT))),
    Attack(
        "a file in the victim's name",
        expecting("content_not_asked_for", in_the_victims_name),
    ),
    Attack("more than was announced", expecting("content_too_long", sending(CONTENT * 2, adnode_content_size="10"))),
    Attack("less than was announced", expecting("content_mismatch", sending(CONTENT[:5], adnode_content_size="10"))),
    Attack("a size that is no number", expecting("validation", sending(adnode_content_size="ten"))),
    Attack("a size below zero", expecting("validation", sending(adnode_content_size="-1"))),
    Attack("content that is not framed", expecting("validation", sending(content_type="text/html"))),
    Attack("content that nobody signed", expecting("content_mismatch", streaming(lambda *_: unsigned_frames(CONTENT)))),
    Attack("a frame of 4 GB", expecting("content_mismatch", streaming(lambda *_: b"\xff\xff\xff\xff" + CONTENT))),
    Attack("content that is cut", expecting("content_mismatch", streaming(cut))),
    Attack("content of another request", expecting("content_mismatch", streaming(of_another_request))),
    Attack("content of another file", expecting("content_mismatch", streaming(of_another_file))),
    Attack("a file twice", expecting("content_not_asked_for", sent_twice)),
)
ATTACKS = (*FETCHED, *SENT)
