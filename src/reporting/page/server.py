"""The page over a running sweep, served to this machine alone.

Two addresses are answered, ``/`` and ``/data``; no address names a file, so none can be reached.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

from rich.console import Console

from .collection import Collector, Configs
from .following import Following

HOST = "127.0.0.1"
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Server(ThreadingHTTPServer):
    """Answers on the loopback address only.

    Raises:
        ValueError: if the port is taken.
    """

    daemon_threads = True

    def __init__(self, following: Following, port: int) -> None:
        self.following = following
        try:
            super().__init__((HOST, port), Handler)
        except (OSError, OverflowError) as error:
            raise ValueError(
                f"port {port} cannot be served on ({error}): choose another, or port=0 for any."
            ) from error

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of readers who leave before the answer; what else went wrong is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # pyright: ignore[reportArgumentType]

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://{HOST}:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    """GET of the page and of its data; everything else is refused."""

    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """Answer, if the request was meant for this server: no other site may point here."""
        port = self.server.server_port
        if self.headers.get("Host") not in {f"{HOST}:{port}", f"localhost:{port}"}:
            return self._refuse(403, "this page is for this machine alone")
        path, _, query = self.path.partition("?")
        if path not in ("/", "/data"):
            return self._refuse(404, "there is nothing here but the page")
        try:
            return self._answer(*self._content(path, query))
        except ValueError as error:  # such as a record that a later version wrote
            return self._refuse(503, str(error))

    def _content(self, path: str, query: str) -> tuple[str, str]:
        following = self.server.following
        if path == "/":
            return "text/html", following.page()
        asked = parse_qs(query).get("since", ["0"])[-1]
        version = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0
        return "application/json", json.dumps(following.since(version), allow_nan=False)

    def _only_get(self) -> None:
        self.close_connection = True
        self._refuse(405, "only GET is answered")

    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _only_get  # noqa: N815

    def _answer(self, kind: str, text: str, status: int = 200) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _refuse(self, status: int, why: str) -> None:
        self._answer("text/plain", f"{why}\n", status)

    def version_string(self) -> str:
        """Return who answers: nothing that a reader of headers could use."""
        return "legendre"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: a page that asks every other second would fill the terminal."""


def serve(folders: Sequence[Path], configs: Configs, port: int) -> None:
    """Serve the page until Ctrl-C.

    Raises:
        ValueError: if a folder does not exist, or the port is taken.
    """
    for folder in folders:
        if not folder.is_dir():
            raise ValueError(f"no such folder: {folder}. Name a folder that runs are written to.")
    title = " and ".join(folder.resolve().name for folder in folders)
    server = Server(Following(Collector(folders, configs), title), port)
    Console().print(f"Open {server.address} (this machine only; Ctrl-C ends it).", soft_wrap=True)
    with server:
        server.serve_forever(poll_interval=0.2)
