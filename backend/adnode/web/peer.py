"""The peer API: what the other node calls (peer protocol, version 1)."""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from urllib.parse import unquote

from flask import Blueprint, Response, request

from adnode.domain.connection import Mode
from adnode.domain.documents import parse_document, read
from adnode.domain.errors import ValidationError
from adnode.domain.limits import BATCH, check_count
from adnode.domain.message import MessageAnswer
from adnode.domain.message_documents import message_to_document
from adnode.domain.peer_messages import read_peer_message
from adnode.domain.queue_documents import report_from_document, report_from_query
from adnode.domain.visible_text import make_file_name
from adnode.ports.acceptance_documents import (
    acceptance_from_document,
    answer_to_document,
    information_to_document,
)
from adnode.ports.gateway import ContentStream
from adnode.ports.message_security import (
    FRAMED_CONTENT_TYPE,
    NAME_HEADER,
    SIZE_HEADER,
    ContentBinding,
    RequestHead,
    read_size,
)
from adnode.ports.peer import PeerInformation
from adnode.services.exchange import Waiting
from adnode.services.peer_access import AdmittedPeer
from adnode.web.handover import Poll, handover_of
from adnode.web.node_services import NodeServices
from adnode.web.request_heads import body_chunks, read_body, request_head

PROTOCOL_VERSION = 1
MESSAGES_LIMIT_BYTES = 8 * 1024 * 1024
"""Batches are of 1 MiB; one message that is larger travels alone and must pass."""
ACCEPTANCE_LIMIT_BYTES = 64 * 1024
JSON_TYPE = "application/json"


def create_peer_blueprint(services: NodeServices) -> Blueprint:
    """Return the routes under /peer/v1."""
    api = PeerApi(services)
    blueprint = Blueprint("peer", __name__, url_prefix="/peer/v1")
    routes: tuple[tuple[str, str, Callable[..., Response]], ...] = (
        ("GET", "/information", api.information),
        ("POST", "/invitations/<invitation_id>/acceptance", api.accept),
        ("POST", "/connections/<connection_id>/messages", api.take_messages),
        ("GET", "/connections/<connection_id>/messages", api.hand_out_messages),
        ("GET", "/connections/<connection_id>/attachments/<path:key>", api.give_content),
        ("PUT", "/connections/<connection_id>/attachments/<path:key>", api.take_content),
    )
    for method, path, view in routes:
        blueprint.add_url_rule(path, view_func=view, endpoint=view.__name__, methods=[method])
    return blueprint


class PeerApi:
    """Views of the peer API. Nothing is done for a request before its signature was checked."""

    def __init__(self, services: NodeServices) -> None:
        self._services = services

    def information(self) -> Response:
        """Say which protocol versions and modes this node offers; nothing about organizations."""
        information = PeerInformation(PROTOCOL_VERSION, PROTOCOL_VERSION, tuple(mode.value for mode in Mode))
        return Response(json.dumps(information_to_document(information)), content_type=JSON_TYPE)

    def accept(self, invitation_id: str) -> Response:
        """Let in who holds an invitation."""
        _raise_refusal()
        head = self._head()
        self._services.access.inspect_acceptance(head)
        body = read_body(request, ACCEPTANCE_LIMIT_BYTES)
        acceptance = acceptance_from_document(invitation_id, parse_document(body))
        self._services.access.admit_acceptance(acceptance, head, body)
        answer = self._services.invitations.admit(acceptance)
        key = self._services.access.private_key_of(answer.connection_id)
        return self._signed(head, answer_to_document(answer), key)

    def take_messages(self, connection_id: str) -> Response:
        """Store what the peer pushes."""
        head, peer, body = self._admit(connection_id, MESSAGES_LIMIT_BYTES)
        document = parse_document(body)
        documents = read(document, "messages", list)
        check_count(documents, BATCH)
        messages = [read_peer_message(each) for each in documents]
        answers = self._services.exchange.receive(connection_id, messages, report_from_document(document))
        return self._answer(head, {"answers": [_answer_document(answer) for answer in answers]}, peer)

    def hand_out_messages(self, connection_id: str) -> Response:
        """Answer a long poll: what waits for the peer, or after a while nothing.

        The waiting is the front's: a poll with nothing to hear is parked and comes here again when it is woken.
        """
        handover = handover_of(request)
        if handover.poll is None:
            handover.poll = self._begin_poll(connection_id)
        poll = handover.poll
        waiting = Waiting((), may_wait=False)
        if not handover.must_end:
            waiting = self._services.exchange.look(connection_id, poll.after)
        if waiting.may_wait and handover.may_park and poll.wait_seconds:
            handover.is_parked = True
            return Response(status=204)
        document = {"messages": [message_to_document(message) for message in waiting.messages]}
        return self._answer(poll.head, document, poll.peer)

    def _begin_poll(self, connection_id: str) -> Poll:
        head, peer, _ = self._admit(connection_id)
        report, wait_seconds = report_from_query(request.args, int(_number("after", 0))), _number("wait", 0)
        self._services.exchange.acknowledge(connection_id, report)
        return Poll(head, peer, report.known.sequence, wait_seconds)

    def give_content(self, connection_id: str, key: str) -> Response:
        """Stream one of our files to the peer."""
        head, peer, _ = self._admit(connection_id)
        private_key = self._services.access.private_key(peer.connection)
        binding = ContentBinding(connection_id, key, peer.nonce)
        with ExitStack() as stack:
            stream = stack.enter_context(self._services.contents.open(connection_id, key))
            frames = self._services.security.frame(stream.chunks, binding, private_key)
            size = "unknown" if stream.size is None else str(stream.size)
            headers = {"content-type": FRAMED_CONTENT_TYPE, SIZE_HEADER: size}
            signed = self._services.security.sign_answer(head, 200, headers, None, private_key)
            response = Response(frames, headers=signed)
            response.call_on_close(stack.pop_all().close)
        return response

    def take_content(self, connection_id: str, key: str) -> Response:
        """Stream a file of the peer to our Azure DevOps."""
        head, peer = self._admit_head(connection_id, is_stream=True)
        self._services.contents.store(connection_id, key, _name(head), self._incoming(head, peer, key))
        return self._answer(head, {}, peer)

    def _incoming(self, head: RequestHead, peer: AdmittedPeer, key: str) -> ContentStream:
        if peer.connection.peer is None or head.headers.get("content-type") != FRAMED_CONTENT_TYPE:
            raise ValidationError(f"Content must come as {FRAMED_CONTENT_TYPE}.")
        binding = ContentBinding(peer.connection.id, key, peer.nonce)
        content = self._services.security.unframe(body_chunks(request), binding, peer.connection.peer.public_key)
        return ContentStream(content, _announced_size(head))

    def _admit(self, connection_id: str, limit_bytes: int = 0) -> tuple[RequestHead, AdmittedPeer, bytes]:
        """Return who asks, and the body: read only for somebody whose signature holds."""
        head, peer = self._admit_head(connection_id)
        body = read_body(request, limit_bytes)
        self._services.access.check_body(head, body)
        return head, peer, body

    def _admit_head(self, connection_id: str, *, is_stream: bool = False) -> tuple[RequestHead, AdmittedPeer]:
        """Return who asks; the front may have found that out before the body came."""
        _raise_refusal()
        head, handover = self._head(), handover_of(request)
        peer = handover.peer
        if peer is None or peer.connection.id != connection_id:
            peer = self._services.access.admit_head(connection_id, head, is_stream=is_stream)
        handover.is_proven = True
        return head, peer

    def _head(self) -> RequestHead:
        return request_head(request, self._services.node_url)

    def _answer(self, head: RequestHead, document: Mapping[str, object], peer: AdmittedPeer) -> Response:
        return self._signed(head, document, self._services.access.private_key(peer.connection))

    def _signed(self, head: RequestHead, document: Mapping[str, object], private_key: bytes) -> Response:
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        headers = self._services.security.sign_answer(head, 200, {"content-type": JSON_TYPE}, body, private_key)
        return Response(body, headers=headers)


def _raise_refusal() -> None:
    refusal = handover_of(request).refusal
    if refusal is not None:
        raise refusal


def _number(name: str, default: float) -> float:
    text = request.args.get(name, "")
    if not text:
        return default
    digits = text.replace(".", "", 1)
    if len(text) > 18 or not (digits.isascii() and digits.isdecimal()):
        raise ValidationError(f"{name} must be a number of zero or more.")
    return float(text) if "." in text else int(text)


def _announced_size(head: RequestHead) -> int | None:
    text = head.headers.get(SIZE_HEADER, "")
    size = read_size(text)
    if size is None and text not in ("", "unknown"):
        raise ValidationError(f"{SIZE_HEADER} must be a number of bytes, or unknown.")
    return size


def _name(head: RequestHead) -> str:
    return make_file_name(unquote(head.headers.get(NAME_HEADER, ""), errors="replace"))


def _answer_document(answer: MessageAnswer) -> Mapping[str, object]:
    document = {"message_id": answer.message_id, "outcome": answer.outcome, "error_code": answer.error_code}
    return {**document, "text": answer.text} if answer.text else document
