"""From the lines of one patient to the assessment: pure, so that every engine gives the same."""

from __future__ import annotations

import gc
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, NamedTuple, cast

import orjson

from cds_service import __version__
from cds_service.cohort import tables
from cds_service.cohort.tally import Tally, add, count_document
from cds_service.options import Options
from cds_service.parts import Part
from cds_service.pipeline import Pipeline
from cds_service.settings import CarTAccess, Jurisdiction
from cds_service.site import Site
from cds_service.stages import Stages

_COLLECT_EVERY = 200


class Choice(NamedTuple):
    """How all assessments of a run are made."""

    as_of: str
    jurisdiction: str
    policy: str
    car_t_access: str
    strict: bool = False
    site: Site = Site()

    def options(self) -> Options:
        """Return the choice as options of an assessment."""
        return Options(
            date.fromisoformat(self.as_of),
            cast("Jurisdiction", self.jurisdiction),
            self.policy,
            cast("CarTAccess", self.car_t_access),
            self.site,
        )


class Row(NamedTuple):
    """What is written about one patient: the document as a line, and the rows of both tables."""

    patient: str
    document: bytes
    lines: bytes
    agents: bytes


@dataclass(slots=True)
class Assessed:
    """The rows of some patients, the patients that failed with the reason, and the counts."""

    rows: list[Row] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    tally: Tally = field(default_factory=dict)


@cache
def pipeline() -> Pipeline:
    """Return the pipeline of this process, warm. The collector then leaves alone what stays for good."""
    made = Pipeline()
    made.warm_up()
    gc.collect()
    gc.freeze()
    return made


def about(choice: Choice) -> dict[str, Any]:
    """Return what a summary says about how it was made."""
    return {
        "asOf": choice.as_of,
        "jurisdiction": choice.jurisdiction,
        "policy": choice.policy,
        "programVersion": __version__,
        "knowledgeVersion": pipeline().knowledge_version(),
    }


@contextmanager
def few_collections() -> Iterator[Callable[[], None]]:
    """Keep the collector off but for every so many patients: charts hold no cycles to speak of, and walking them costs a third."""
    was_on, count = gc.isenabled(), 0

    def collect() -> None:
        nonlocal count
        count += 1
        if not count % _COLLECT_EVERY:
            gc.collect()

    gc.disable()
    try:
        yield collect
    finally:
        if was_on:
            gc.enable()


def bucket_of(key: str, buckets: int) -> int:
    """Return the bucket of a patient's key; the same on every machine."""
    return zlib.crc32(key.encode("utf-8", "surrogatepass")) % buckets


def assess_group(key: str, entries: Iterable[bytes], choice: Choice, into: Assessed) -> None:
    """Assess the patient (rarely: the patients) whom these entries are about; a failure is noted and costs that patient only."""
    ordered = sorted(set(entries))
    try:
        records = pipeline().read_everyone([Part.of(_as_bundle(ordered))], (), strict=choice.strict)
    except Exception as error:  # noqa: BLE001 - one patient's chart must not end the run; the reason is written down
        _fail(key, error, into)
        return
    for record in records:
        try:
            assessment = pipeline().assess(record, choice.options(), Stages())
            document = pipeline().document(assessment)
            row = Row(
                record.patient,
                orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE),
                tables.line_rows(document),
                tables.agent_rows(document),
            )
        except Exception as error:  # noqa: BLE001 - as above
            _fail(record.patient, error, into)
            continue
        count_document(into.tally, document)
        into.rows.append(row)


def _fail(patient: str, error: Exception, into: Assessed) -> None:
    into.failed.append((patient, f"could not be assessed: {type(error).__name__}: {error}"))
    add(into.tally, "patients", "failed")


def _as_bundle(entries: list[bytes]) -> bytes:
    """Join entries to one bundle."""
    return b'{"resourceType":"Bundle","type":"collection","entry":[' + b",".join(entries) + b"]}"
