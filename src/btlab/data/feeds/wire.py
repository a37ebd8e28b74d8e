"""Files over HTTP: one try, and patience around it.

A file is written beside its place and renamed when it is whole. What a broken connection left is gone on with (Range,
If-Range), where the server named a version of the file; else it is begun anew. What the bytes are worth is for the caller to
judge: it raises `TransientError` for what may be better next time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from btlab.data.feeds.gate import Gate, StoppedError
from btlab.data.feeds.policy import Policy
from btlab.errors import FeedError, StoreError

if TYPE_CHECKING:
    import ssl

    import httpx

T = TypeVar("T")
_ABSENT = (404, 410)
_NO_SUCH_PART = 416
_LATER = (408, 425, 429)
_MOST_TEXT = 1 << 16


class TransientError(Exception):
    """What may be better next time.

    Args:
        why: for people. counts: whether it says that the server is not well. wait: seconds the server asked for.
    """

    def __init__(self, why: str, *, counts: bool = True, wait: float | None = None) -> None:
        super().__init__(why)
        self.why, self.counts, self.wait = why, counts, wait


class ExhaustedError(Exception):
    """All attempts of one file failed; says how the last one did."""


class Wire:
    """A run's connections.

    Attributes:
        received: bytes so far. retries: tries that were not the first.
    """

    def __init__(self, policy: Policy) -> None:
        self.gate, self.received, self.retries = Gate(policy), 0, 0
        self._policy, self._lock, self._client = policy, Lock(), _client(policy)

    def close(self) -> None:
        self.gate.stopped.set()
        self._client.close()

    def persist(self, attempt: Callable[[], T]) -> T:
        """Try until it works.

        Raises:
            ExhaustedError: it never did. FeedError: it never will. StoppedError: the run is over.
        """
        number = 1
        while True:
            trying = self.gate.admit()
            try:
                result = attempt()
            except TransientError as fault:
                if fault.counts:
                    self.gate.failed(fault.why, trying=trying)
                else:
                    self.gate.worked()
                if number >= self._policy.attempts:
                    raise ExhaustedError(fault.why) from None
                self.gate.sleep(self._policy.wait(number) if fault.wait is None else fault.wait)
                number += 1
                with self._lock:
                    self.retries += 1
            except BaseException:
                self.gate.let_go(trying=trying)
                raise
            else:
                self.gate.worked()
                return result

    def text(self, url: str) -> bytes | None:
        """A small answer; None where there is no such file."""
        with self._answer(url, {}) as answer:
            if answer.status_code in _ABSENT:
                return None
            content = b""
            for piece in self._pieces(answer):
                content += piece
                if len(content) > _MOST_TEXT:
                    raise TransientError(f"{url} is no small text")
            return content

    def download(self, url: str, path: Path, *, most: int, resume: bool) -> bool:
        """A file, whole, at `path`; False where the server has none.

        Args:
            most: bytes beyond which it cannot be the file. resume: go on with what an earlier try left; else let the server
                compress the answer.

        Raises:
            TransientError, FeedError, StoppedError. StoreError: the disk.
        """
        part, note = (path.with_name(path.name + end) for end in (".part", ".part.json"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            begun, headers = _begun(part, note) if resume else (0, {})
            if resume:
                headers["Accept-Encoding"] = "identity"
            with self._answer(url, headers) as answer:
                if answer.status_code in _ABSENT:
                    return False
                start, total = self._place(answer, begun, part)
                if start == 0:
                    _remember(note, answer if resume else None)
                self._write(answer, part, start, most)
            if total is not None and part.stat().st_size != total:
                part.unlink()
                raise TransientError(f"{url}: {total:,} bytes were announced, others came")
            os.replace(part, path)
            note.unlink(missing_ok=True)
        except OSError as error:
            for left in (part, note):
                left.unlink(missing_ok=True)
            raise StoreError(f"{path} cannot be written: {error.strerror or error}", path=str(path)) from error
        return True

    def _place(self, answer: httpx.Response, begun: int, part: Path) -> tuple[int, int | None]:
        """Where in the file an answer begins, and how long the file is, where that is said."""
        if answer.status_code == 206:
            said = answer.headers.get("content-range", "").removeprefix("bytes ")
            span, _, total = said.partition("/")
            if span.partition("-")[0] == str(begun) and total.isdigit():
                return begun, int(total)
        if answer.status_code in (206, _NO_SUCH_PART):
            part.unlink(missing_ok=True)
            raise TransientError(f"{answer.url}: the file is not the one it was; begun anew", counts=False)
        length = answer.headers.get("content-length", "")
        plain = answer.headers.get("content-encoding", "identity") == "identity"
        return 0, int(length) if length.isdigit() and plain else None

    def _write(self, answer: httpx.Response, part: Path, start: int, most: int) -> None:
        with open(part, "r+b" if start else "wb") as file:
            file.seek(start)
            for piece in self._pieces(answer):
                file.write(piece)
                if file.tell() > most:
                    raise TransientError(f"{answer.url}: over {most:,} bytes; that is not the file")

    def _pieces(self, answer: httpx.Response) -> Iterator[bytes]:
        """The body, as long as the run goes on and the server does not dawdle."""
        began, size = self._policy.clock.monotonic(), 0
        for piece in answer.iter_bytes():
            if self.gate.stopped.is_set():
                raise StoppedError
            size += len(piece)
            with self._lock:
                self.received += len(piece)
            yield piece
            elapsed = self._policy.clock.monotonic() - began
            if elapsed > self._policy.timeout and size < elapsed * self._policy.slowest:
                raise TransientError(f"{answer.url}: {size:,} bytes in {elapsed:.0f} s; given up as too slow")

    @contextmanager
    def _answer(self, url: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
        """A judged answer, its body still to come."""
        import httpx

        self.gate.pace()
        try:
            with self._client.stream("GET", url, headers=headers) as answer:
                self._judge(answer)
                yield answer
        except httpx.TimeoutException:
            raise TransientError(f"{url}: no answer within {self._policy.timeout:g} s") from None
        except httpx.InvalidURL as error:
            raise FeedError(f"{url!r} is no address: {error}", url=url) from None
        except httpx.HTTPError as error:
            raise TransientError(f"{url}: {str(error) or type(error).__name__}") from None

    def _judge(self, answer: httpx.Response) -> None:
        code = answer.status_code
        if code in (200, 206, *_ABSENT, _NO_SUCH_PART):
            return
        if code in _LATER or code >= 500:
            wait = self._asked_for(answer)
            if wait is not None:
                self.gate.hold(wait)
            raise TransientError(f"{answer.url}: the server answered {code} {answer.reason_phrase}", wait=wait)
        raise FeedError(
            f"the server refuses: {code} {answer.reason_phrase} for {answer.url}. What arrived is stored; look at the address in "
            "a browser, and give base_url= where there is a mirror",
            url=str(answer.url),
            status=code,
        )

    def _asked_for(self, answer: httpx.Response) -> float | None:
        """Seconds of Retry-After, a number or a date; None where it says nothing."""
        text = answer.headers.get("retry-after", "").strip()
        try:
            wait = float(text) if text.isdigit() else parsedate_to_datetime(text).timestamp() - self._policy.clock.now()
        except (ValueError, TypeError):
            return None
        if wait > self._policy.patience:
            raise FeedError(
                f"the server at {answer.url.host} wants to be left alone for {wait:,.0f} s, and Policy(patience="
                f"{self._policy.patience:g}) allows less. What arrived is stored; run the same again later",
                url=str(answer.url),
                wait=wait,
            )
        return max(0.0, wait)


def _client(policy: Policy) -> httpx.Client:
    try:
        import httpx
    except ModuleNotFoundError:
        raise FeedError("downloading needs httpx, which is not installed: pip install 'btlab[feeds]'", module="httpx") from None
    return httpx.Client(
        headers={"User-Agent": policy.user_agent},
        timeout=policy.timeout,
        verify=_certificates(),
        follow_redirects=True,
        max_redirects=5,
        limits=httpx.Limits(max_connections=policy.connections),
    )


@cache
def _certificates() -> ssl.SSLContext:
    """Whom to trust; a tenth of a second to load."""
    import httpx

    return httpx.create_ssl_context()


def _begun(part: Path, note: Path) -> tuple[int, dict[str, str]]:
    """How much of a file is here, and the headers that ask for the rest of that very version."""
    try:
        version = str(json.loads(note.read_bytes())["version"])
        size = part.stat().st_size
    except (OSError, ValueError, KeyError, TypeError):
        return 0, {}
    return (size, {"Range": f"bytes={size}-", "If-Range": version}) if size else (0, {})


def _remember(note: Path, answer: Any) -> None:
    """Which version of the file is being written; nothing where the server names none."""
    note.unlink(missing_ok=True)
    headers = {} if answer is None else answer.headers
    tag = headers.get("etag", "")
    version = tag if tag and not tag.startswith("W/") else headers.get("last-modified", "")
    if version:
        note.write_text(json.dumps({"version": version}))
