"""Serves the stand-in pages and the real SDK to frames, as the place where an extension's pages lie does."""

import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

PAGES = Path(__file__).parent / "stand_in"
SDK = Path(__file__).parents[2] / "extension" / "node_modules" / "azure-devops-extension-sdk" / "esm"


class PageServer:
    """A server on a port of its own, a context manager."""

    def __init__(self) -> None:
        if not SDK.is_dir():
            raise FileNotFoundError(f"{SDK} is missing. Run: make setup")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *details: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(SimpleHTTPRequestHandler):
    def translate_path(self, path: str) -> str:
        parts = [part for part in path.partition("?")[0].split("/") if part and not part.startswith(".")]
        folder = SDK if parts[:1] == ["sdk"] else PAGES
        return str(folder.joinpath(*parts[1:] if parts[:1] == ["sdk"] else parts))

    def end_headers(self) -> None:
        # A sandboxed frame has no origin, so even its own scripts are another origin's.
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        pass
