"""The engine for one machine: pieces are sorted, then buckets assessed, by as many processes as asked for."""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from cds_service.cohort.files import Piece, sources
from cds_service.cohort.outputs import Ended, ErrorList, finish
from cds_service.cohort.owner import Sorted, identifiers_of
from cds_service.cohort.patients import Assessed, Choice, Row, assess_group, few_collections, pipeline
from cds_service.cohort.plan import Plan, make_plan
from cds_service.cohort.progress import Progress
from cds_service.cohort.shared import Products
from cds_service.cohort.shuffle import (
    UNCLAIMED,
    SortedPiece,
    identified_place,
    records,
    shared_place,
    sort_whole,
    write_piece,
    write_whole,
)
from cds_service.cohort.tally import add, merge


def run(
    folder: Path, out: Path, choice: Choice, progress: Progress, *, memory_mb: int = 1024, workers: int = 1
) -> Ended:
    """Assess everybody in a folder of NDJSON. Raises `OSError` when files cannot be listed or written, `NoProcessesError`."""
    pipeline()
    plan = make_plan(sources(folder), out, choice, memory_mb=memory_mb, workers=workers)
    work = plan.work
    with _Team(workers) as team:
        team.all("reading", _sort_jobs(plan, folder), len(plan.pieces), progress)
        _deliver(plan)
        team.all("assessing", _assess_jobs(plan, choice), plan.buckets, progress)
    told = [orjson.loads(path.read_bytes()) for path in sorted((work / "pieces").glob("*.told"))]
    results = [orjson.loads(path.read_bytes()) for path in sorted((work / "buckets").glob("*.told"))]
    errors = ErrorList(work / "errors.sqlite")
    for one in told:
        errors.add_lines(one["errors"])
        errors.add_texts([(reason, text) for reason, text in one.get("unclaimed", ())])
    for one in results:
        errors.add_patients(one["failed"])
    tally = merge(one["tally"] for one in (*told, *results))
    ended = finish(_in_order(work), errors, tally, choice, source=folder, work=work, out=out)
    shutil.rmtree(work)
    return replace(ended, resumed=plan.resumed)


class NoProcessesError(Exception):
    """This machine does not let several processes work together; the text is its reason."""


class _Team:
    """The processes of a run; with one, the work is done right here."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> _Team:
        if self._workers > 1:
            # Forked processes have the knowledge already; elsewhere each loads it for itself.
            method = "fork" if sys.platform == "linux" else "spawn"
            try:
                self._pool = ProcessPoolExecutor(self._workers, multiprocessing.get_context(method))
            except OSError as error:  # for example a container without /dev/shm
                raise NoProcessesError(error.strerror or str(error)) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def all(
        self, what: str, jobs: Iterable[tuple[Callable[..., None], tuple[Any, ...]]], total: int, progress: Progress
    ) -> None:
        """Do all jobs; never more of them wait than there are processes twice over."""
        todo = list(jobs)
        progress.begin(what, total, total - len(todo))
        if self._pool is None:
            for job, arguments in todo:
                job(*arguments)
                progress.step()
            return
        waiting: set[Future[None]] = set()
        for job, arguments in todo:
            waiting.add(self._pool.submit(job, *arguments))
            if len(waiting) >= self._workers * 2:
                waiting = self._some(waiting, progress)
        while waiting:
            waiting = self._some(waiting, progress)

    @staticmethod
    def _some(waiting: set[Future[None]], progress: Progress) -> set[Future[None]]:
        done, rest = wait(waiting, return_when=FIRST_COMPLETED)
        for one in done:
            one.result()
            progress.step()
        return rest


def _sort_jobs(plan: Plan, folder: Path) -> Iterator[tuple[Callable[..., None], tuple[Any, ...]]]:
    for number, piece in enumerate(plan.pieces):
        target = plan.work / "pieces" / f"{number:06}"
        if not target.with_suffix(".told").exists():
            yield _sort, (folder, piece, plan.buckets, target)


def _sort(folder: Path, piece: Piece, buckets: int, target: Path) -> None:
    write_piece(sort_whole(folder, piece), target, buckets)


def _assess_jobs(plan: Plan, choice: Choice) -> Iterator[tuple[Callable[..., None], tuple[Any, ...]]]:
    for number in range(plan.buckets):
        target = plan.work / "buckets" / f"{number:06}"
        if not target.with_suffix(".told").exists():
            yield _assess, (plan.work, number, choice, target)


def _assess(work: Path, number: int, choice: Choice, target: Path) -> None:
    """Assess the patients of a bucket; that it is finished is written last."""
    groups: dict[str, list[bytes]] = {}
    for key, entry in records(work / "pieces", number):
        groups.setdefault(key, []).append(entry)
    products = Products(work / "products.sqlite") if (work / "products.sqlite").exists() else None
    done = Assessed()
    with few_collections() as collect:
        for key in sorted(groups):
            entries = groups.pop(key)
            if products is not None:
                entries = [*entries, *products.needed_by(entries)]
            assess_group(key, entries, choice, done)
            collect()
    if products is not None:
        products.close()
    _write_bucket(done, target)


def _write_bucket(done: Assessed, target: Path) -> None:
    places = []
    with target.with_suffix(".data").open("wb") as out:
        for row in done.rows:
            places.append((row.patient, out.tell(), len(row.document), len(row.lines), len(row.agents)))
            out.writelines(row[1:])
    target.with_suffix(".places").write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in places))
    write_whole(target.with_suffix(".told"), orjson.dumps({"failed": done.failed, "tally": done.tally}))


def _deliver(plan: Plan) -> None:
    """Between sorting and assessing: put products where buckets find them, and give resources to patients known by an identifier."""
    pieces, done = plan.work / "pieces", plan.work / "delivered"
    if done.exists():
        return
    database = plan.work / "products.sqlite"
    database.unlink(missing_ok=True)
    shared = (entry for _, entry in records(pieces, shared_place(plan.buckets)))
    first = next(shared, None)
    if first is not None:
        products = Products(database)
        products.fill([first])
        products.fill(shared)
        products.close()
    _give_identified(plan, pieces)
    done.touch()


def _give_identified(plan: Plan, pieces: Path) -> None:
    wanted = {value for value, _ in records(pieces, identified_place(plan.buckets))}
    if not wanted:
        return
    owners: dict[str, set[str]] = {}
    for number in range(plan.buckets):
        for key, entry in records(pieces, number):
            if b'"Patient"' in entry:
                for value in wanted.intersection(identifiers_of(entry)):
                    owners.setdefault(value, set()).add(key)
    given, unclaimed = SortedPiece(), []
    for value, entry in records(pieces, identified_place(plan.buckets)):
        keys = sorted(owners.get(value, ()))
        if len(keys) == 1:
            given.resources.append(Sorted("patient", keys[0], "", entry))
        else:
            unclaimed.append((UNCLAIMED, entry.decode("utf-8", "replace")))
    if unclaimed:
        add(given.tally, "errors", UNCLAIMED, len(unclaimed))
    write_piece(given, pieces / "identified", plan.buckets, unclaimed=unclaimed)


def _in_order(work: Path) -> Iterator[Row]:
    """Yield the rows of all buckets by patient; the order is worked out on disk."""
    path = work / "order.sqlite"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE places (patient TEXT, bucket TEXT, start INT, document INT, lines INT, agents INT)"
    )
    for places in sorted((work / "buckets").glob("*.places")):
        with places.open("rb") as file:
            rows = (orjson.loads(line) for line in file)
            connection.executemany(
                "INSERT INTO places VALUES (?, ?, ?, ?, ?, ?)", ((row[0], places.stem, *row[1:]) for row in rows)
            )
    connection.commit()
    for patient, bucket, start, document, lines, agents in connection.execute(
        "SELECT patient, bucket, start, document, lines, agents FROM places ORDER BY patient, bucket, start"
    ):
        with (work / "buckets" / f"{bucket}.data").open("rb") as file:
            file.seek(start)
            yield Row(patient, file.read(document), file.read(lines), file.read(agents))
    connection.close()
