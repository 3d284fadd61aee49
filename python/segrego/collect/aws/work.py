"""Tasks that run side by side, and how far they are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, as_completed
from typing import TypeVar

__all__ = ["Progress", "Tally", "run"]

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
"""Told (what, done, total) as work goes on."""


class Tally:
    """Counts the tasks of all accounts together, because a person watches one bar. Safe to share between threads."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._what = ""
        self._done = 0
        self._total = 0

    @property
    def is_stopped(self) -> bool:
        """Whether the run has ended early."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """End the run early: no further task begins."""
        self._stopped.set()

    def begin(self, what: str) -> None:
        """Begin a phase."""
        with self._lock:
            self._what, self._done, self._total = what, 0, 0

    def plan(self, count: int) -> None:
        """Tell of tasks to come."""
        with self._lock:
            self._total += count

    def advance(self) -> None:
        """Tell that a task is done."""
        with self._lock:
            self._done += 1
            if self._progress is not None:
                self._progress(self._what, self._done, self._total)


def run(tasks: Sequence[Callable[[], T]], workers: int, tally: Tally, *, counted: bool = True) -> list[T]:
    """Results in the order of the tasks, whichever ended first.

    An error or an interrupt ends the work of every account: tasks that have not begun are dropped, those that run are
    waited for. What is raised is the cause, also where a task that was dropped because of it came back first.
    """
    pool = ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="segrego")
    try:
        if counted:
            tally.plan(len(tasks))
        futures = [pool.submit(_unless_stopped, task, tally) for task in tasks]
        for future in as_completed(futures):
            future.result()
            if counted:
                tally.advance()
        return [future.result() for future in futures]
    except CancelledError:
        pool.shutdown(wait=True, cancel_futures=True)
        raise _cause(futures) from None
    except BaseException:
        tally.stop()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _cause(futures: Sequence[Future[T]]) -> BaseException:
    """Why the work ended, where one of these tasks knows."""
    for future in futures:
        error = None if future.cancelled() else future.exception()
        if error is not None and not isinstance(error, CancelledError):
            return error
    return CancelledError()


def _unless_stopped(task: Callable[[], T], tally: Tally) -> T:
    if tally.is_stopped:
        raise CancelledError
    return task()
