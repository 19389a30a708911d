"""Count the mutants that the cases kill: `python -m scripts.mutants lines boundaries ...` (modules of `fhir_mappings/history`).

Each mutant runs in a process of its own against every file of `tests/cases/`. Needs `fork`; about a second per mutant.
"""

import argparse
import os
import signal
import sys
import types
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from pathlib import Path
from typing import Any

from fhir_mappings.record import PatientRecord
from tests.history.charts import chart_of, load_cases

from .places import Mutant, mutants

HISTORY = Path(__file__).resolve().parents[2] / "fhir_mappings" / "history"
Case = tuple[dict[str, Any], PatientRecord]
SECONDS = 30
"""A mutant that runs longer never ends: killed."""
PART = 8


class _Loader(SourceFileLoader):
    """Loads the changed code in the place of the file."""

    def __init__(self, name: str, path: Path, code: types.CodeType) -> None:
        super().__init__(name, str(path))
        self._code = code

    def get_code(self, fullname: str) -> types.CodeType:  # noqa: ARG002 - the protocol
        return self._code


class _Finder(MetaPathFinder):
    def __init__(self, name: str, path: Path, code: types.CodeType) -> None:
        self._name, self._loader = name, _Loader(name, path, code)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the protocol
        target: types.ModuleType | None = None,  # noqa: ARG002 - the protocol
    ) -> ModuleSpec | None:
        return spec_from_loader(fullname, self._loader) if fullname == self._name else None


def main() -> None:
    """Print for each module the mutants, the killed, and every survivor."""
    parser = argparse.ArgumentParser(description="Count the mutants of history modules that the cases kill.")
    parser.add_argument("modules", nargs="+")
    cases = [(case, chart_of(case)) for _, case in load_cases()]
    # What noticed the last mutant often notices the next one; the exit status of a mutant's process tells which part it was.
    parts = [cases[start : start + PART] for start in range(0, len(cases), PART)]
    order = list(range(len(parts)))
    if loaded := [name for name in sys.modules if name.startswith("fhir_mappings.history")]:
        raise SystemExit(f"{loaded[0]} is loaded already, so that no mutant could take its place.")
    for module in parser.parse_args().modules:
        path = HISTORY / f"{module}.py"
        found = list(mutants(path.read_text(encoding="utf-8")))
        survivors = []
        for mutant in found:
            killer = _killed_by(mutant, path, parts, order)
            if killer is None:
                survivors.append(mutant)
            elif killer in order:
                order.insert(0, order.pop(order.index(killer)))
        print(f"{module}: {len(found)} mutants, {len(found) - len(survivors)} killed, {len(survivors)} survived")
        for mutant in survivors:
            print(f"  {mutant.line}: {mutant.change}", flush=True)


def _killed_by(mutant: Mutant, path: Path, parts: Sequence[Sequence[Case]], order: Sequence[int]) -> int | None:
    """Return which part of the cases noticed a mutant, -1 when it never ended; `None` when it survived."""
    name = f"fhir_mappings.history.{path.stem}"
    finder = _Finder(name, path, compile(mutant.tree, str(path), "exec"))
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        os._exit(_run(finder, parts, order))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return None if status == 0 else status - 1 if status > 0 else -1


def _run(finder: MetaPathFinder, parts: Sequence[Sequence[Case]], order: Sequence[int]) -> int:
    """Return 0 if every case holds with the mutant in its place, else the number of the part that does not, from 1 on."""
    sys.meta_path.insert(0, finder)
    part = 0
    try:
        from tests.history.test_cases import holds

        for part in order:
            if not all(holds(case, chart) for case, chart in parts[part]):
                return part + 1
    except BaseException:  # noqa: BLE001 - whatever a mutant raises, it was noticed
        return part + 1
    return 0


if __name__ == "__main__":
    main()
