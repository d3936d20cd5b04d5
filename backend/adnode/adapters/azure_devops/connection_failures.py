"""Calls that got no answer: why, and whether they may have been carried out."""

from collections.abc import Iterator

import requests
import urllib3

from adnode.adapters.azure_devops.failures import Operation
from adnode.domain.errors import GatewayError, GatewayUnavailableError, QueryTooSlowError

_NEVER_SENT = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidProxyURL,
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.NameResolutionError,
)
_CERTIFICATE = "CERTIFICATE_VERIFY_FAILED"


def translate_connection_failure(error: BaseException, operation: Operation, url: str) -> GatewayError:
    """Return the error for a call that has no usable answer."""
    chain = list(_causes(error))
    has_bad_certificate = any(_CERTIFICATE in str(cause) for cause in chain)
    was_sent = not has_bad_certificate and not any(isinstance(cause, _NEVER_SENT) for cause in chain)
    if operation.is_query and was_sent and any(isinstance(cause, requests.exceptions.Timeout) for cause in chain):
        # Asking once more would keep Azure DevOps busy twice, for nothing.
        return QueryTooSlowError(
            f"{url} did not answer the query in time. Narrow it, for example to a work item type, an area or the last "
            "days."
        )
    return GatewayUnavailableError(
        f"{_reason(url, chain, has_bad_certificate=has_bad_certificate)} It was asked to {operation.subject}. "
        "Check URL and network; what waits for it is tried again by itself.",
        effect_unknown=operation.is_write and was_sent,
    )


def _reason(url: str, chain: list[BaseException], *, has_bad_certificate: bool) -> str:
    if has_bad_certificate:
        return (
            f"The certificate of {url} is not trusted on this machine. "
            "Give the file of its authority in REQUESTS_CA_BUNDLE."
        )
    if any(isinstance(cause, requests.exceptions.ProxyError) for cause in chain):
        return f"The proxy on the way to {url} can't be used. Check HTTPS_PROXY and NO_PROXY."
    if any(isinstance(cause, requests.exceptions.Timeout) for cause in chain):
        return f"{url} did not answer in time."
    if any(isinstance(cause, _NEVER_SENT) for cause in chain):
        return f"{url} can't be reached."
    return f"The connection to {url} broke before the answer was complete."


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and everything it wraps: the client and its libraries wrap each other several times."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        current = waiting.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [current.__cause__, current.__context__, getattr(current, "inner_exception", None)]
        waiting += [getattr(current, "reason", None), *current.args]
