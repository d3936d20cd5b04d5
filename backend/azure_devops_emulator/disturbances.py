"""The answers of a service that is disturbed: throttled, failing, or asking to sign in."""

from __future__ import annotations

from azure_devops_emulator.answers import Answer, ApiError
from azure_devops_emulator.authentication import sign_in_page
from azure_devops_emulator.faults import FaultAction

VSS_SERVICE = "Microsoft.VisualStudio.Services.Common.VssServiceException, Microsoft.VisualStudio.Services.Common"


def throttled(headers: dict[str, str]) -> ApiError:
    """429 for a caller who has used up its budget."""
    return ApiError(
        429,
        "RequestBlockedException",
        "TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource 'Core' in"
        " namespace 'User'.",
        type_name="Microsoft.TeamFoundation.Framework.Server.RequestBlockedException,"
        " Microsoft.TeamFoundation.Framework.Server",
        headers=headers,
    )


def disturb(fault: FaultAction) -> Answer | None:
    """The answer that a fault gives instead of the true one, or None."""
    if fault.html_sign_in:
        return sign_in_page()
    if fault.status is None:
        return None
    headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
    if fault.status == 429:
        return Answer(throttled({}).document(), 429, headers)
    if fault.status == 503:
        page = "<html><body><h1>Service Unavailable</h1></body></html>"
        return Answer(status=503, text=page, content_type="text/html; charset=utf-8", headers=headers)
    message = fault.message or f"The emulator was asked to answer {fault.status}."
    error = ApiError(fault.status, "VssServiceException", message, type_name=VSS_SERVICE)
    return Answer(error.document(), fault.status, headers)
