"""The official client for one organization: kept alive, paced, its errors translated, reads tried again.

The client's models are bypassed: they are slow for many work items and drop what they do not know. What is used of the
client is its discovery of resources, its choice of versions, and its sending.
"""

import http.cookiejar
import ipaddress
import json
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import requests
from azure.devops.connection import Connection
from azure.devops.exceptions import AzureDevOpsClientRequestError, AzureDevOpsServiceError
from msrest.exceptions import ClientException
from requests.adapters import HTTPAdapter

from adnode.adapters.answered_time import AnsweredTime
from adnode.adapters.azure_devops.addresses import OrganizationAddress
from adnode.adapters.azure_devops.connection_failures import translate_connection_failure
from adnode.adapters.azure_devops.credentials import BoundAuthorization, SignIn
from adnode.adapters.azure_devops.failures import Operation, is_sign_in, read_problem, translate
from adnode.adapters.azure_devops.pacing import Pace
from adnode.domain.errors import (
    AuthenticationFailedError,
    GatewayError,
    GatewayUnavailableError,
    InvalidWriteError,
    RateLimitedError,
)

T = TypeVar("T")

CALL_SECONDS = 70.0
CONNECT_SHARE = 1 / 7
"""Share of a call's time that making the connection may take; the rest is for waiting for the answer."""
READ_ATTEMPTS = 3
FIRST_BACKOFF_SECONDS = 0.25
POOLED_CONNECTIONS = 16
_SESSION_HEADER = "X-TFS-Session"
_CLIENT_ERRORS = (AzureDevOpsServiceError, AzureDevOpsClientRequestError, ClientException, requests.RequestException)


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of the REST API: its location id, the version to ask for, and which client serves its area."""

    location_id: str
    version: str
    area: str = "work_item_tracking"


@dataclass(frozen=True, slots=True)
class Call:
    """One request. ``route`` and ``query`` hold plain values; ``content`` is JSON, or chunks of bytes to stream."""

    method: str
    resource: Resource
    operation: Operation
    route: Mapping[str, object] = field(default_factory=dict)
    query: Mapping[str, object] = field(default_factory=dict)
    content: object = None
    media_type: str = "application/json"
    accept: str = "application/json"

    @property
    def is_repeatable(self) -> bool:
        """Say whether the same request can go out once more: streamed bytes are gone after the first time."""
        return self.content is None or isinstance(self.content, dict | list)


class AzureDevOpsClient:
    """Sends calls to one organization. Safe to use from several threads, which share its connections."""

    def __init__(
        self,
        address: OrganizationAddress,
        sign_in: SignIn,
        pace: Pace,
        *,
        sleep: Callable[[float], None] = time.sleep,
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        """``call_seconds``: when a call without an answer is given up."""
        self.address = address
        self._call_seconds = call_seconds
        self._sign_in = sign_in
        self._pace = pace
        self._time = AnsweredTime()
        self._sleep = sleep
        self._authorization = BoundAuthorization(address, sign_in)
        self._answers = threading.local()
        self._session = _make_session(self._answers)
        self._check: Callable[[], None] = _let_pass
        self._connection = _ConfiguredConnection(address.url, self._authorization, self._configure)
        self._session_id = str(uuid.uuid4())
        self._discovery = threading.Lock()
        self._discovered: set[str] = set()
        self._clients: dict[str, Any] = {}

    def send(self, call: Call) -> requests.Response:
        """Send a call and return the successful answer, its body not read yet; raises GatewayError.

        Reads are tried again after a dropped connection or a 5xx, writes never.
        """
        with self._naming(call):
            client = self._discover(call.resource, call.operation)
            return self._try_again(
                call.operation, lambda: self._send_signed(client, call), is_final=not call.is_repeatable
            )

    def ask(self, call: Call, read: Callable[[Any], T]) -> T:
        """Send a call and return what ``read`` makes of the document that it is answered with (None for an empty one).

        An answer that ``read`` can't make sense of counts as none.
        """
        with self._naming(call):
            client = self._discover(call.resource, call.operation)

            def attempt() -> T:
                document = self._read_json(self._send_signed(client, call), call.operation)
                return understand(call.operation, lambda: read(document))

            return self._try_again(call.operation, attempt, is_final=not call.is_repeatable)

    def tell(self, call: Call) -> None:
        """Send a call whose answer does not matter as long as it is a success."""
        self.ask(call, lambda _: None)

    def negotiate(self, resource: Resource, operation: Operation) -> str:
        """Return the version that this organization speaks of a resource: the wanted one, or the latest below it."""
        client = self._discover(resource, operation)
        location = client._get_resource_location(client.normalized_url, resource.location_id)
        return str(client._negotiate_request_version(location, resource.version))

    def time(self) -> datetime | None:
        """Return the time by the organization's own clock, None before its first answer."""
        return self._time.now()

    def guarded_by(self, check: Callable[[], None]) -> "AzureDevOpsClient":
        """Return a client over the same connections that makes this check right before it sends anything."""
        guarded = copy(self)
        guarded._check = check
        return guarded

    def close(self) -> None:
        """Close the connections."""
        self._session.close()
        self._sign_in.close()

    # sending ---------------------------------------------------------------------------------------------------------

    @contextmanager
    def _naming(self, call: Call) -> Iterator[None]:
        """Note on errors which request they are about: method and path, never its query or body."""
        try:
            yield
        except GatewayError as error:
            answer: requests.Response | None = getattr(self._answers, "last", None)
            sent = answer.request if answer is not None else None
            path = str(sent.path_url).partition("?")[0] if sent is not None else f"({call.resource.area})"
            error.details.setdefault("request", f"{call.method} {path}")
            raise

    def _try_again(self, operation: Operation, attempt: Callable[[], T], *, is_final: bool = False) -> T:
        attempts = 1 if operation.is_write or is_final else READ_ATTEMPTS
        for number in range(attempts):
            self._pace.wait()
            try:
                return attempt()
            except (GatewayUnavailableError, RateLimitedError):
                if number == attempts - 1:
                    raise
                self._sleep(FIRST_BACKOFF_SECONDS * 3**number * (0.5 + random.random()))  # noqa: S311
        raise AssertionError("unreachable")

    def _send_signed(self, client: Any, call: Call) -> requests.Response:
        try:
            return self._send_once(client, call)
        except AuthenticationFailedError as error:
            if error.status != 401 or not call.is_repeatable or not self._sign_in.renew():
                raise
        return self._send_once(client, call)

    def _send_once(self, client: Any, call: Call) -> requests.Response:
        response: requests.Response = self._guarded(call.operation, lambda: self._hand_over(client, call))
        if is_sign_in(response.status_code, response.headers.get("Content-Type", "")):
            response.close()
            raise translate(read_problem(203, response.headers, b""), call.operation)
        return response

    def _hand_over(self, client: Any, call: Call) -> Any:
        return client._send(
            http_method=call.method,
            location_id=call.resource.location_id,
            version=call.resource.version,
            route_values={name: quote(str(value), safe="") for name, value in call.route.items()},
            query_parameters={name: _quote(value) for name, value in call.query.items() if value is not None},
            content=call.content,
            media_type=call.media_type,
            accept_media_type=call.accept,
            # The client would send one id of this process to all organizations.
            additional_headers={_SESSION_HEADER: self._session_id},
        )

    def _guarded(self, operation: Operation, action: Callable[[], Any]) -> Any:
        self._answers.last, self._answers.check = None, self._check
        try:
            return action()
        except _CLIENT_ERRORS as error:
            raise self._translate(operation, error) from error

    def _translate(self, operation: Operation, error: Exception) -> GatewayError:
        answer: requests.Response | None = self._answers.last
        if answer is None:
            return translate_connection_failure(error, operation, self.address.url)
        try:
            body = answer.content
        except requests.RequestException as broken:
            return translate_connection_failure(broken, operation, self.address.url)
        if answer.ok and not is_sign_in(answer.status_code, answer.headers.get("Content-Type", "")):
            return translate_connection_failure(error, operation, self.address.url)
        return translate(read_problem(answer.status_code, answer.headers, body), operation)

    def _read_json(self, response: requests.Response, operation: Operation) -> Any:
        try:
            body = response.content
        except requests.RequestException as error:
            raise translate_connection_failure(error, operation, self.address.url) from error
        return understand(operation, lambda: json.loads(body) if body else None)

    # the official client ---------------------------------------------------------------------------------------------

    def _discover(self, resource: Resource, operation: Operation) -> Any:
        """Return the client of an area once the resource's route is known; that takes up to two calls, once."""
        read = Operation(operation.subject, operation.right)
        with self._discovery:
            client = self._client(resource.area, read)
            if resource.location_id not in self._discovered:
                location = self._try_again(
                    read,
                    lambda: self._guarded(read, lambda: understand(read, lambda: _locate(client, resource))),
                )
                if location is None:
                    raise InvalidWriteError(
                        f"This Azure DevOps does not know how to {operation.subject}: it is too old, or it is none. "
                        f"Check the URL {self.address.url}.",
                        status=404,
                    )
                self._discovered.add(resource.location_id)
        return client

    def _client(self, area: str, operation: Operation) -> Any:
        if area not in self._clients:
            factory = getattr(self._connection.clients_v7_1, f"get_{area}_client")
            self._clients[area] = self._try_again(operation, lambda: self._guarded(operation, factory))
        return self._clients[area]

    def _configure(self, client: Any) -> None:
        config = client.config
        config.keep_alive = True
        config.redirect_policy.allow = False
        connect_seconds = self._call_seconds * CONNECT_SHARE
        config.connection.timeout = (connect_seconds, self._call_seconds - connect_seconds)
        config.proxies.use_env_settings = not is_loopback(self.address.url)
        config.hooks.append(self._note_answer)
        # One pool for all threads and areas; the client would open connections for each thread anew.
        config.pipeline._sender.driver._session_mapping = SimpleNamespace(session=self._session)

    def _note_answer(self, response: requests.Response, *_: object, **__: object) -> None:
        self._answers.last = response
        self._time.observe(response.headers.get("Date"))
        self._pace.observe(response.headers)


class _ConfiguredConnection(Connection):  # type: ignore[misc]
    """The official connection, with every client configured by us, also those that it makes for itself.

    Its hook for a debugging proxy is the only place that sees them all.
    """

    def __init__(self, url: str, authorization: BoundAuthorization, configure: Callable[[Any], None]) -> None:
        super().__init__(base_url=url, creds=authorization)
        self._configure = configure
        self.use_fiddler = True

    def _configure_client_for_fiddler(self, client: Any) -> None:
        self._configure(client)


def understand(operation: Operation, read: Callable[[], T]) -> T:
    """Return what an answer says; raises GatewayUnavailableError for one that makes no sense."""
    try:
        return read()
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise GatewayUnavailableError(
            f"Azure DevOps gave an answer that can't be read while it was asked to {operation.subject}. "
            "It is tried again by itself.",
            effect_unknown=operation.is_write,
        ) from error


def is_loopback(url: str) -> bool:
    """Say whether a URL leads to this machine by its spelling alone."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _CheckingAdapter(HTTPAdapter):
    """Sends requests, after the check of whoever makes this call. Signing in and everything else that may take long is
    done by then.
    """

    def __init__(self, calls: threading.local) -> None:
        super().__init__(pool_connections=4, pool_maxsize=POOLED_CONNECTIONS, max_retries=0)
        self._calls = calls

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request, unless the check raises."""
        getattr(self._calls, "check", _let_pass)()
        return super().send(request, *args, **kwargs)


def _let_pass() -> None:
    """Say nothing against a call."""


def _make_session(calls: threading.local) -> requests.Session:
    """Return the session of all threads: nothing is repeated below us, and no identity sticks to it."""
    session = requests.Session()
    adapter = _CheckingAdapter(calls)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    # The credential goes with every call; a cookie would only mix up identities.
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    return session


def _locate(client: Any, resource: Resource) -> Any:
    return client._get_resource_location(client.normalized_url, resource.location_id)


def _quote(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ",".join(quote(str(item), safe="") for item in value)
    return quote(str(value), safe="")
