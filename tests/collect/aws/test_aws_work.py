"""Tasks that run side by side: what a run tells of the one that failed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from segrego.collect.aws.work import Tally, run


class Cause(BaseException):
    """As Ctrl-C."""


def test_a_run_raises_the_cause_also_where_what_was_dropped_for_it_came_back_first() -> None:
    tally, stopped, dropped = Tally(None), threading.Event(), threading.Event()

    def fails() -> None:
        tally.stop()
        stopped.set()
        dropped.wait(60)
        time.sleep(0.05)
        raise Cause

    def is_dropped() -> None:
        stopped.wait(60)
        try:
            run([lambda: None], 1, tally)
        finally:
            dropped.set()

    with pytest.raises(Cause):
        run([is_dropped, fails], 2, tally)


def test_results_come_in_the_order_of_the_tasks() -> None:
    first = threading.Event()
    tasks: list[Callable[[], object]] = [lambda: first.wait(60), first.set]
    assert run(tasks, 2, Tally(None)) == [True, None]
