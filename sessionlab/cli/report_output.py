"""What ``sessionlab report -o`` means: a file, or a template such as ``reports/{date}/{name}``; on the local disk or at a URL."""

from __future__ import annotations

import re
from typing import NamedTuple

from sessionlab.config.problems import nearest
from sessionlab.errors import ConfigError

ENDINGS = (".html", ".ipynb")
_FIELD = re.compile(r"\{([^{}]*)\}")
_KNOWN = ("date", "name")


class ReportFile(NamedTuple):
    """A ``folder``, or URL of one, and a ``file`` in it."""

    folder: str
    file: str


def filled(output: str, *, name: str, date: str | None) -> ReportFile:
    """``output`` with ``{date}`` and ``{name}`` filled in. Its folder is above what has the name in it, or above the file.

    Raises :class:`ConfigError` for any other field, for ``{date}`` without a ``date``, and for an ending of no report.

    >>> filled("reports/{date}/{name}", name="spy", date="2025-07-02")
    ReportFile(folder='reports/2025-07-02', file='spy.html')
    >>> filled("memory://desk/{name}/report.ipynb", name="spy", date=None)
    ReportFile(folder='memory://desk', file='spy/report.ipynb')
    """
    for field in _FIELD.findall(output):
        if field not in _KNOWN:
            near = nearest(field, _KNOWN)
            hint = f"did you mean {{{near}}}?" if near else "{date} and {name} are known"
            raise ConfigError(f"-o {output}: there is no {{{field}}}; {hint}")
    if "{date}" in output and date is None:
        raise ConfigError(f"-o {output}: which date? Say it with --date 2025-07-02, or --date last")
    dated = output.replace("{date}", date or "")
    scheme, colon, path = dated.partition("://") if "://" in dated else ("", "", dated)
    at = path.index("{name}") if "{name}" in path else len(path)
    folder, slash, _ = path[:at].rpartition("/")
    file = path[len(folder) + len(slash) :].replace("{name}", name)
    if not file:
        file = f"{name}.html"
    if not file.lower().endswith(ENDINGS):
        if re.fullmatch(r"\.[A-Za-z]{2,5}", dated[dated.rfind(".") :] if "." in path.rpartition("/")[2] else ""):
            raise ConfigError(f"-o {output}: a report is a page, .html, or, of a notebook, a notebook, .ipynb; give such a name")
        file += ".html"
    root = f"{scheme}{colon}" if colon else "/" if slash and not folder else "."
    return ReportFile(f"{scheme}{colon}{folder}" if folder else root, file)
