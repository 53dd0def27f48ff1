"""Notebooks of one's own as reports: parameters checked before anything runs, run by papermill, with what ran in them.

A notebook says in one cell, which has the tag ``parameters``, what it takes and the values of these that hold otherwise. Two
names mean something here: ``config``, the path of a config as seen from the notebook's folder, and ``changes``, further values of
that config by dotted path. (A parameter ``date`` gets the date that is asked for; else both dates of the config are changed.)
::

    config = "../session_configs/demo_session.json"
    changes = {}
    minutes: int = 15

    lab = sl.Lab(sl.SessionConfig.from_file(config).replace(changes))

After the last cell, or the one that failed, every run that a name of the notebook leads to is written down in its metadata:
config, sources of strategies, digests of data and of tables. So it can be run again of the notebook alone.
"""

from __future__ import annotations

from sessionlab.notebooks.given import Given, check
from sessionlab.notebooks.parameters import Declared, declared, read_notebook
from sessionlab.notebooks.running import Executed, execute

__all__ = ["Declared", "Executed", "Given", "check", "declared", "execute", "read_notebook"]
