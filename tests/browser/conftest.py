"""A Chromium that reaches no other machine, and what it asked for elsewhere."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CANDIDATES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
NONE_FOUND = (
    "The browser tests need a Chromium: set BTLAB_CHROMIUM to one, install the package chromium, "
    "or run `playwright install chromium`."
)
TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
HERE = re.compile(r"^(file:|data:|blob:|about:|(https?|wss?)://(127\.0\.0\.1|localhost)[:/])")


def _executable() -> str | None:
    """A Chromium of the system; None leaves it to Playwright's own."""
    named = os.environ.get("BTLAB_CHROMIUM")
    return named or next((path for path in CANDIDATES if Path(path).exists()), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            found = playwright.chromium.launch(executable_path=_executable(), args=ARGUMENTS)
        except Error as error:
            pytest.fail(f"{NONE_FOUND} ({str(error).splitlines()[0]})", pytrace=False)
        yield found
        found.close()


class Visit:
    """A page, what it asked of other machines, and what went wrong in it."""

    def __init__(self, page: Page, outside: list[str], faults: list[str]) -> None:
        self.page, self.outside, self.faults = page, outside, faults
        self.root = page.locator("[data-btlab-tick]").first

    def mark(self, name: str) -> str:
        return self.root.get_attribute(f"data-btlab-{name}") or ""

    @property
    def tick(self) -> int:
        return int(self.mark("tick"))

    def until(self, true: Callable[[], bool], seconds: float = 60.0) -> None:
        """Waits for what a message brings."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "it did not happen in time"
            self.page.wait_for_timeout(30)

    def drawn(self) -> None:
        """Waits until what was done before is drawn: the frame after the next one has begun."""
        self.page.evaluate(TWO_FRAMES)

    def key(self, *names: str) -> None:
        for name in names:
            self.page.keyboard.press(name)
            self.drawn()

    def take_keyboard(self) -> None:
        self.page.locator('[data-btlab-panel="5m"]').first.click(position={"x": 120, "y": 120})


@contextmanager
def visiting(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens pages; in the end none may have asked another machine for anything, nor thrown an error."""
    contexts, visits = [], []

    def go(
        address: str, *, width: int = 1400, height: int = 1000, theme: str = "light", timeout: float = 60_000, wait: bool = True
    ) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)  # type: ignore[arg-type]
        context.set_default_timeout(60_000)
        contexts.append(context)
        page, outside, faults = context.new_page(), [], []  # type: ignore[var-annotated]
        context.route(lambda url: not HERE.match(url), lambda route: (outside.append(route.request.url), route.abort()))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address, timeout=timeout)
        visits.append(Visit(page, outside, faults))
        if wait:
            page.wait_for_selector("[data-btlab-tools]", timeout=timeout)
            page.wait_for_selector(".btlab .sheet", state="attached", timeout=timeout)  # the last script to come
        return visits[-1]

    yield go
    for context in contexts:
        context.close()
    for visited in visits:
        assert visited.outside == []
        assert visited.faults == []


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    with visiting(browser) as go:
        yield go


@pytest.fixture(scope="module")
def visit_once(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """As `visit`, for pages that several tests look at."""
    with visiting(browser) as go:
        yield go


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., str]]:
    """Starts a server of ours and waits until it answers; ended by its own process in the end."""
    children: list[subprocess.Popen[bytes]] = []

    def start(arguments: list[str], address: str, folder: Path, seconds: float = 180.0) -> str:
        log = (folder / "server.log").open("wb")
        child = subprocess.Popen([sys.executable, *arguments], cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        children.append(child)
        end = time.monotonic() + seconds
        while True:
            try:
                urllib.request.urlopen(address, timeout=5).close()
                return address
            except OSError:
                assert child.poll() is None and time.monotonic() < end, (folder / "server.log").read_text()
                time.sleep(0.2)

    yield start
    for child in children:
        child.terminate()
    for child in children:
        child.wait(timeout=20)


@pytest.fixture(scope="session")
def panel_server(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Panel server with all pages that the tests visit."""
    from tests.browser.hosts import panel_app

    return panel_app(serve, tmp_path_factory.mktemp("panel"))


@pytest.fixture(scope="session")
def lab_server(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A server of JupyterLab and Notebook, and the folder that it shows."""
    from tests.browser.hosts import jupyter

    folder = tmp_path_factory.mktemp("lab")
    return jupyter(serve, folder), folder
