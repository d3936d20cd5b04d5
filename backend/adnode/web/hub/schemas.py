"""Documents that more than one part of the hub API uses."""

from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

ID_PATTERN = r"^[0-9A-Za-z_-]{1,64}$"
KEY_PATTERN = r"^[0-9A-Za-z_-]{1,600}$"
KEY_ENDING = "_key"
"""Ends names of parameters in paths that are no ids but keys made of several values; they are longer."""
Item = TypeVar("Item")


def _check_text(text: str) -> str:
    """Refuse what no database stores and no document carries: NUL and halves of surrogate pairs."""
    if "\x00" in text:
        raise ValueError("must not contain NUL characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain halves of surrogate pairs") from None
    return text


def _in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


StorableText = Annotated[str, AfterValidator(_check_text)]
Text = Annotated[str, StringConstraints(max_length=500), AfterValidator(_check_text)]
LongText = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_check_text)]
Identifier = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Moment = Annotated[datetime, PlainSerializer(_in_utc, return_type=str)]


class Body(BaseModel):
    """Something that a page sends; unknown names are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Shape(BaseModel):
    """Something that a page gets; every name is always there."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


class Page(Shape, Generic[Item]):
    """Some items of a list. ``next`` is what to send as ``after`` for more, null at the end; ``total`` counts all."""

    items: list[Item]
    next: str | None
    total: int


class PageQuery(Body):
    """Which part of a list."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Annotated[str, StringConstraints(max_length=1000)] = ""


class FieldProblem(Shape):
    """What is wrong with one field of a request."""

    field: str
    message: str


class Problem(BaseModel):
    """A problem document (RFC 9457). Some codes come with more names, such as ``right`` and ``grantor``."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    correlation_id: str
    errors: list[FieldProblem] | None = None
