"""Operations of the hub API: one table entry each, from which both the routes and the OpenAPI document are made."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import BaseModel

from adnode.domain.errors import NotFoundError, PreconditionFailedError
from adnode.domain.session import Session
from adnode.web.hub.problems import PreconditionRequiredError

ACCESS_TOKEN_HEADER = "X-AzureDevOps-AccessToken"  # noqa: S105 - a header's name
REPETITION_HEADER = "Idempotency-Key"
CSV = "text/csv"
_REVISION = re.compile(r'(?:W/)?"?([0-9]{1,16})"?', re.ASCII)
_PARAMETER = re.compile(r"<([a-z_]+)>")
Model = TypeVar("Model", bound=BaseModel)


class Access(StrEnum):
    """Who may call an operation."""

    ANYBODY = "anybody"
    PERSON = "person"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in, with its parts read. ``headers`` are by lower-case name."""

    path: Mapping[str, str]
    headers: Mapping[str, str]
    caller: str
    host: str
    maybe_session: Session | None = None
    maybe_body: BaseModel | None = None
    maybe_query: BaseModel | None = None
    upload: bytes = b""

    @property
    def session(self) -> Session:
        """Return the session; only operations for persons have one."""
        if self.maybe_session is None:
            raise TypeError("This operation is for anybody; it has no session.")
        return self.maybe_session

    def body(self, kind: type[Model]) -> Model:
        """Return the body as the model that the operation names."""
        return _of(kind, self.maybe_body)

    def query(self, kind: type[Model]) -> Model:
        """Return the query as the model that the operation names."""
        return _of(kind, self.maybe_query)

    @property
    def access_token(self) -> str:
        """Return the caller's access token, '' without one. It is used for this request and never kept."""
        return self._header(ACCESS_TOKEN_HEADER)

    @property
    def repetition_key(self) -> str:
        """Return what makes a repetition of the request known as one."""
        return self._header(REPETITION_HEADER)

    @property
    def bearer(self) -> str:
        """Return what the Authorization header carries, '' without a bearer token."""
        scheme, _, token = self._header("Authorization").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def _header(self, name: str) -> str:
        return self.headers.get(name.lower(), "").strip()

    @property
    def revision(self) -> int:
        """Return the revision that the edit was made against; raises PreconditionRequiredError."""
        text = self._header("If-Match")
        if not text:
            raise PreconditionRequiredError("Say in If-Match which revision you edit; it came as the ETag.")
        found = _REVISION.fullmatch(text)
        if found is None:
            raise PreconditionFailedError("If-Match names no revision that this node gave out. Reload, then edit.")
        return int(found.group(1))

    @property
    def work_item_id(self) -> int:
        """Return the work item in the path; raises NotFoundError."""
        text = self.path["work_item_id"]
        if not (text.isascii() and text.isdecimal() and len(text) <= 10 and 1 <= int(text) < 2**31):
            raise NotFoundError(f"There is no work item {text[:20]}.")
        return int(text)


def _of(kind: type[Model], value: BaseModel | None) -> Model:
    if not isinstance(value, kind):
        raise TypeError(f"The operation was declared without {kind.__name__}.")
    return value


@dataclass(frozen=True, slots=True)
class Download:
    """A CSV file that an operation gives, in pieces of text as they are made."""

    file_name: str
    pieces: Iterable[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a view gives back. ``etag`` is the revision of an editable thing, ``status`` another than the usual one."""

    document: BaseModel | None = None
    etag: str = ""
    status: int | None = None
    download: Download | None = None


View = Callable[[Call], Answer]
Method = TypeVar("Method", bound=Callable[..., Answer])
_DECLARED: dict[Callable[..., Answer], "Operation"] = {}


def _unbound(_call: Call) -> Answer:
    raise TypeError("This operation was declared, but not bound to a tab.")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, as ``declares`` says it. ``problems`` are statuses beside those that follow from the other
    entries; ``other_status`` is another one of success. ``upload_bytes`` is how large a CSV file may be that is its
    body, 0 for none; ``gives_file`` says that it answers with one. ``name``, ``tag`` and ``view`` come with the tab.
    """

    method: str
    path: str
    summary: str
    answer: type[BaseModel] | None = None
    status: int = 200
    other_status: int | None = None
    access: Access = Access.ADMINISTRATOR
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    upload_bytes: int = 0
    gives_file: bool = False
    headers: tuple[str, ...] = ()
    rate: str = ""
    problems: tuple[int, ...] = ()
    is_conditional: bool = False
    has_etag: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    tag: str = ""
    view: View = _unbound

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names in the path."""
        return tuple(_PARAMETER.findall(self.path))

    @property
    def needs_revision(self) -> bool:
        """Say whether it edits something that others may edit too."""
        return "If-Match" in self.headers

    @property
    def problem_statuses(self) -> tuple[int, ...]:
        """Return every status of a problem that it answers with."""
        statuses = set(self.problems) | {500}
        if self.access is not Access.ANYBODY:
            statuses |= {401, 403}
        if self.parameters:
            statuses |= {404}
        if self.body is not None or self.upload_bytes:
            statuses |= {413, 415, 422}
        if self.query is not None:
            statuses |= {422}
        if self.needs_revision:
            statuses |= {412, 428}
        if self.rate:
            statuses |= {429}
        return tuple(sorted(statuses))


def declares(operation: Operation) -> Callable[[Method], Method]:
    """Say which operation a method of a tab answers."""

    def remember(method: Method) -> Method:
        _DECLARED[method] = operation
        return method

    return remember


def operations_of(tab: object, tag: str) -> list[Operation]:
    """Return the operations that the methods of a tab answer, in the order they stand there."""
    declared = [(name, _DECLARED[method]) for name, method in vars(type(tab)).items() if method in _DECLARED]
    return [replace(operation, name=name, tag=tag, view=getattr(tab, name)) for name, operation in declared]
