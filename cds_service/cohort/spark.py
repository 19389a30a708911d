"""The engine for more than one machine: the same pure functions on Apache Spark, with the same output.

The input has to be readable under the same path on every machine, and the package installed there.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cds_service.cohort.files import Piece, pieces, sources
from cds_service.cohort.outputs import Ended, ErrorList, finish
from cds_service.cohort.owner import identifiers_of
from cds_service.cohort.patients import Assessed, Choice, Row, assess_group, bucket_of, few_collections, pipeline
from cds_service.cohort.plan import WORK
from cds_service.cohort.progress import Progress
from cds_service.cohort.shared import DEPTH, names_of, references_in
from cds_service.cohort.shuffle import UNCLAIMED, sort_whole
from cds_service.cohort.tally import Tally, merge

_PIECE = 16 * 1024 * 1024
# The root level is the one that Spark would set loudly; the filter lets only errors through.
_QUIET = """rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.filter.only.type = ThresholdFilter
appender.stderr.filter.only.level = error
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
"""


class SparkMissingError(Exception):
    """Spark cannot run here; the text says what to install."""


def run(folder: Path, out: Path, choice: Choice, progress: Progress, *, workers: int = 1) -> Ended:
    """Assess everybody in a folder of NDJSON. Raises `SparkMissingError`, and `OSError` when files cannot be listed or written."""
    _refuse_without_spark()
    pipeline()
    work = out / WORK
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    session = _context(workers, work)
    try:
        ended = _run(session, folder.resolve(), out, choice, progress)
    finally:
        session.stop()
    shutil.rmtree(work)
    return ended


def _refuse_without_spark() -> None:
    try:
        import pyspark  # noqa: F401 - only whether it is there
    except ImportError:
        raise SparkMissingError(
            "--engine spark needs PySpark 4, which is not installed: pip install 'myeloma-cds[spark]'. "
            "--engine local needs nothing more."
        ) from None
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java") is None and not (home and Path(home, "bin", "java").exists()):
        raise SparkMissingError(
            "--engine spark needs Java 17 or newer, and none was found: please install one (Debian and Ubuntu: "
            "openjdk-17-jre-headless) or set JAVA_HOME. --engine local needs nothing more."
        )


def _context(workers: int, work: Path) -> Any:
    """Start Spark, quiet; without a master of the site's own it runs on this machine and listens on loopback only."""
    from pyspark import SparkConf, SparkContext

    quiet = work / "log4j2.properties"
    quiet.write_text(_QUIET, encoding="utf-8")
    option = f"-Dlog4j2.configurationFile=file:{quiet.resolve()}"
    os.environ.setdefault("PYSPARK_SUBMIT_ARGS", f'--driver-java-options "{option}" pyspark-shell')
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    conf = SparkConf().setAppName("myeloma-cds cohort")
    conf.setIfMissing("spark.master", f"local[{workers}]")
    conf.setIfMissing("spark.ui.enabled", "false")
    conf.setIfMissing("spark.ui.showConsoleProgress", "false")
    if (conf.get("spark.master") or "").startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        conf.setIfMissing("spark.driver.host", "127.0.0.1")
        conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1")
        conf.setIfMissing("spark.local.dir", tempfile.gettempdir())
    return SparkContext.getOrCreate(conf)


def _run(context: Any, folder: Path, out: Path, choice: Choice, progress: Progress) -> Ended:
    files = sources(folder)
    cut = pieces(files, _PIECE)
    parallel = max(1, context.defaultParallelism, sum(file.size for file in files) // _PIECE)
    progress.begin("reading", 1)
    lines = context.parallelize(cut, parallel).flatMap(lambda piece: _sorted(folder, piece)).persist(_disk())
    tallies = lines.filter(lambda one: one[0] == "tally").map(lambda one: one[1])
    tally = tallies.fold({}, _merged)
    errors = ErrorList(out / WORK / "errors.sqlite")
    errors.add_lines(one[1] for one in _each(lines.filter(lambda one: one[0] == "line error")))
    owned, unclaimed = _with_identified(lines, parallel)
    texts = [entry.decode("utf-8", "replace") for entry in _each(unclaimed)]
    errors.add_texts((UNCLAIMED, text) for text in texts)
    progress.step()
    progress.begin("assessing", 1)
    groups = _with_products(owned, lines, parallel).groupByKey(parallel, lambda key: bucket_of(key, 1 << 31))
    done = groups.mapPartitions(lambda some: _assessed(some, choice)).persist(_disk())
    tally = merge([tally, done.filter(lambda one: one[0] == "tally").map(lambda one: one[1]).fold({}, _merged)])
    if texts:
        tally = merge([tally, {"errors": {UNCLAIMED: len(texts)}}])
    errors.add_patients(_each(done.filter(lambda one: one[0] == "failed").map(lambda one: one[1])))
    rows = done.filter(lambda one: one[0] == "row").map(lambda one: (one[1][0].encode("utf-8", "replace"), one[1]))
    ordered = (Row(*row) for _, row in _each(rows.sortByKey(numPartitions=parallel)))
    ended = finish(ordered, errors, tally, choice, source=folder, work=out / WORK, out=out)
    progress.step()
    return ended


def _disk() -> Any:
    from pyspark import StorageLevel

    return StorageLevel.MEMORY_AND_DISK


def _each(rdd: Any) -> Iterator[Any]:
    return iter(rdd.toLocalIterator())


def _merged(one: Tally, other: Tally) -> Tally:
    return merge([one, other])


def _sorted(folder: Path, piece: Piece) -> Iterator[tuple[str, Any]]:
    """Sort a piece: resources by place with their key, errors, and the counts."""
    done = sort_whole(folder, piece)
    yield from ((one.place, (one.key, one.entry)) for one in done.resources)
    yield from (("line error", error) for error in done.told())
    yield "tally", done.tally


def _with_identified(lines: Any, parallel: int) -> tuple[Any, Any]:
    """Give resources whose patient is named by an identifier to the only Patient that has it; return the rest apart."""
    owned = lines.filter(lambda one: one[0] == "patient").map(lambda one: one[1])
    identified = lines.filter(lambda one: one[0] == "identified").map(lambda one: one[1])
    if identified.isEmpty():
        return owned, identified
    people = owned.filter(lambda one: b'"Patient"' in one[1]).flatMap(
        lambda one: [(value, one[0]) for value in identifiers_of(one[1])]
    )
    owners = people.distinct(parallel).groupByKey(parallel).mapValues(list).filter(lambda one: len(one[1]) == 1)
    matched = identified.leftOuterJoin(owners, parallel)
    given = matched.filter(lambda one: one[1][1] is not None).map(lambda one: (one[1][1][0], one[1][0]))
    return owned.union(given), matched.filter(lambda one: one[1][1] is None).map(lambda one: one[1][0])


def _with_products(owned: Any, lines: Any, parallel: int) -> Any:
    """Bring the products that patients refer to, and those that these refer to."""
    shared = lines.filter(lambda one: one[0] == "shared").flatMap(
        lambda one: [(name, one[1][1]) for name in names_of(one[1][1])]
    )
    if shared.isEmpty():
        return owned
    everything, newest = owned, owned
    for _ in range(DEPTH):
        wanted = newest.flatMap(lambda one: [(name, one[0]) for name in references_in(one[1])]).distinct(parallel)
        newest = wanted.join(shared, parallel).map(lambda one: one[1]).distinct(parallel).persist(_disk())
        if newest.isEmpty():
            break
        everything = everything.union(newest)
    return everything


def _assessed(groups: Iterable[tuple[str, Iterable[bytes]]], choice: Choice) -> Iterator[tuple[str, Any]]:
    """Assess the patients of a partition."""
    with few_collections() as collect:
        for key, entries in groups:
            done = Assessed()
            assess_group(key, entries, choice, done)
            yield from (("row", tuple(row)) for row in done.rows)
            yield from (("failed", one) for one in done.failed)
            yield "tally", done.tally
            collect()
