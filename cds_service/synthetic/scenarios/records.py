"""The same first relapse in every shape of record, and with every loss; and every first line that a trial made common."""

from __future__ import annotations

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.record.styles import STYLES, Blemishes
from cds_service.synthetic.scenarios.script import Collection, Script
from cds_service.synthetic.story.model import Story

SCENARIOS = Collection()


def first_relapse(chance: Chance) -> Story:
    """D-VRd, transplant, D-R to progression."""
    script = (
        Script(chance, "2022-03-01")
        .line("2022-03-20", "DVRd", phase="induction")
        .end("2022-08-28")
        .transplant("2022-10-17")
    )
    return (
        script.also("2023-01-10", "DR", phase="maintenance", dose=10.0)
        .progress("2026-08-24", stop="2026-09-20")
        .finish(28)
    )


def three_lines(chance: Chance) -> Story:
    """D-VRd and D-R, then K-Pd, then Elo-Pd."""
    script = (
        Script(chance, "2020-03-01")
        .line("2020-03-20", "DVRd", phase="induction")
        .end("2020-08-28")
        .transplant("2020-10-17")
    )
    script.also("2021-01-10", "DR", phase="maintenance", dose=10.0).progress("2023-02-06", stop="2023-03-04")
    script.line("2023-04-01", "KPd", "PR").progress("2024-10-14", stop="2024-11-10")
    return script.line("2024-12-01", "EPd", "PR").progress("2026-08-24", stop="2026-09-20").finish(28)


for _style in STYLES:
    SCENARIOS.add(f"D-{_style}", f"First relapse on D-R in the style `{_style}`", first_relapse, style=_style)


def _lost_ends(story: Story) -> Blemishes:
    return Blemishes(no_end=frozenset(n for n, given in enumerate(story.given) if given.phase == "maintenance"))


_LOSSES = (
    (
        "D-lost-ends",
        "The ends of the maintenance drugs were not written down: never refractory by a guess",
        first_relapse,
        _lost_ends,
    ),
    ("D-months", "All drug dates known to the month", first_relapse, lambda _: Blemishes(month_dates=True)),
    ("D-duplicates", "Every other statement twice", first_relapse, lambda _: Blemishes(duplicates=True)),
    ("D-no-units", "Results without a unit among those with one", first_relapse, lambda _: Blemishes(no_units=True)),
    (
        "D-never-given",
        "Drugs that were intended, entered in error or not taken",
        first_relapse,
        lambda _: Blemishes(never_given=True),
    ),
    (
        "D-other-patients",
        "Results of somebody else in the request",
        first_relapse,
        lambda _: Blemishes(other_patients=True),
    ),
    (
        "D-first-line-elsewhere",
        "The first line is at another hospital, and nothing says so (L23)",
        three_lines,
        lambda _: Blemishes(lost_lines=1),
    ),
    (
        "D-first-line-elsewhere-stated",
        "The first line is at another hospital; the record says second line (L22, E28)",
        three_lines,
        lambda _: Blemishes(lost_lines=1, states_line=True),
    ),
    (
        "D-no-early-results",
        "Results begin with the last line",
        three_lines,
        lambda story: Blemishes(no_labs_before=story.lines[-1].start - 45),
    ),
)
for _name, _meaning, _tell, _blemish in _LOSSES:
    SCENARIOS.add(_name, _meaning, _tell, style="messy", blemish=_blemish)


_FIRST_LINES = (
    ("VRd", "VRd", "R", "RVd with lenalidomide (SWOG S0777, IFM 2009)"),
    ("VCd", "VCd", "R", "CyBorD with lenalidomide"),
    ("VTd", "VTd", "R", "VTd with lenalidomide"),
    ("KRd", "KRd", "R", "KRd with lenalidomide (FORTE)"),
    ("D-VTd", "DVTd", "D", "D-VTd with daratumumab (CASSIOPEIA)"),
    ("D-VRd", "DVRd", "DR", "D-VRd with D-R (PERSEUS, GRIFFIN)"),
    ("Isa-VRd", "SVRd", "R", "Isa-VRd with lenalidomide (GMMG-HD7)"),
)
_CONTINUOUS = (
    ("Rd", "Rd", "Rd to progression (FIRST)"),
    ("DRd", "DRd", "D-Rd to progression (MAIA)"),
    ("D-VMP", "DVMp", "D-VMP to progression (ALCYONE)"),
    ("VMP", "VMp", "VMP (VISTA)"),
)


def _with_transplant(letters: str, keep: str) -> object:
    def tell(chance: Chance) -> Story:
        script = Script(chance, "2022-03-01").line("2022-03-20", letters, phase="induction").end("2022-08-28")
        script.transplant("2022-10-17").also("2023-01-10", keep, phase="maintenance", dose=10.0)
        return script.progress("2026-08-24", stop="2026-09-20").finish(28)

    return tell


def _until_progression(letters: str) -> object:
    def tell(chance: Chance) -> Story:
        return (
            Script(chance, "2023-03-01", birth="1947-05-14")
            .line("2023-03-20", letters)
            .progress("2026-08-24", stop="2026-09-20")
            .finish(28)
        )

    return tell


for _name, _letters, _keep, _words in _FIRST_LINES:
    SCENARIOS.add(f"X-{_name}", f"First relapse after {_words}", _with_transplant(_letters, _keep))  # type: ignore[arg-type]
for _name, _letters, _words in _CONTINUOUS:
    SCENARIOS.add(f"X-{_name}", f"First relapse after {_words}", _until_progression(_letters))  # type: ignore[arg-type]
