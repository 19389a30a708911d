"""The two lower floors import in one direction only and know neither the network nor the clock."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]
PURE = ("fhir_mappings", "cards")
FORBIDDEN_MODULES = {
    "flask", "flask_cors", "gunicorn", "http", "pydantic_settings", "random", "requests", "secrets", "socket",
    "sqlite3", "subprocess", "time", "urllib.request",
}  # fmt: skip
FORBIDDEN_FROM = {("os", "environ"), ("os", "getenv"), ("urllib", "request")}
FORBIDDEN_ATTRIBUTES = {("os", "environ"), ("os", "getenv")}
CLOCK = {"now", "utcnow", "today"}


def forbidden_module(name: str) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in FORBIDDEN_MODULES)


def impurities(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of everything in a module that reaches for the network, the environment, the clock or chance."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names if forbidden_module(alias.name))
            case ast.ImportFrom(module=str(module), names=names, level=0):
                if forbidden_module(module):
                    yield node.lineno, module
                for alias in names:
                    if (module, alias.name) in FORBIDDEN_FROM:
                        yield node.lineno, f"{module}.{alias.name}"
            case ast.Attribute(value=ast.Name(id=owner), attr=attribute) if (owner, attribute) in FORBIDDEN_ATTRIBUTES:
                yield node.lineno, f"{owner}.{attribute}"
            case ast.Call(func=ast.Attribute(attr=attribute)) if attribute in CLOCK:
                yield node.lineno, f"{attribute}()"


def test_the_import_contracts_hold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(cache_dir=str(tmp_path), no_logo=True) == 0, "run `make lint` to see which import is wrong"


@pytest.mark.parametrize("package", PURE)
def test_the_core_is_pure(package: str) -> None:
    modules = sorted((ROOT / package).rglob("*.py"))
    assert modules, f"no module found in {package}"
    found = [
        f"{path.relative_to(ROOT)}:{line}: {what}"
        for path in modules
        for line, what in impurities(ast.parse(path.read_text(encoding="utf-8"), filename=str(path)))
    ]
    assert not found, "as_of, settings and data are arguments below cds_service:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "import requests",
        "import time",
        "import urllib.request",
        "from urllib import request",
        "from flask import g",
        "from os import environ",
        "import os\nos.environ['A']",
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.date.today()",
        "import random as r",
    ],
)
def test_impurities_are_seen(source: str) -> None:
    assert list(impurities(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    ["from datetime import date", "import urllib.parse", "from .time import x", "import timeit", "import os.path"],
)
def test_the_rest_is_left_alone(source: str) -> None:
    assert not list(impurities(ast.parse(source)))
