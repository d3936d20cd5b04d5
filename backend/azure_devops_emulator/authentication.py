"""Who calls: personal access tokens in Basic, access tokens in Bearer."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from azure_devops_emulator.answers import Answer, ApiError
from azure_devops_emulator.identities import Credential, Identity, Role
from azure_devops_emulator.organizations import Organization

ANONYMOUS = Credential(
    "", Identity("Anonymous", "", Role.OUTSIDER, id="aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"), "anonymous"
)
_SIGN_IN_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Azure DevOps Services | Sign In</title></head>
<body><p>Sign in to continue to Azure DevOps.</p></body></html>
"""


def find_credential(organization: Organization, headers: Mapping[str, str]) -> Credential | None:
    """The credential of a call, or None if there is none or it opens nothing here."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        token, kind = _password(value), "pat"
    else:
        token, kind = value.strip(), "bearer"
    credential = organization.credentials.get(token)
    if credential is None or credential.kind != kind or credential.revoked:
        return None
    return credential


def _password(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode("utf-8").partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def challenge(headers: Mapping[str, str]) -> Answer:
    """What a call without a valid credential gets: 401 for programs, the sign-in page for browsers."""
    if headers.get("x-tfs-fedauthredirect", "").lower() == "suppress" or headers.get("authorization"):
        return Answer(
            status=401, headers={"WWW-Authenticate": 'Bearer authorization_uri="", Basic realm="", TFS-Federated'}
        )
    return sign_in_page()


def sign_in_page() -> Answer:
    """The HTML page that Services sends instead of an answer."""
    return Answer(status=203, text=_SIGN_IN_PAGE, content_type="text/html; charset=utf-8")


def unauthorized(identity: Identity) -> ApiError:
    """401 for somebody whose token does not reach this resource."""
    return ApiError(
        401,
        "UnauthorizedRequestException",
        f"TF400813: The user '{identity.id}' is not authorized to access this resource.",
        type_name="Microsoft.TeamFoundation.Framework.Server.UnauthorizedRequestException,"
        " Microsoft.TeamFoundation.Framework.Server",
        headers={"WWW-Authenticate": 'Bearer, Basic realm="", TFS-Federated'},
    )
