"""What a run does, written down before it begins, so that an interrupted run can be told from another one and go on."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import orjson

from cds_service import __version__
from cds_service.cohort.files import Piece, Source, pieces
from cds_service.cohort.patients import Choice, about
from cds_service.cohort.shuffle import write_whole

WORK = ".cohort"
_MB = 1024 * 1024
_MOST_BUCKETS = 4096
_SHARE_OF_PIECE, _SHARE_OF_BUCKET = 4, 8
"""A piece in memory takes about twice its size, a bucket with its results about four times."""


_TURNS = 16
"""How many buckets a process gets at least, of a megabyte or more: at the end the others wait for the last bucket only."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The pieces of the input and the number of buckets; `resumed` tells whether an earlier run had begun with it."""

    pieces: tuple[Piece, ...]
    buckets: int
    work: Path
    resumed: bool


def make_plan(files: list[Source], out: Path, choice: Choice, *, memory_mb: int, workers: int) -> Plan:
    """Return the plan of an interrupted run of the same input and choice, or else a new one; another run's leftovers are removed.

    The memory and the number of processes may differ from those of the interrupted run; how it was cut then still holds.
    """
    work = out / WORK
    identity = orjson.dumps(
        {
            "files": files,
            "choice": choice._asdict() | {"site": choice.site._asdict()},
            "program": __version__,
            "knowledge": about(choice)["knowledgeVersion"],
        }
    ).decode()
    written = work / "plan.json"
    if written.exists():
        known = orjson.loads(written.read_bytes())
        if known["identity"] == identity:
            return Plan(tuple(pieces(files, known["piece"])), known["buckets"], work, resumed=True)
    shutil.rmtree(work, ignore_errors=True)
    (work / "pieces").mkdir(parents=True)
    (work / "buckets").mkdir()
    share = memory_mb * _MB // workers
    piece = max(
        _MB // 4, min(share // _SHARE_OF_PIECE, 64 * _MB, sum(file.size for file in files) // (workers * 2) + 1)
    )
    target = max(_MB // 4, min(share // _SHARE_OF_BUCKET, 64 * _MB))
    total = sum(file.size * (10 if file.name.lower().endswith(".gz") else 1) for file in files)
    even = max(workers * 4, min(workers * _TURNS, total // _MB))
    buckets = min(_MOST_BUCKETS, max(-(-total // target), even))
    write_whole(written, orjson.dumps({"identity": identity, "piece": piece, "buckets": buckets}))
    return Plan(tuple(pieces(files, piece)), buckets, work, resumed=False)
