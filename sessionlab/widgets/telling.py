"""What a part of the picture tells a browser: small facts as JSON, and columns as bytes.

A part remembers what it has told. At first it tells all, later what is new, and all again where the run went back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

from sessionlab.widgets.standing import Standing

Array = np.ndarray[Any, np.dtype[Any]]
_KINDS = ("f8", "i4", "u1")


class Told(NamedTuple):
    """``facts`` are JSON, ``arrays`` float64, int32 or uint8, shape (n,). ``fresh``: forget what was told before."""

    facts: Mapping[str, Any]
    arrays: Mapping[str, Array] = {}
    fresh: bool = False


class Part(Protocol):
    """One part of what a browser shows, for one browser's eyes.

    One that holds something back for a moment, so as not to tell it thirty times a second, says so by a true ``owes``: it is
    asked again though nothing has changed.
    """

    def tell(self, standing: Standing) -> Told | None:
        """What is new since it was asked last; None where nothing is."""
        ...

    def ask(self, what: Mapping[str, Any]) -> None:
        """Show something else from now on, as the person at the browser wishes: another symbol, say.

        Asked for ``{"fresh": True}``, it tells all again.
        """
        ...

    def still(self) -> str:
        """The same as it stands now, as HTML for a page without a widget manager: nothing in it could run."""
        ...


def frame(told: Iterable[tuple[str, Told]]) -> tuple[dict[str, Any], list[memoryview]]:
    """What the parts of these names tell, as ``{part: {facts, fresh, arrays}}`` and the bytes of the arrays, in order.

    Each array is ``[name, kind, count]``, where the kind is numpy's: ``f8 i4 u1``. Raises :class:`TypeError` for another.
    """
    parts: dict[str, Any] = {}
    buffers: list[memoryview] = []
    for name, one in told:
        described = []
        for key, array in one.arrays.items():
            column = np.ascontiguousarray(array)
            kind = column.dtype.str[1:]
            if kind not in _KINDS:
                raise TypeError(f"{name}.{key} is of {column.dtype}, which a browser has no array for")
            described.append([key, kind, len(column)])
            little = column.astype(column.dtype.newbyteorder("<"), copy=False)
            buffers.append(little.data.cast("B") if len(column) else memoryview(b""))
        parts[name] = {"facts": dict(one.facts), "fresh": one.fresh, "arrays": described}
    return parts, buffers
