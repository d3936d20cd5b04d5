"""Which version of the API a call asks for.

See https://learn.microsoft.com/azure/devops/integrate/concepts/rest-api-versioning.
"""

from __future__ import annotations

import re

from azure_devops_emulator.answers import ApiError
from azure_devops_emulator.routing import ApiVersion, Query, Route
from azure_devops_emulator.transport import Request

LATEST = ApiVersion(7, 2)
_DEFAULT = ApiVersion(7, 1)
_IN_ACCEPT = re.compile(r"api-version=([^;,\s]+)", re.IGNORECASE)
_WEB_API = "Microsoft.VisualStudio.Services.WebApi"


def wanted_version(request: Request, query: Query, route: Route) -> ApiVersion:
    """The version in the query or in Accept. Raises ApiError 400 for none on a change, or one the route has not."""
    found = _IN_ACCEPT.search(request.headers.get("accept", ""))
    text = query.get("api-version") or (found.group(1) if found else "")
    if not text:
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            raise _refuse(
                "VssVersionNotSpecifiedException",
                f'No api-version was supplied for the "{request.method}" request. The version must be supplied either'
                ' as part of the Accept header (e.g. "application/json; api-version=1.0") or as a query parameter'
                ' (e.g. "?api-version=1.0").',
            )
        return ApiVersion(7, 1, preview=True) if route.preview_only else _DEFAULT
    version = ApiVersion.parse(text)
    if version is None or not ApiVersion(1, 0).at_most(version) or not version.at_most(LATEST):
        raise _refuse(
            "VssVersionOutOfRangeException",
            f"The requested REST API version of {text} is out of range for this server. The latest REST API version"
            f" this server supports is {LATEST}.",
        )
    if route.preview_only and not version.preview:
        raise _refuse(
            "VssInvalidPreviewVersionException",
            f'The requested version "{text}" of the resource is under preview. The -preview flag must be supplied in'
            f' the api-version for such requests. For example: "{text}-preview"',
        )
    return version


def _refuse(type_key: str, message: str) -> ApiError:
    return ApiError(400, type_key, message, type_name=f"{_WEB_API}.{type_key}, {_WEB_API}")
