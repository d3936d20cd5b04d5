"""The headers the service puts on every answer (recorded)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from azure_devops_emulator.identities import Identity

_FIXED = (
    ("Cache-Control", "no-cache"),
    ("Pragma", "no-cache"),
    ("Expires", "-1"),
    ("P3P", 'CP="CAO DSP COR ADMa DEV CONo TELo CUR PSA PSD TAI IVDo OUR SAMi BUS DEM NAV STA UNI COM INT PHY ONL"'),
    ("Request-Context", "appId=cid-v1:00000000-0000-0000-0000-000000000000"),
    ("Access-Control-Expose-Headers", "Request-Context"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("Vary", "Accept-Encoding"),
)
_PROCESS_ID = str(uuid.uuid4())


def standard_headers(
    request_headers: Mapping[str, str], identity: Identity | None, deployment_id: str
) -> list[tuple[str, str]]:
    """The headers of an answer to a caller with these request headers."""
    activity = str(uuid.uuid4())
    headers = [
        *_FIXED,
        ("X-TFS-ProcessId", _PROCESS_ID),
        ("ActivityId", activity),
        ("X-TFS-Session", request_headers.get("x-tfs-session") or activity),
        ("X-VSS-E2EID", activity),
        ("X-VSS-SenderDeploymentId", deployment_id),
    ]
    if identity:
        headers.append(("X-VSS-UserData", f"{identity.id}:{identity.unique_name}"))
    return headers


def date_header(now: datetime) -> tuple[str, str]:
    """The header that tells the time of the answer (RFC 9110, 6.6.1)."""
    return "Date", format_datetime(now, usegmt=True)


def service_error(message: str) -> tuple[str, str]:
    """The header that repeats an error message."""
    return "X-TFS-ServiceError", quote(message)[:2000]
