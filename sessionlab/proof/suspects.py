"""Lines of the user's code that often are why something looks ahead: a hint beside a finding, never a finding by itself."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sessionlab.engine.user_code import is_users

_SIGNS = (
    (r"\.base\b", "the array behind a view holds later rows"),
    (r"\.shift\(\s*(periods\s*=\s*)?-", "shifted back: a row has values of later ones"),
    (r"center\s*=\s*True", "a centered window reaches over later rows"),
    (r"\bbfill\b|backfill", "filled from later rows"),
    (r"interpolate\(", "interpolated towards later rows"),
    (r"direction\s*=\s*.(forward|nearest)", "joined with later rows"),
    (r"filtfilt|savgol|detrend", "a filter that goes both ways"),
    (r"resample\(|Grouper\(", "a longer bar is labelled by its start, and known at its end"),
    (r"\.fit(_transform)?\(|StandardScaler|MinMaxScaler", "fitted on all rows it is given"),
    (r"\[\s*\w+\s*\+\s*\d+\s*[\]:]", "a row ahead"),
    (r"\.(mean|std|min|max|quantile|rank)\(\s*\)", "over all rows it is given"),
)
MOST = 5


def suspects_in(functions: Iterable[Any]) -> tuple[str, ...]:
    """``file:line: code (why)`` of the lines, in the order in which they stand."""
    found: dict[str, None] = {}
    for function in functions:
        try:
            file = inspect.getsourcefile(function) or ""
            lines, first = inspect.getsourcelines(function)
        except (OSError, TypeError):
            continue
        if not is_users(file):
            continue
        for number, line in enumerate(lines, start=first or 1):
            why = next((why for sign, why in _SIGNS if re.search(sign, line.partition("#")[0])), None)
            if why is not None:
                found[f"{Path(file).name}:{number}: {line.strip()} ({why})"] = None
    return tuple(found)[:MOST]
