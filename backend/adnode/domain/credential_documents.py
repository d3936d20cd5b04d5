"""Credentials as the documents that are sealed and stored."""

import json
from dataclasses import asdict

from adnode.domain.documents import fail, read
from adnode.domain.errors import ValidationError
from adnode.domain.organization import Credential, CredentialKind, PersonalAccessToken, ServicePrincipal


def kind_of(credential: Credential) -> CredentialKind:
    """Return how a credential signs in."""
    if isinstance(credential, PersonalAccessToken):
        return CredentialKind.PERSONAL_ACCESS_TOKEN
    return CredentialKind.CLIENT_CERTIFICATE if credential.private_key_pem else CredentialKind.CLIENT_SECRET


def write_credential(credential: Credential) -> bytes:
    """Return the bytes to seal."""
    return json.dumps({"kind": kind_of(credential).value, **asdict(credential)}).encode()


def read_credential(document: bytes) -> Credential:
    """Return the credential in unsealed bytes; raises ValidationError."""
    try:
        values = json.loads(document)
    except ValueError:
        raise ValidationError("Malformed document: a stored credential is no JSON.") from None
    if read(values, "kind", str) == CredentialKind.PERSONAL_ACCESS_TOKEN:
        return PersonalAccessToken(read(values, "token", str))
    if values["kind"] not in (CredentialKind.CLIENT_SECRET, CredentialKind.CLIENT_CERTIFICATE):
        raise fail("kind", "a kind of credential")
    return ServicePrincipal(
        tenant_id=read(values, "tenant_id", str),
        client_id=read(values, "client_id", str),
        client_secret=read(values, "client_secret", str),
        private_key_pem=read(values, "private_key_pem", str),
        certificate_pem=read(values, "certificate_pem", str),
        authority=read(values, "authority", str),
    )
