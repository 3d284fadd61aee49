"""Lines of a fixed width for a terminal: long paths and ARNs break at their separators, not in mid-word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions

__all__ = ["WIDTH", "Block", "console", "printed"]

WIDTH = 100
"""Columns where nobody's terminal decides."""
_LEAST = 20
"""A text never becomes narrower than this, however deep it is indented."""
_SEPARATORS = "/,:;#-_.|="


class Block:
    """A text whose lines begin at column ``indent``, those after the first ``hang`` further in; the first one has
    ``label`` to the left of it."""

    def __init__(self, text: Text | str, indent: int = 0, label: Text | str = "", hang: int = 0) -> None:
        """Texts are taken as they are: no markup is read out of them."""
        self._hang = hang
        self._text = Text(text) if isinstance(text, str) else text
        self._indent = indent
        self._label = Text(label) if isinstance(label, str) else label

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[Text]:
        """The lines, as rich asks for them."""
        width = max(options.max_width - self._indent - self._hang, _LEAST)
        for number, line in enumerate(self._text.divide(_breaks(self._text.plain, width))):
            line.rstrip()
            lead = self._label.copy() if number == 0 else Text()
            lead.pad_right(self._indent + (self._hang if number else 0) - cell_len(lead.plain))
            yield Text.assemble(lead, line, no_wrap=True, overflow="ignore")


def console(*, color: bool, width: int | None) -> Console:
    """A console that writes into a text; :func:`printed` gives it."""
    from rich.console import Console

    return Console(
        file=StringIO(),
        force_terminal=color,
        no_color=not color,
        width=width or WIDTH,
        highlight=False,
        legacy_windows=False,
        emoji=False,
    )


def printed(target: Console) -> str:
    """What was printed on a console of :func:`console`, without blanks at the end of lines."""
    file = target.file
    text = file.getvalue() if isinstance(file, StringIO) else ""
    return "\n".join(line.rstrip() for line in text.split("\n"))


def _breaks(text: str, width: int) -> Sequence[int]:
    """Offsets to divide a text at, so that no part is wider than ``width``."""
    offsets, start = [], 0
    while (end := _reach(text, start, width)) < len(text):
        stop = text.rfind(" ", start + 1, end + 1) + 1
        if stop <= start:
            stop = max(text.rfind(mark, start + 1, end) for mark in _SEPARATORS) + 1
        if stop <= start:
            stop = max(end, start + 1)
        offsets.append(stop)
        start = stop
    return offsets


def _reach(text: str, start: int, width: int) -> int:
    """How far a line that begins at ``start`` can go."""
    end = min(len(text), start + width)
    while end > start + 1 and cell_len(text[start:end].rstrip()) > width:
        end -= 1
    return end
