"""From the front to Flask (WSGI, PEP 3333), a piece at a time: an answer is produced as fast as its caller reads it,
and between two pieces no thread waits.
"""

import io
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from adnode.web.front.call import Call
from adnode.web.handover import HANDOVER_KEY, Handover

BATCH_BYTES = 128 * 1024
"""What is produced at once of a long answer."""

Environ = dict[str, Any]
Application = Callable[..., Iterable[bytes]]


@dataclass(slots=True)
class Answer:
    """The head of an answer, and its body as it is produced: by ``produce`` in threads, to its end or to ``close``."""

    status: int
    headers: list[tuple[bytes, bytes]]
    has_more: bool
    _chunks: Iterator[bytes]
    _close: Callable[[], None]

    def produce(self) -> bytes:
        """Return the next piece."""
        piece = bytearray()
        self.has_more = False
        try:
            for chunk in self._chunks:
                piece += chunk
                if len(piece) >= BATCH_BYTES:
                    self.has_more = True
                    break
        finally:
            if not self.has_more:
                self._close()
        return bytes(piece)

    def close(self) -> None:
        """Let go of what an answer comes from that nobody wants to its end."""
        if self.has_more:
            self.has_more = False
            # It may take as long as any call, and nobody waits for it.
            threading.Thread(target=self._close, name="answer-close", daemon=True).start()


def make_environ(call: Call, body: IO[bytes] | io.RawIOBase, length: int | None, handover: Handover) -> Environ:
    """Return the request as WSGI has it; ``length`` is None for a body whose end shows when it comes."""
    client = call.scope["client"] or ("", 0)
    host, port = (call.scope["server"] or ("localhost", 0))[:2]
    environ: Environ = {
        "REQUEST_METHOD": call.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(call.path).decode("latin-1"),
        "QUERY_STRING": call.scope["query_string"].decode("latin-1"),
        "RAW_URI": call.target,
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "SERVER_PROTOCOL": f"HTTP/{call.scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        HANDOVER_KEY: handover,
    }
    for name, value in call.headers.items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    for name in ("CONTENT_LENGTH", "CONTENT_TYPE"):
        if (found := environ.pop(f"HTTP_{name}", None)) is not None:
            environ[name] = found
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ.pop("CONTENT_LENGTH", None)
    if length is not None:
        environ["CONTENT_LENGTH"] = str(length)
    return environ


def call_application(application: Application, environ: Environ) -> tuple[Answer, bytes]:
    """Call the application and return the head of its answer and the first piece. Called in a thread."""
    head: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _failure: object = None) -> Callable[..., object]:
        head[:] = [(status, headers)]
        return _write

    iterable = application(environ, start_response)
    answer = Answer(0, [], has_more=False, _chunks=iter(iterable), _close=getattr(iterable, "close", _nothing))
    piece = answer.produce()
    status, headers = head[0]
    answer.status = int(status.split(" ", 1)[0])
    answer.headers = [
        (name.strip().lower().encode("latin-1"), value.strip().encode("latin-1")) for name, value in headers
    ]
    return answer, piece


def _write(_chunk: bytes) -> None:
    raise NotImplementedError("Answers are iterables here.")


def _nothing() -> None:
    return
