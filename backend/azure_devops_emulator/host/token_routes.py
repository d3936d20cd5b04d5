"""The call by which a page of Azure DevOps gets tokens; undocumented, as observed by third parties."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from azure_devops_emulator.answers import ApiError, Document, bad_argument
from azure_devops_emulator.host.extension import Extension
from azure_devops_emulator.host.tokens import LIFETIME_SECONDS, TokenMint
from azure_devops_emulator.moments import format_moment
from azure_devops_emulator.routing import Call, RouteTable

_SESSION, _APP = 0, 1


def make_token_routes(extension: Extension, mint: TokenMint) -> RouteTable:
    """The routes that give tokens of this extension."""
    routes = RouteTable()

    @routes.route("POST", "_apis/WebPlatformAuth/SessionToken", preview_only=True)
    def create_token(call: Call) -> Document:
        """An app token (`tokenType` 1) or access token (0) of the caller for an extension, or for the page itself."""
        body = call.object()
        publisher, name = str(body.get("publisherName") or ""), str(body.get("extensionName") or "")
        kind = body.get("tokenType", _SESSION)
        if kind not in (_SESSION, _APP):
            raise bad_argument("tokenType must be 0 (access token) or 1 (app token).")
        if f"{publisher}.{name}".lower() != extension.id.lower() and (name or kind == _APP):
            raise _not_installed(publisher, name)
        expires = datetime.fromtimestamp(int(time.time()) + LIFETIME_SECONDS, UTC)
        return {
            "publisherName": publisher,
            "extensionName": name,
            "tokenType": kind,
            "token": _mint(call, kind, for_extension=bool(name)),
            "validTo": format_moment(expires),
        }

    def _mint(call: Call, kind: int, *, for_extension: bool) -> str:
        if kind == _APP:
            return mint.mint_app_token(call.organization, call.identity)
        scopes = extension.scopes if for_extension else tuple(call.credential.scopes)
        return mint.mint_access_token(call.organization, call.identity, scopes).token

    return routes


def _not_installed(publisher: str, name: str) -> ApiError:
    return ApiError(
        404,
        "ExtensionDoesNotExistException",
        f"The extension {publisher}.{name} is not installed.",
        type_name="Microsoft.VisualStudio.Services.ExtensionManagement.WebApi.ExtensionDoesNotExistException,"
        " Microsoft.VisualStudio.Services.ExtensionManagement.WebApi",
    )
