"""The routes of the hub API: every request is let in, read and answered in the same way."""

import hashlib
import re
from functools import cache

from flask import Blueprint, Response, request
from pydantic import BaseModel
from pydantic import ValidationError as SchemaError
from werkzeug.exceptions import UnsupportedMediaType

from adnode.domain.errors import AdministratorRequiredError, NotFoundError, SessionRefusedError
from adnode.domain.session import Session
from adnode.services.sessions import GRANTOR, RIGHT
from adnode.web.callers import caller_group
from adnode.web.handover import handover_of
from adnode.web.hub.cross_origin import register_cross_origin
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.openapi import make_document
from adnode.web.hub.operations import CSV, Access, Answer, Call, Download, Operation
from adnode.web.hub.problems import malformed, register_problems
from adnode.web.hub.schemas import ID_PATTERN, KEY_ENDING, KEY_PATTERN
from adnode.web.hub.tabs import list_operations
from adnode.web.refusals import Refusals
from adnode.web.request_heads import read_body

PREFIX = "/api/v1"
BODY_LIMIT_BYTES = 64 * 1024
CSV_TYPES = frozenset({CSV, "application/vnd.ms-excel", "application/csv"})
"""What browsers call a CSV file; on Windows with Excel it is the second."""
_IDENTIFIER = re.compile(ID_PATTERN, re.ASCII)
_KEY = re.compile(KEY_PATTERN, re.ASCII)


def create_hub_blueprint(services: HubServices, refusals: Refusals) -> Blueprint:
    """Return the routes under /api/v1."""
    blueprint = Blueprint("hub", __name__, url_prefix=PREFIX)
    operations = list_operations(services)
    for operation in operations:
        handler = _Handler(services, operation)
        blueprint.add_url_rule(operation.path, endpoint=operation.name, view_func=handler, methods=[operation.method])

    @cache
    def document() -> str:
        return make_document(operations, PREFIX, services.version)

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        return Response(document(), content_type="application/json")

    register_problems(blueprint, refusals)
    register_cross_origin(blueprint, services.server_urls)
    return blueprint


class _Handler:
    """Lets a request in, reads it, calls the view and shapes the answer."""

    def __init__(self, services: HubServices, operation: Operation) -> None:
        self._services = services
        self._operation = operation
        self.__name__ = operation.name

    def __call__(self, **path: str) -> Response:
        """Answer one request."""
        operation = self._operation
        self._check_path(path)
        session = self._admit()
        caller = request.remote_addr or ""
        if operation.rate:
            key = f"{session.tenant.id}:{session.user_id}" if session else caller_group(caller)
            self._services.rates.count(operation.rate, key)
        call = Call(
            path=path,
            headers={name.lower(): value for name, value in request.headers.items()},
            caller=caller,
            host=request.host,
            maybe_session=session,
            maybe_body=self._read_body(),
            maybe_query=self._read_query(),
            upload=self._read_upload(),
        )
        if operation.needs_revision:
            # A missing revision is told before anything else is looked at.
            _ = call.revision
        return self._shape(operation.view(call))

    def _check_path(self, path: dict[str, str]) -> None:
        for name, value in path.items():
            if not (_KEY if name.endswith(KEY_ENDING) else _IDENTIFIER).fullmatch(value):
                raise NotFoundError("There is nothing at this address.")

    def _admit(self) -> Session | None:
        if self._operation.access is Access.ANYBODY:
            return None
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise SessionRefusedError("This needs a session of this node. Reload the page.")
        session = self._services.sessions.read(token.strip())
        handover_of(request).is_proven = True
        if self._operation.access is Access.ADMINISTRATOR and not session.is_administrator:
            raise AdministratorRequiredError(
                f"This is for people with the right “{RIGHT}” in {session.tenant.name}. It can be given by {GRANTOR}.",
                right=RIGHT,
                grantor=GRANTOR,
                user_name=session.user_name,
            )
        return session

    def _read_body(self) -> BaseModel | None:
        kind = self._operation.body
        if kind is None:
            return None
        if request.mimetype != "application/json":
            raise UnsupportedMediaType("Send the body as application/json.")
        try:
            return kind.model_validate_json(read_body(request, BODY_LIMIT_BYTES), strict=True)
        except SchemaError as error:
            raise malformed(error, "body") from None

    def _read_upload(self) -> bytes:
        limit = self._operation.upload_bytes
        if not limit:
            return b""
        if request.mimetype not in CSV_TYPES:
            raise UnsupportedMediaType("Send the file as text/csv.")
        return read_body(request, limit, "Cut the file into smaller ones.")

    def _read_query(self) -> BaseModel | None:
        kind = self._operation.query
        if kind is None:
            return None
        try:
            return kind.model_validate(request.args.to_dict())
        except SchemaError as error:
            raise malformed(error, "query") from None

    def _shape(self, answer: Answer) -> Response:
        operation = self._operation
        if answer.download is not None:
            return _file_response(answer.download)
        if answer.document is None:
            return Response(status=operation.status)
        body = answer.document.model_dump_json()
        response = Response(body, status=answer.status or operation.status, content_type="application/json")
        if answer.etag:
            response.set_etag(answer.etag)
        if operation.is_conditional:
            response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:32], weak=True)
            response.make_conditional(request)
        return response


def _file_response(download: Download) -> Response:
    pieces = (piece.encode() for piece in download.pieces)
    response = Response(pieces, content_type=f"{CSV}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{download.file_name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
