"""A peer with a key of its own and a real invitation, that says whatever a test wants."""

import http.client
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from tests.integration.hostile.victim import Stage

from adnode.adapters.memory.clock import MemoryClock
from adnode.adapters.peer.keys import Ed25519Signer
from adnode.adapters.peer.signatures import HttpMessageSecurity
from adnode.adapters.system_clock import SystemIds
from adnode.domain.documents import format_time
from adnode.domain.invitation_code import decode_offer
from adnode.ports.acceptance_documents import acceptance_proof, acceptance_to_document
from adnode.ports.message_security import (
    FRAMED_CONTENT_TYPE,
    NAME_HEADER,
    SIZE_HEADER,
    ContentBinding,
    RequestHead,
)
from adnode.ports.peer import Acceptance

ORGANIZATION_ID = "hostile-organization"
ORGANIZATION_URL = "https://dev.example/hostile"
JSON = {"content-type": "application/json"}
_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the victim answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body) if self.body else {}

    @property
    def code(self) -> str:
        """The code of a refusal: of the whole request, or of the first message that was refused."""
        if self.status != 200:
            return str(self.document.get("code", ""))
        answers = self.document.get("answers", [])
        return next((str(one["error_code"]) for one in answers if one["outcome"] == "refused"), "")

    @property
    def outcomes(self) -> list[str]:
        return [str(one["outcome"]) for one in self.document["answers"]]


class HostilePeer:
    """Accepts an invitation as any node would, and keeps everything that it is ever told."""

    def __init__(self, stage: Stage, code: str) -> None:
        self.stage = stage
        self.offer = decode_offer(code)
        self.connection_id = self.offer.connection_id
        self.signer = Ed25519Signer()
        self.key = self.signer.new_private_key()
        self.clock = MemoryClock(stage.meeting.clock.now())
        self.security = HttpMessageSecurity(self.clock, SystemIds())
        self.heard: list[bytes] = []
        self.replies: list[Reply] = []
        self.sequence = 0
        self.count = 0
        self.number = next(_NUMBERS)
        self.address = f"2001:db8:0:{self.number:x}::1"

    # what it calls ---------------------------------------------------------------------------------------------------

    def raw(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send a request as it is."""
        address = urlsplit(self.stage.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            told = {"host": urlsplit(self.stage.victim.url).netloc, "x-forwarded-for": self.address}
            sent = {**told, "content-length": str(len(body)), **headers}
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            reply = Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()
        self.heard.append(reply.body)
        self.replies.append(reply)
        return reply

    def head(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], key: bytes = b""
    ) -> tuple[RequestHead, str]:
        """Sign a request at the peer's own idea of the time."""
        head = RequestHead(method, self.stage.victim.url + path, dict(headers))
        signed, nonce = self.security.sign_request(head, body, key or self.key)
        return RequestHead(method, head.url, signed), nonce

    def call(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = JSON, key: bytes = b""
    ) -> Reply:
        self.clock = self._now()
        head, _ = self.head(method, path, body, headers, key)
        return self.raw(method, path, body, head.headers)

    def _now(self) -> MemoryClock:
        behind = (self.stage.meeting.clock.now() - self.clock.now()).total_seconds()
        self.clock.advance(behind)
        return self.clock

    @property
    def messages_path(self) -> str:
        return f"/peer/v1/connections/{self.connection_id}/messages"

    def file_path(self, key: str) -> str:
        return f"/peer/v1/connections/{self.connection_id}/attachments/{key}"

    # invitation ------------------------------------------------------------------------------------------------------

    def acceptance(self, **changes: Any) -> Acceptance:
        values: dict[str, Any] = {
            "invitation_id": self.offer.invitation_id,
            "connection_id": self.connection_id,
            "public_key": self.signer.public_key(self.key),
            "organization_id": ORGANIZATION_ID,
            "organization_name": "Hostile",
            "organization_url": ORGANIZATION_URL,
            "node_url": "",
            "protocol_version": 1,
            "nonce": SystemIds().new_secret().hex(),
            **changes,
        }
        acceptance = Acceptance(**values)
        return Acceptance(**{**values, "proof": acceptance_proof(acceptance, self.offer.secret)})

    def accept(self, acceptance: Acceptance | None = None, **document: object) -> Reply:
        acceptance = acceptance or self.acceptance()
        body = json.dumps({**acceptance_to_document(acceptance), **document}).encode()
        return self.call("POST", f"/peer/v1/invitations/{self.offer.invitation_id}/acceptance", body)

    # messages --------------------------------------------------------------------------------------------------------

    def message(self, kind: str, body: object, twin_id: str = "", **changes: object) -> dict[str, Any]:
        self.count += 1
        self.sequence += 1
        return {
            "id": f"hostile-{self.number}-m{self.count}",
            "sequence": self.sequence,
            "kind": kind,
            "twin_id": twin_id or f"hostile-{self.number}-t{self.count}",
            "created_at": format_time(self.stage.meeting.clock.now()),
            "body": body,
            **changes,
        }

    def register(self, value: object, version: Sequence[object] = (1, 0), **changes: object) -> dict[str, Any]:
        now = format_time(self.stage.meeting.clock.now())
        return {"value": value, "version": list(version), "changed_at": now, "changed_in": ORGANIZATION_ID, **changes}

    def state(self, number: int = 900, title: object = "Hostile", **changes: object) -> dict[str, Any]:
        return {
            "work_item_id": number,
            "url": f"{ORGANIZATION_URL}/_workitems/edit/{number}",
            "lineage": [f"{ORGANIZATION_ID}:{number}"],
            "registers": {"summary": self.register(title)},
            **changes,
        }

    def push(self, *messages: object, **document: object) -> Reply:
        return self.call("POST", self.messages_path, json.dumps({"messages": messages, **document}).encode())

    def say(self, kind: str, body: object, twin_id: str = "", **changes: object) -> Reply:
        return self.push(self.message(kind, body, twin_id, **changes))

    def poll(self, query: str = "after=0&wait=0") -> Reply:
        return self.call("GET", f"{self.messages_path}?{query}")

    def put(self, key: str, content: bytes, **headers: str) -> Reply:
        """Send a file; headers may say something else than is true."""
        told = {
            "content-type": FRAMED_CONTENT_TYPE,
            NAME_HEADER: "file.txt",
            SIZE_HEADER: str(len(content)),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        self._now()
        head, nonce = self.head("PUT", self.file_path(key), None, told)
        binding = ContentBinding(self.connection_id, key, nonce)
        return self.raw("PUT", self.file_path(key), self.frames(content, binding), head.headers)

    def frames(self, content: bytes, binding: ContentBinding) -> bytes:
        return b"".join(self.security.frame([content], binding, self.key))

    def listen(self) -> list[dict[str, Any]]:
        """Fetch everything that waits for this peer."""
        messages: list[dict[str, Any]] = []
        after = 0
        while (reply := self.poll(f"after={after}&wait=0")).status == 200 and (found := reply.document["messages"]):
            messages += found
            after = found[-1]["sequence"]
        return messages


def unsigned_frames(content: bytes) -> bytes:
    """A stream of frames whose end nobody signed."""
    return struct.pack(">I", len(content)) + content + struct.pack(">I", 0) + bytes(64)
