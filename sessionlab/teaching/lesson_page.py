"""A lesson as a page and as text: what to do, in which form to answer, and how many points there are."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from sessionlab.figure_look import GAIN
from sessionlab.markup.text import counted
from sessionlab.teaching.mark import number

if TYPE_CHECKING:
    from sessionlab.teaching.lesson_kind import Lesson

_WIDTH = 110
_ITEM = "- "
_CARD = f"max-width:56em;margin:0.3em 0 0.6em 0.6em;padding:0.2em 1.2em 0.4em;border-left:4px solid {GAIN};text-align:left"
_CODE = (
    "font-family:monospace;white-space:pre-wrap;word-break:normal;overflow-wrap:break-word;"
    "margin:0.3em 0 0.6em;padding:0.4em 0.8em;border:1px solid rgba(125,135,148,0.35)"
)
_CELL = 'style="text-align:left;vertical-align:top;white-space:normal"'


def lesson_page(lesson: Lesson) -> str:
    """The page of a lesson, in the colors of whatever shows it."""
    task = "".join(_paragraphs(lesson.task))
    rows = "".join(f"<tr><th {_CELL}><code>.{name}</code></th><td {_CELL}>{_told(what)}</td></tr>" for name, what in _has(lesson))
    code = html.escape(f"lesson.check({lesson.example})", quote=False)
    return (
        f'<div style="{_CARD}"><p><b style="font-size:1.15em">{html.escape(lesson.title)}</b><br>'
        f"{html.escape(_head(lesson))}</p>{task}<table>{rows}</table>"
        f'<p><b>Answer.</b> {_told(lesson.form)} As in</p><pre style="{_CODE}">{code}</pre>{_tried(lesson)}</div>'
    )


def lesson_text(lesson: Lesson) -> str:
    """The same for a plain terminal."""
    lines = [f"<Lesson {lesson.title}: {_head(lesson)}>"]
    for paragraph in lesson.task:
        indent = "    " if paragraph.startswith(_ITEM) else "  "
        lines += textwrap.wrap(_plain(paragraph), _WIDTH, initial_indent="  ", subsequent_indent=indent)
    width = max(len(name) for name, _ in _has(lesson)) + 1
    for name, what in _has(lesson):
        lines += textwrap.wrap(_plain(what), _WIDTH, initial_indent=f"    .{name:<{width}} ", subsequent_indent=" " * (width + 6))
    lines += textwrap.wrap(f"Answer. {_plain(lesson.form)} As in", _WIDTH, initial_indent="  ", subsequent_indent="  ")
    code = f"lesson.check({lesson.example})"
    return "\n".join([*lines, *(f"    {line}" for line in code.splitlines())])


def _paragraphs(task: tuple[str, ...]) -> Iterator[str]:
    """Paragraphs, and lists of those that begin with a dash."""
    for is_item, some in groupby(task, lambda paragraph: paragraph.startswith(_ITEM)):
        tag = "li" if is_item else "p"
        told = "".join(f"<{tag}>{_told(paragraph.removeprefix(_ITEM))}</{tag}>" for paragraph in some)
        yield f"<ul>{told}</ul>" if is_item else told


def _has(lesson: Lesson) -> list[tuple[str, str]]:
    return [*lesson.has.items(), ("hint()", f"the next of {len(lesson.hints)} hints")]


def _head(lesson: Lesson) -> str:
    return f"{lesson.name}, for {lesson.student}; {number(lesson.out_of)} points"


def _tried(lesson: Lesson) -> str:
    if not lesson.attempts:
        return ""
    best = max(lesson.attempts, key=lambda mark: mark.points)
    return f"<p>{counted(len(lesson.attempts), 'attempt')}, the best {number(best.points)} of {number(best.out_of)}</p>"


def _told(text: str) -> str:
    """Text as HTML; what stands between backticks is code."""
    pieces = html.escape(text, quote=False).split("`")
    return "".join(f"<code>{piece}</code>" if at % 2 else piece for at, piece in enumerate(pieces))


def _plain(text: str) -> str:
    return text.replace("`", "")
