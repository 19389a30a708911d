"""`myeloma-cds feedback report`: how often cards were accepted or overridden, by topic and by regimen or drug."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from cds_service.identifiers import subject_number

NONE = "-"


@dataclass(slots=True)
class Row:
    """The feedback about one topic and subject."""

    topic: str
    subject: str
    accepted: int = 0
    overridden: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Return the number of entries."""
        return self.accepted + self.overridden

    def data(self) -> dict[str, Any]:
        """Return the row as plain data."""
        return {
            "topic": self.topic,
            "subject": self.subject,
            "accepted": self.accepted,
            "overridden": self.overridden,
            "acceptanceRate": round(self.accepted / self.total, 4),
            "overrideRate": round(self.overridden / self.total, 4),
            "reasons": dict(self.reasons.most_common()),
        }


def summarise(entries: Iterable[Mapping[str, Any]], subjects: Iterable[str]) -> list[Row]:
    """Count entries; `subjects` are the regimens and drugs whose numbers may stand in card ids."""
    names = {subject_number(name): name for name in sorted(subjects, reverse=True)}
    rows: dict[tuple[str, str], Row] = {}
    for entry in entries:
        number = entry["subject"]
        subject = names.get(number, "(other)") if number else NONE
        row = rows.setdefault((entry["topic"], subject), Row(entry["topic"], subject))
        if entry["outcome"] == "accepted":
            row.accepted += 1
        else:
            row.overridden += 1
            row.reasons[entry["reason_code"] or ("(comment only)" if entry["commented"] else "(no reason)")] += 1
    return [rows[key] for key in sorted(rows)]


def as_text(rows: Sequence[Row]) -> str:
    """Return the report for a terminal."""
    if not rows:
        return "No feedback.\n"
    head = ("topic", "regimen or drug", "accepted", "overridden", "override rate", "reasons")
    lines = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(head))]
    return (
        "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        )
        + "\n"
    )


def _cells(row: Row) -> tuple[str, ...]:
    reasons = ", ".join(f"{name} {number}" for name, number in row.reasons.most_common(4))
    return (
        row.topic,
        row.subject,
        str(row.accepted),
        str(row.overridden),
        f"{row.overridden / row.total:.0%}",
        reasons,
    )


def as_html(rows: Sequence[Row], since: str) -> str:
    """Return the report as one page with a plot; nothing is loaded and nothing runs."""
    height = 28 * len(rows) + 30
    bars = "".join(_bar(row, 28 * index) for index, row in enumerate(rows))
    table = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in _cells(row)) + "</tr>" for row in rows)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>myeloma-cds: feedback</title></head><body>\n'
        f"<h1>Feedback on cards</h1><p>{escape(since)} {sum(row.total for row in rows)} entries. Cards that were ignored are "
        "never reported, so these rates say nothing about them. The service is decision support.</p>\n"
        f'<svg role="img" aria-label="Accepted and overridden cards" width="760" height="{height}" '
        f'font-family="sans-serif" font-size="13">{bars}'
        f'<rect x="330" y="{height - 18}" width="12" height="12" fill="#2a6f97"/><text x="347" y="{height - 7}">accepted</text>'
        f'<rect x="430" y="{height - 18}" width="12" height="12" fill="#c9733a"/><text x="447" y="{height - 7}">overridden</text>'
        "</svg>\n<table><tr><th>topic</th><th>regimen or drug</th><th>accepted</th><th>overridden</th>"
        f"<th>override rate</th><th>reasons</th></tr>{table}</table>\n</body></html>\n"
    )


def _bar(row: Row, top: int) -> str:
    width = 400 * row.accepted / row.total
    name = escape(f"{row.topic} {row.subject if row.subject != NONE else ''}".strip())
    return (
        f'<text x="0" y="{top + 16}">{name}</text>'
        f'<rect x="330" y="{top + 3}" width="{width:.1f}" height="18" fill="#2a6f97"/>'
        f'<rect x="{330 + width:.1f}" y="{top + 3}" width="{400 - width:.1f}" height="18" fill="#c9733a"/>'
        f'<text x="735" y="{top + 16}">{row.total}</text>'
    )
