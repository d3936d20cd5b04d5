"""JSON documents of the acceptance of an invitation, and of what a node tells about itself (peer protocol 1)."""

import base64
from collections.abc import Mapping

from adnode.domain.documents import Document, fail, read, read_number, read_strings
from adnode.domain.errors import NameRefusedError
from adnode.domain.invitation_code import KEY_LENGTH, transcript_proof
from adnode.domain.limits import KIND, MODES, NAME, NONCE, check_count, check_length
from adnode.domain.message_limits import check_id, check_name, check_organization_id
from adnode.domain.visible_text import hides_something
from adnode.domain.web_address import check_address, check_organization_url
from adnode.ports.peer import Acceptance, AcceptanceAnswer, PeerInformation

PROOF_LENGTH = 32


def acceptance_to_document(acceptance: Acceptance) -> Document:
    """Return an acceptance as it travels."""
    return {**_fields(acceptance), "protocol_version": acceptance.protocol_version, "proof": acceptance.proof.hex()}


def acceptance_from_document(invitation_id: str, document: object) -> Acceptance:
    """Return the acceptance of that invitation; raises ValidationError."""
    return Acceptance(
        invitation_id=invitation_id,
        connection_id=check_id(read(document, "connection_id", str), "connection_id"),
        public_key=_key(document),
        organization_id=check_organization_id(read(document, "organization_id", str), "organization_id"),
        organization_name=_name(document, "organization_name"),
        organization_url=check_organization_url(read(document, "organization_url", str)),
        node_url=_node_url(document),
        protocol_version=read_number(document, "protocol_version", 1),
        nonce=check_name(read(document, "nonce", str), NONCE, "nonce"),
        proof=_proof(document),
    )


def acceptance_proof(acceptance: Acceptance, secret: bytes) -> bytes:
    """Return the proof that whoever wrote this acceptance knows the invitation's secret."""
    fields = {**_fields(acceptance), "invitation_id": acceptance.invitation_id}
    return transcript_proof(secret, {**fields, "protocol_version": str(acceptance.protocol_version)})


def answer_to_document(answer: AcceptanceAnswer) -> Document:
    """Return the initiator's answer as it travels."""
    return {
        "connection_id": answer.connection_id,
        "name": answer.name,
        "organization_id": answer.organization_id,
        "organization_name": answer.organization_name,
        "organization_url": answer.organization_url,
    }


def answer_from_document(document: object) -> AcceptanceAnswer:
    """Return the initiator's answer; raises ValidationError."""
    return AcceptanceAnswer(
        connection_id=check_id(read(document, "connection_id", str), "connection_id"),
        name=_name(document, "name"),
        organization_id=check_organization_id(read(document, "organization_id", str), "organization_id"),
        organization_name=_name(document, "organization_name"),
        organization_url=check_organization_url(read(document, "organization_url", str)),
    )


def information_to_document(information: PeerInformation) -> Document:
    """Return what a node says to anybody."""
    return {
        "minimum_version": information.minimum_version,
        "maximum_version": information.maximum_version,
        "modes": list(information.modes),
    }


def information_from_document(document: object) -> PeerInformation:
    """Return what a node said; raises ValidationError."""
    modes = read_strings(document, "modes")
    check_count(modes, MODES)
    for mode in modes:
        check_name(mode, KIND, "modes")
    return PeerInformation(
        read_number(document, "minimum_version", 1), read_number(document, "maximum_version", 1), modes
    )


def _fields(acceptance: Acceptance) -> Mapping[str, str]:
    return {
        "connection_id": acceptance.connection_id,
        "public_key": base64.b64encode(acceptance.public_key).decode(),
        "organization_id": acceptance.organization_id,
        "organization_name": acceptance.organization_name,
        "organization_url": acceptance.organization_url,
        "node_url": acceptance.node_url,
        "nonce": acceptance.nonce,
    }


def _name(document: object, key: str) -> str:
    """Return a name that people are shown: what the proof covers can't be repaired, so it is refused."""
    name = check_length(read(document, key, str), NAME, key)
    if not name.strip() or hides_something(name):
        raise NameRefusedError(f"{key} must be a name in characters that are seen.", place=key)
    return name


def _node_url(document: object) -> str:
    url = read(document, "node_url", str)
    return check_address(url, "node_url") if url else ""


def _key(document: object) -> bytes:
    try:
        key = base64.b64decode(read(document, "public_key", str), validate=True)
    except ValueError as error:
        raise fail("public_key", "base64") from error
    if len(key) != KEY_LENGTH:
        raise fail("public_key", f"{KEY_LENGTH} bytes")
    return key


def _proof(document: object) -> bytes:
    try:
        proof = bytes.fromhex(read(document, "proof", str))
    except ValueError as error:
        raise fail("proof", "hexadecimal digits") from error
    if len(proof) != PROOF_LENGTH:
        raise fail("proof", f"{PROOF_LENGTH} bytes")
    return proof
