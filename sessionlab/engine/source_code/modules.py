"""Modules: whose they are, by what statement a value is imported, and modules of the user's own as texts that serve imports.

Own is what lies neither in Python nor among installed packages, and what belongs to the same package as the code at hand.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
import linecache
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from sessionlab.engine.source_code.definitions import file_text
from sessionlab.engine.source_code.libraries import is_installed

KEPT = "sessionlab_kept_"
"""What the names of modules begin with that are made of kept texts."""
_CALLED, _MODULES = "__kept_as__", "__kept_modules__"


def public_name(module: ModuleType) -> str:
    """What users call it: of a module made of a kept text, the name that it was kept under."""
    return str(vars(module).get(_CALLED, module.__name__))


def named_module(name: str, near: Mapping[str, Any]) -> ModuleType | None:
    """The loaded module that code with the globals ``near`` means by ``name``."""
    kept = _kept_near(near)
    return sys.modules.get(name) if kept is None else kept.made(name) or sys.modules.get(name)


def import_of(name: str, value: Any, near: Mapping[str, Any]) -> str | None:
    """The statement that gives ``value`` the ``name``, or None: from the shortest place that has it under its own name."""
    if isinstance(value, ModuleType):
        module = public_name(value)
        return f"import {module}" if name == module else f"import {module} as {name}"
    home = sys.modules.get(str(getattr(value, "__module__", None)))
    called = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if home is None or not isinstance(called, str) or "." in called or home.__name__ == "__main__":
        return None
    parts = public_name(home).split(".")
    for length in range(1, len(parts) + 1):
        place = ".".join(parts[:length])
        module_there = home if length == len(parts) else named_module(place, near)
        if module_there is not None and _has(module_there, called) and getattr(module_there, called, None) is value:
            return f"from {place} import {called}" + ("" if called == name else f" as {name}")
    return None


def import_as_written(name: str, value: Any, text: str, near: Mapping[str, Any]) -> str | None:
    """The statement of ``text`` that gives ``value`` the ``name``, or None."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
            for alias in node.names:
                module = named_module(node.module, near)
                if (alias.asname or alias.name) == name and module is not None and getattr(module, alias.name, None) is value:
                    return f"from {node.module} import {alias.name}" + ("" if alias.name == name else f" as {name}")
    return None


def own_modules(text: str, near: Mapping[str, Any], package: str) -> dict[str, str | None]:
    """The texts of all own modules that ``text`` imports, and that these import, by name; None: it cannot be read.

    ``package`` is the outermost one of the code at hand, which is own too.
    """
    found: dict[str, str | None] = {}
    left = [(text, "")]
    while left:
        code, inside = left.pop()
        for name in _imported(code, inside):
            for part in _with_parents(name):
                if part not in found and (there := _own_text(part, near, package)) is not None:
                    known, is_package = there
                    found[part] = known
                    left.append((known or "", part if is_package else part.rpartition(".")[0]))
    return dict(sorted(found.items()))


class KeptModules:
    """Modules made of ``texts`` by name, for code that has :meth:`import_` in the place of ``__import__``.

    They are known to the process under names that begin with ``prefix``, so a module of the same name that is there meanwhile
    is neither seen nor touched.
    """

    def __init__(self, texts: Mapping[str, str], prefix: str) -> None:
        self._texts = texts
        self._prefix = prefix
        self._made: dict[str, ModuleType] = {}

    def made(self, name: str) -> ModuleType | None:
        """The module of that name, where it has been imported."""
        return self._made.get(name)

    def text(self, name: str) -> tuple[str, bool] | None:
        """The text of the module of that name, and whether it is a package; None where there is none."""
        return (self._texts[name], self._is_package(name)) if name in self._texts else None

    def import_(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> ModuleType:
        """What the statement ``import`` calls: ours where there is a text, else Python's."""
        if level:
            package = str((globals or {}).get("__package__") or "")
            name = importlib.util.resolve_name("." * level + name, package)
        if name not in self._texts:
            return builtins.__import__(name, globals, locals, fromlist, 0)
        module = self._load(name)
        for item in fromlist or ():
            if f"{name}.{item}" in self._texts:
                self._load(f"{name}.{item}")
        return module if fromlist else self._made[name.partition(".")[0]]

    def _load(self, name: str) -> ModuleType:
        parent, _, last = name.rpartition(".")
        if parent:
            self._load(parent)
        if name in self._made:
            return self._made[name]
        module = kept_module(f"{self._prefix}.{name}", self._texts[name], self)
        vars(module).update({_CALLED: name, "__package__": name if self._is_package(name) else parent})
        self._made[name] = module
        run_text(module, self._texts[name])
        if parent:
            setattr(self._made[parent], last, module)
        return module

    def _is_package(self, name: str) -> bool:
        return any(other.startswith(f"{name}.") for other in self._texts)


def kept_module(name: str, text: str, modules: KeptModules) -> ModuleType:
    """An empty module called ``name`` for ``text``, which tracebacks and ``inspect`` find there."""
    module = ModuleType(name)
    file = f"<{name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    module.__file__ = file
    vars(module).update({"__builtins__": {**vars(builtins), "__import__": modules.import_}, _MODULES: modules})
    sys.modules[name] = module
    return module


def run_text(module: ModuleType, text: str) -> None:
    """Run ``text`` in ``module``. Raises whatever it raises."""
    exec(compile(text, str(module.__file__), "exec", dont_inherit=True), vars(module))


def _has(module: ModuleType, name: str) -> bool:
    return name in vars(module) or name in vars(module).get("__all__", ())


@lru_cache(maxsize=1024)
def _imported(text: str, package: str) -> tuple[str, ...]:
    """The names of modules, and of what may be one, that ``text`` of a module in ``package`` imports."""
    found: list[str] = []
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return ()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                up = package.split(".")[: len(package.split(".")) - node.level + 1]
                module = ".".join([*up, *([module] if module else [])])
            if module:
                found += [module, *(f"{module}.{alias.name}" for alias in node.names)]
    return tuple(found)


def _with_parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _own_text(name: str, near: Mapping[str, Any], package: str) -> tuple[str | None, bool] | None:
    """The text of an own module, None where it cannot be read, and whether it is a package; None for all other modules."""
    kept = _kept_near(near)
    if kept is not None:
        return kept.text(name)
    module = sys.modules.get(name)
    if module is not None:
        file, is_package = getattr(module, "__file__", None), hasattr(module, "__path__")
    else:
        spec = _unloaded(name)
        if spec is None:
            return None
        file, is_package = spec.origin, spec.submodule_search_locations is not None
    if _is_foreign(name, file, package):
        return None
    if file is None:
        return ("", True) if is_package else None  # a folder without __init__.py
    text = file_text(file)
    return text if text or (Path(file).is_file() and not Path(file).stat().st_size) else None, is_package


def _kept_near(near: Mapping[str, Any]) -> KeptModules | None:
    """The kept modules that code with the globals ``near`` imports, None where it is no kept code."""
    root = sys.modules.get(str(near.get("__name__", "")).partition(".")[0])
    found = None if root is None else vars(root).get(_MODULES)
    return found if isinstance(found, KeptModules) else None


def _unloaded(name: str) -> ModuleSpec | None:
    """Where a module lies that was not imported yet, found without running anything."""
    spec: ModuleSpec | None = None
    for part in _with_parents(name):
        path = None if spec is None else spec.submodule_search_locations
        if spec is not None and path is None:
            return None  # a module, in which there is no other
        spec = PathFinder.find_spec(part, path)
        if spec is None:
            return None
    return spec


def _is_foreign(name: str, file: str | None, package: str) -> bool:
    outermost = name.partition(".")[0]
    if outermost == "sessionlab" or outermost in sys.builtin_module_names or outermost in sys.stdlib_module_names:
        return True
    if outermost == package:
        return False
    return file is not None and (is_installed(file) or not file.endswith(".py"))
