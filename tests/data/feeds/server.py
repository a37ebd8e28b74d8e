"""An archive on this machine: files by path, and faults that each path shows before it behaves."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Fault:
    """What is wrong with one answer.

    Args:
        status: instead of the file. headers: of that answer. drop: hang up without a word. cut: hang up after so many bytes of
            the body. unannounced: a cut body looks whole: no length was stated. body: other bytes. pause: seconds before the
            answer. before_each: called before each piece of 1,000 bytes.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    cut: int | None = None
    unannounced: bool = False
    body: bytes | None = None
    pause: float = 0.0
    before_each: Callable[[], None] | None = None


class Archive:
    """A server of files.

    Attributes:
        files: content by path. faults: what each path does first, one a request. tags: whether answers name their version.
        asked: every request: path and its Range. busiest: the most requests there were at once. agents: who asked.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.everywhere: Fault | None = None
        self.tags = True
        self.asked: list[tuple[str, str | None]] = []
        self.agents: set[str] = set()
        self.busy = self.busiest = 0
        self.lock = threading.Lock()
        archive = self

        class Handler(_Handler):
            owner = archive

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


class _Handler(BaseHTTPRequestHandler):
    owner: Archive
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        with self.owner.lock:
            self.owner.asked.append((self.path, self.headers.get("Range")))
            self.owner.agents.add(self.headers.get("User-Agent", ""))
            self.owner.busy += 1
            self.owner.busiest = max(self.owner.busiest, self.owner.busy)
            queue = self.owner.faults[self.path]
            fault = queue.popleft() if queue else self.owner.everywhere or Fault()
        time.sleep(fault.pause)
        with self.owner.lock:  # before the answer: whoever has it may ask the next thing sooner than we get round to counting
            self.owner.busy -= 1
        try:
            self._answer(fault)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _answer(self, fault: Fault) -> None:
        if fault.drop:
            self._hang_up()
            return
        content = fault.body if fault.body is not None else self.owner.files.get(self.path)
        status = fault.status if fault.status != 200 or content is not None else 404
        if status != 200:
            content = b"<html>no</html>"
        assert content is not None
        tag = f'"{abs(hash(content))}"'
        begin = 0
        asked = self.headers.get("Range")
        if status == 200 and asked and self.headers.get("If-Range") == tag:
            begin, status = int(asked.removeprefix("bytes=").rstrip("-")), 206
        self.send_response(status)
        for name, value in fault.headers.items():
            self.send_header(name, value)
        if status == 206:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        if self.owner.tags and status in (200, 206):
            self.send_header("ETag", tag)
        part = content[begin:]
        if fault.unannounced:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        stop = len(part) if fault.cut is None else fault.cut
        for at in range(0, stop, 1000):
            if fault.before_each:
                fault.before_each()
            self.wfile.write(part[at : min(at + 1000, stop)])
            self.wfile.flush()
        if fault.unannounced:
            self.close_connection = True
        elif fault.cut is not None:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        if not self.wfile.closed:
            self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 0))
        self.connection.shutdown(socket.SHUT_WR)
