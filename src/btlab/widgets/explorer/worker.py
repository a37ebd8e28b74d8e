"""One thread that answers the newest question first, and works ahead while nobody asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from btlab.session.exploration.prepared import Halt

LINGER = 10.0
"""Seconds that the thread waits for another question before it ends."""
BREATH = 0.001
"""Seconds between two steps of working ahead, so that whoever else runs Python here gets its turn."""


class Question:
    """Something to be answered: in time for whoever waits, else by whoever is told later."""

    def __init__(self, subject: Any) -> None:
        self.subject = subject
        self.halt = Halt()
        self.answer: Any = None
        self.late = False
        self.done = threading.Event()


class Worker:
    """Answers questions in a thread of its own; a new one halts the one being answered, which then has no answer.

    Args:
        answer: gives a question's answer; called in the thread.
        later: takes the answers that nobody waits for any more; called in the thread.
        ahead: does one step of what may be done while nobody asks, until its halt is asked; False when nothing is left.
    """

    def __init__(
        self, answer: Callable[[Question], Any], later: Callable[[Question], None], ahead: Callable[[Halt], bool]
    ) -> None:
        self._answer, self._later, self._ahead = answer, later, ahead
        self._changed = threading.Condition()
        self._wanted: Question | None = None
        self._halt = Halt()
        self._idle = False
        self._thread: threading.Thread | None = None
        self._closed = False

    def ask(self, question: Question) -> None:
        """Puts a question before everything else; one that waited is dropped."""
        with self._changed:
            if self._wanted is not None:
                self._wanted.done.set()
            self._wanted = question
            self._halt.ask()
            self._wake()

    def wait(self, question: Question, seconds: float) -> bool:
        """Whether it is done in time; if not, its answer goes to `later`."""
        if question.done.wait(seconds):
            return True
        with self._changed:
            question.late = not question.done.is_set()
        return not question.late

    def work_ahead(self) -> None:
        """There is something to do while nobody asks."""
        with self._changed:
            self._idle = True
            self._wake()

    def halt(self) -> None:
        """Ends what is being done."""
        with self._changed:
            self._halt.ask()

    def close(self) -> None:
        """Ends the thread; nothing is answered any more."""
        with self._changed:
            self._closed = True
            self._halt.ask()
            self._changed.notify_all()

    def _wake(self) -> None:
        if self._closed:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="btlab-explorer", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        while (task := self._next()) is not None:
            if isinstance(task, Question):
                task.answer = self._answer(task)
                with self._changed:
                    task.done.set()
                if task.late:
                    self._later(task)
            elif self._ahead(task):
                time.sleep(BREATH)
                self.work_ahead()

    def _next(self) -> Question | Halt | None:
        """The question to answer, or a halt for a step of working ahead; None where the thread is to end."""
        with self._changed:
            while not self._closed and self._wanted is None and not self._idle:
                if not self._changed.wait(LINGER):
                    break
            question, self._wanted = self._wanted, None
            if self._closed or (question is None and not self._idle):
                self._thread = None
                return None
            if question is not None:
                self._halt = question.halt
                return question
            self._halt, self._idle = Halt(), False
            return self._halt
