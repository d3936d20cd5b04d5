"""The technical part of an error record: for whoever looks into it, safe to send to anybody.

It says where and in what request it failed. Messages of foreign exceptions are left out: they repeat addresses with
their queries, headers and bodies, and so tokens and what people wrote into their work items.
"""

from collections.abc import Iterator
from types import TracebackType

from adnode.domain.error_record import TECHNICAL_LIMIT
from adnode.domain.errors import AdnodeError

CHAIN_LIMIT = 8
"""Exceptions behind each other that are named at most."""
FRAME_LIMIT = 12
"""Places of one traceback that are named at most, the innermost ones."""


def describe(error: BaseException) -> str:
    """Return the exception chain, the request and the status as lines of text."""
    lines = [line for one in _chain(error) for line in _describe_one(one)]
    return "\n".join(lines)[:TECHNICAL_LIMIT]


def _describe_one(error: BaseException) -> Iterator[str]:
    kind = type(error)
    code = f" [{error.code}]" if isinstance(error, AdnodeError) else ""
    yield f"{kind.__module__}.{kind.__qualname__}{code}"
    details = error.details if isinstance(error, AdnodeError) else {}
    status = getattr(error, "status", None) or details.get("status")
    for name, value in (("request", details.get("request")), ("status", status), ("errno", _errno(error))):
        if isinstance(value, str | int) and value != "":
            yield f"  {name}: {value}"
    yield from _places(error.__traceback__)


def _errno(error: BaseException) -> int | None:
    return error.errno if isinstance(error, OSError) else None


def _places(trace: TracebackType | None) -> Iterator[str]:
    """Yield modules, functions and lines: no paths, no values."""
    found = []
    while trace is not None:
        frame = trace.tb_frame
        module = str(frame.f_globals.get("__name__", "?"))
        found.append(f"  at {module}.{frame.f_code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    yield from found[-FRAME_LIMIT:]


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(seen) < CHAIN_LIMIT:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
