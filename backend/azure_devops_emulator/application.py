"""Takes a request through organization, credential, limits and route to its answer."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from urllib.parse import unquote

from azure_devops_emulator import authentication
from azure_devops_emulator.admin import administer
from azure_devops_emulator.answers import Answer, ApiError
from azure_devops_emulator.disturbances import VSS_SERVICE, disturb, throttled
from azure_devops_emulator.faults import FaultAction
from azure_devops_emulator.headers import date_header, service_error, standard_headers
from azure_devops_emulator.host import Extension, HostPages
from azure_devops_emulator.identities import Credential, Right
from azure_devops_emulator.landscape import Landscape
from azure_devops_emulator.organizations import Organization, missing_project
from azure_devops_emulator.routes import all_routes
from azure_devops_emulator.routing import ApiVersion, Call, Match, Query, Route, Router
from azure_devops_emulator.statistics import CallNote
from azure_devops_emulator.transport import ConnectionEndedError, Request, Response
from azure_devops_emulator.versions import wanted_version

_LOG = logging.getLogger(__name__)
_ADMIN = "_emulator"
_NO_FAULT = FaultAction()


@dataclass(slots=True)
class _Arrival:
    """A request whose organization is known. `prefix` is the part of the path before the organization's routes."""

    request: Request
    organization: Organization
    prefix: str
    segments: tuple[str, ...]
    query: Query


class Application:
    """Answers the requests for all organizations of a landscape."""

    def __init__(self, landscape: Landscape, extension: Extension | None = None) -> None:
        self._landscape = landscape
        self._host = HostPages(landscape, extension or Extension())
        self._router = Router([*all_routes(), *self._host.routes])

    def respond(self, request: Request) -> Response:
        """The response to a request; whatever goes wrong inside becomes a 500."""
        path, _, query = request.target.partition("?")
        segments = tuple(unquote(part) for part in path.strip("/").split("/")) if path.strip("/") else ()
        if segments and segments[0] == _ADMIN:
            answer = administer(self._landscape, request.method, segments[1:], request.body)
            return _render(answer, [], None)
        if page := self._host.respond(request):
            return _render(page, [], None)
        prefix_length = 2 if segments and segments[0].lower() == "tfs" else 1
        organization = self._landscape.find(segments[prefix_length - 1]) if len(segments) >= prefix_length else None
        if organization is None:
            return _render(_no_organization(path), [], None)
        prefix = "/".join(path.strip("/").split("/")[:prefix_length])
        return self._respond(_Arrival(request, organization, prefix, segments[prefix_length:], Query(query)))

    def _respond(self, arrival: _Arrival) -> Response:
        request, organization = arrival.request, arrival.organization
        self._host.admit(organization, request)
        match = self._router.find(request.method, arrival.segments)
        path = "/" + "/".join(match.route.segments) if match else "/(unknown)"
        user_agent = request.headers.get("user-agent") or ""
        began = time.time()
        fault = self._landscape.faults.match(request.method, path, organization.name, user_agent) or _NO_FAULT
        if fault.latency_ms:
            time.sleep(fault.latency_ms / 1000)
        credential = authentication.find_credential(organization, request.headers)
        headers = standard_headers(
            request.headers, credential.identity if credential else None, organization.deployment_id
        )
        version: ApiVersion | None = None
        answer = Answer() if fault.drop == "before" else disturb(fault)
        if answer is None or fault.after_effect:
            true_answer, version = self._answer(arrival, match, credential, headers)
            answer = answer or true_answer
            if fault.retry_after is not None:
                answer.headers.setdefault("Retry-After", f"{fault.retry_after:g}")
        headers.append(date_header(organization.now()))
        response = _render(answer, headers, version)
        response.abandon = fault.drop is not None
        response.cut_after_bytes = fault.cut_after_bytes
        status = None if response.abandon else response.status
        call = CallNote(f"{request.method} {path}", status, user_agent, began, time.time() - began)
        self._landscape.statistics.count_call(call)
        return response

    def _answer(
        self,
        arrival: _Arrival,
        match: Match | None,
        credential: Credential | None,
        headers: list[tuple[str, str]],
    ) -> tuple[Answer, ApiVersion | None]:
        version: ApiVersion | None = None
        try:
            if match is None:
                return _no_route(arrival), None
            if credential is None and not match.route.anonymous:
                return self._turn_away(arrival), None
            credential = credential or authentication.ANONYMOUS
            headers += self._charge(arrival.organization, credential)
            version = wanted_version(arrival.request, arrival.query, match.route)
            call = _make_call(arrival, match, credential, version)
            return _run(match.route, call), version
        except ApiError as error:
            headers.append(service_error(error.message))
            return Answer(error.document(), error.status, dict(error.headers)), version
        except ConnectionEndedError:
            raise
        except Exception:  # noqa: BLE001 - a bug of the emulator must be seen by whoever calls it
            _LOG.exception("The emulator failed at %s %s.", arrival.request.method, arrival.request.target)
            return Answer(_bug().document(), 500), version

    def _turn_away(self, arrival: _Arrival) -> Answer:
        headers = arrival.request.headers
        for other in self._landscape.organizations:
            if stranger := authentication.find_credential(other, headers):
                raise authentication.unauthorized(stranger.identity)
        return authentication.challenge(headers)

    def _charge(self, organization: Organization, credential: Credential) -> list[tuple[str, str]]:
        throttle = self._landscape.throttle
        if throttle is None:
            return []
        decision = throttle.charge((organization.instance_id, credential.identity.id), 1)
        if decision.rejected:
            raise throttled(decision.headers)
        if decision.delay_seconds:
            time.sleep(decision.delay_seconds)
        return [*decision.headers.items()]


def _make_call(arrival: _Arrival, match: Match, credential: Credential, version: ApiVersion) -> Call:
    request, organization = arrival.request, arrival.organization
    if not credential.covers(match.route.scope):
        raise authentication.unauthorized(credential.identity)
    host = request.headers.get("host")
    url = f"http://{host}/{arrival.prefix}" if host else organization.url
    call = Call(
        method=request.method,
        organization=organization,
        organization_url=url,
        query=arrival.query,
        headers=request.headers,
        body=request.body,
        identity=credential.identity,
        credential=credential,
        parameters=match.parameters,
        api_version=version,
    )
    if match.owner:
        _enter_project(call, match.owner)
    return call


def _enter_project(call: Call, owner: tuple[str, ...]) -> None:
    with call.organization.lock:
        project = call.organization.project(owner[0])
        if not call.identity.may(Right.READ, project.id):
            raise missing_project(owner[0])
        call.project = project
        if len(owner) > 1:
            call.team = project.find_team(owner[1])
            if call.team is None:
                raise ApiError(
                    404,
                    "TeamNotFoundException",
                    f"The team with id '{owner[1]}' does not exist.",
                    type_name="Microsoft.TeamFoundation.Core.WebApi.TeamNotFoundException,"
                    " Microsoft.TeamFoundation.Core.WebApi",
                )


def _run(route: Route, call: Call) -> Answer:
    if route.locked:
        if call.method in ("POST", "PATCH", "PUT"):
            call.json()
        with call.organization.lock:
            result = route.handler(call)
    else:
        result = route.handler(call)
    return result if isinstance(result, Answer) else Answer(result)


def _bug() -> ApiError:
    message = "The emulator failed; its log tells why."
    return ApiError(500, "VssServiceException", message, type_name=VSS_SERVICE)


def _no_route(arrival: _Arrival) -> Answer:
    path = "/".join(arrival.segments)
    text = f"The emulator does not have this route: {arrival.request.method} {path}"
    return Answer(status=501, text=text, content_type="text/plain; charset=utf-8")


def _no_organization(path: str) -> Answer:
    text = f"The resource cannot be found: {path}"
    return Answer(status=404, text=text, content_type="text/plain; charset=utf-8")


def _render(answer: Answer, headers: list[tuple[str, str]], version: ApiVersion | None) -> Response:
    rows = [*headers, *answer.headers.items()]
    if answer.stream is not None:
        rows.append(("Content-Type", answer.content_type or "application/octet-stream"))
        return Response(answer.status, rows, stream=answer.stream, length=answer.length)
    if answer.text is not None:
        rows.append(("Content-Type", answer.content_type or "text/plain; charset=utf-8"))
        return Response(answer.status, rows, answer.text.encode())
    if answer.document is None:
        return Response(answer.status, rows)
    suffix = f"; api-version={version}" if version else ""
    rows.append(("Content-Type", f"application/json; charset=utf-8{suffix}"))
    return Response(answer.status, rows, _encode(json.dumps(answer.document, ensure_ascii=False)))


def _encode(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair, which JSON may carry: the service sends the replacement character.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
