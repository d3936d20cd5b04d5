"""JSON documents of the acceptance of an invitation, and of what a node tells about itself (peer protocol 1)."""

import base64
import binascii
from collections.abc import Mapping

from adnode.domain.documents import Document, fail, read, read_strings
from adnode.domain.invitation_code import KEY_LENGTH, transcript_proof
from adnode.ports.peer import Acceptance, AcceptanceAnswer, PeerInformation

MAXIMUM_TEXT_LENGTH = 2000


def acceptance_to_document(acceptance: Acceptance) -> Document:
    """Return an acceptance as it travels."""
    return {**_fields(acceptance), "protocol_version": acceptance.protocol_version, "proof": acceptance.proof.hex()}


def acceptance_from_document(invitation_id: str, document: object) -> Acceptance:
    """Return the acceptance of that invitation; raises ValidationError."""
    return Acceptance(
        invitation_id=invitation_id,
        connection_id=_text(document, "connection_id"),
        public_key=_key(document),
        organization_id=_text(document, "organization_id"),
        organization_name=_text(document, "organization_name"),
        organization_url=_text(document, "organization_url"),
        node_url=_text(document, "node_url"),
        protocol_version=read(document, "protocol_version", int),
        nonce=_text(document, "nonce"),
        proof=_hex(document, "proof"),
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
        connection_id=_text(document, "connection_id"),
        name=_text(document, "name"),
        organization_id=_text(document, "organization_id"),
        organization_name=_text(document, "organization_name"),
        organization_url=_text(document, "organization_url"),
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
    return PeerInformation(
        read(document, "minimum_version", int), read(document, "maximum_version", int), read_strings(document, "modes")
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


def _text(document: object, name: str) -> str:
    value = read(document, name, str)
    if len(value) > MAXIMUM_TEXT_LENGTH:
        raise fail(name, f"at most {MAXIMUM_TEXT_LENGTH} characters")
    return value


def _key(document: object) -> bytes:
    try:
        key = base64.b64decode(_text(document, "public_key"), validate=True)
    except binascii.Error as error:
        raise fail("public_key", "base64") from error
    if len(key) != KEY_LENGTH:
        raise fail("public_key", f"{KEY_LENGTH} bytes")
    return key


def _hex(document: object, name: str) -> bytes:
    try:
        return bytes.fromhex(_text(document, name))
    except ValueError as error:
        raise fail(name, "hexadecimal digits") from error
