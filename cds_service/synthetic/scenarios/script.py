"""The few words in which named stories are told: exact dates, the same steps as the random model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.days import day
from cds_service.synthetic.record.styles import Blemishes
from cds_service.synthetic.story.curve import value_at
from cds_service.synthetic.story.model import Event, Finding, Given, Reason, Story
from cds_service.synthetic.story.patients import UNTIL
from cds_service.synthetic.story.regimens import DOSES, drugs
from cds_service.synthetic.story.teller import Teller

LETTERS = {
    "Teclistamab": ("teclistamab",),
    "Elranatamab": ("elranatamab",),
    "Linvoseltamab": ("linvoseltamab",),
    "Talquetamab": ("talquetamab",),
    "Melflufen": ("melphalan flufenamide", "dexamethasone"),
    "Study drug": ("investigational:Study drug ABC-123",),
}
"""Single drugs that have no letter."""


def agents_of(name: str) -> tuple[str, ...]:
    """Return the drugs of a combination in letters (`DVRd`), or of a name in `LETTERS`."""
    return LETTERS.get(name) or drugs(name)


class Script:
    """A story told in exact dates. `level` is the marker at diagnosis in g/L, or in mg/L for light chain disease."""

    def __init__(self, chance: Chance, diagnosis: str = "2022-03-01", level: float = 42.0, **facts: Any) -> None:
        born = facts.pop("birth", "1958-05-14")
        self.story = Story(
            sex=facts.pop("sex", "female"),
            birth=day(born),
            disease=facts.pop("disease", "multiple-myeloma"),
            diagnosis=day(diagnosis),
            until=UNTIL,
            **facts,
        )
        self.story.genomics = {"t(11;14)": False} | self.story.genomics
        self.teller = Teller(self.story, chance)
        self.teller.onset(level)
        self._phase: tuple[str, int, tuple[str, ...]] | None = None

    # --- treatment ---------------------------------------------------------------------------------------------------

    def line(
        self,
        start: str,
        name: str,
        depth: str | None = "VGPR",
        *,
        phase: str = "treatment",
        begun_for: str = "",
        joins: bool = False,
        first: str | None = None,
        half_life: float = 16.0,
    ) -> Script:
        """Begin a line and its drugs. `joins`: a reader may count it with the line before (E15); `first`: its start, if earlier."""
        teller, began = self.teller, day(start)
        if self.story.lines:
            teller.visits(began - 10, 28)
        why = begun_for or ("progression" if self.story.lines else "first")
        teller.begin_line(day(first) if first else began, why, drops_from_min=joins)
        if depth is not None:
            teller.respond(began, depth, half_life)
        self._open(began, agents_of(name), phase)
        return self

    def also(
        self, start: str, name: str, *, phase: str = "treatment", dose: float | None = None, counts_more: int = 0
    ) -> Script:
        """Start drugs within the line, as its next phase."""
        self.teller.visits(day(start) - 1, 28)
        self._open(day(start), agents_of(name), phase, dose)
        self.story.lines[-1].adds_to_max += counts_more
        return self

    def add(self, start: str, name: str, *, counts_more: int = 0) -> Script:
        """Add drugs to the phase that is under way."""
        self.teller.visits(day(start) - 1, 28)
        self.teller.give(agents_of(name), day(start), self._phase[0] if self._phase else "treatment")
        if self._phase:
            self._phase = (self._phase[0], self._phase[1], tuple(sorted({*self._phase[2], *agents_of(name)})))
        self.story.lines[-1].adds_to_max += counts_more
        return self

    def _open(self, start: int, agents: tuple[str, ...], phase: str, dose: float | None = None) -> None:
        self.teller.give(agents, start, phase, dose=dose)
        self._phase = (phase, start, tuple(sorted({*agents, *self.teller.open})))

    def drop(
        self, last: str, name: str, reason: Reason = "toxicity", reaction: tuple[str, int] | None = None
    ) -> Script:
        """Give the last dose of some drugs while the others go on."""
        self.teller.visits(day(last), 28)
        for agent in agents_of(name):
            self._tell(agent, reason)
            self.teller.stop(agent, day(last), reason, reaction)
        return self

    def _tell(self, agent: str, reason: Reason) -> None:
        """Let the record give the reasons that decide how lines are counted."""
        if reason in {"toxicity", "access"} and agent in self.teller.open:
            self.teller.open[agent].told = True

    def end(
        self,
        last: str,
        reason: Reason = "planned-completion",
        reaction: tuple[str, int] | None = None,
        *,
        told: bool | None = None,
    ) -> Script:
        """Give the last dose of everything. `told`: whether the record says why; without it the style decides."""
        self.teller.visits(day(last), 28)
        for agent in list(self.teller.open):
            self.teller.open[agent].told = told
            self._tell(agent, reason)
            self.teller.stop(agent, day(last), reason, reaction)
        self._close(day(last))
        self.teller.end_line(reason)
        return self

    def _close(self, last: int) -> None:
        if self._phase:
            kind, start, agents = self._phase
            self.teller.phase(kind, start, last, agents)
            self._phase = None

    def transplant(self, on: str, kind: str = "autologous-transplant", *, recorded_melphalan: bool = True) -> Script:
        """Transplant cells after high-dose melphalan."""
        when = day(on)
        self.teller.visits(when - 3, 28)
        if recorded_melphalan:
            self.teller.once("melphalan", when - 1, "transplant", "conditioning")
        self.teller.phase("transplant", when, when, ("melphalan",))
        self.teller.event(kind, when)
        return self

    def car_t(
        self,
        collected: str,
        infused: str,
        product: str = "ciltacabtagene autoleucel",
        *,
        bridging: str = "",
        depth: str = "CR",
        holding: tuple[str, str] | None = None,
        begun_for: str = "progression",
    ) -> Script:
        """Tell a CAR-T line with bridging from four days after collection to ten days before the infusion.

        `holding`: drugs that hold the disease for this CAR-T, and their first day; they end five days before the collection (E37).
        """
        teller, apheresis, day_0 = self.teller, day(collected), day(infused)
        if not holding:
            teller.visits(apheresis - 3, 28)
        begin = apheresis + 4 if bridging else day_0 - 5
        if holding:
            self._hold(agents_of(holding[0]), day(holding[1]), apheresis - 5)
        else:
            teller.begin_line(begin, begun_for)
        teller.event("apheresis", apheresis, product)
        teller.respond(begin, "PD", 40.0)
        if bridging:
            teller.give(agents_of(bridging), begin, "bridging")
            teller.visits(day_0 - 10, 21)
            for agent in list(teller.open):
                teller.stop(agent, day_0 - 10, "planned-completion")
            teller.phase("bridging", begin, day_0 - 10, agents_of(bridging))
        for agent in ("fludarabine", "cyclophosphamide"):
            teller.once(agent, day_0 - 5, "lymphodepletion", "lymphodepletion", days=2)
        teller.phase("lymphodepletion", day_0 - 5, day_0 - 3, ("cyclophosphamide", "fludarabine"))
        teller.visit(day_0 - 6)
        teller.once(product, day_0, "car-t", "car-t")
        teller.phase("car-t", day_0, day_0, (product,))
        teller.event("car-t", day_0, product)
        teller.respond(day_0, depth, 12.0)
        teller.end_line("planned-completion")
        return self

    def _hold(self, agents: tuple[str, ...], start: int, last: int) -> None:
        teller = self.teller
        teller.visits(start - 3, 28)
        teller.begin_line(start, "progression")
        teller.respond(start, "SD", 16.0)
        teller.give(agents, start, "bridging")
        teller.visits(last, 21)
        for agent in agents:
            teller.stop(agent, last, "planned-completion")
        teller.phase("bridging", start, last, agents)

    # --- disease -----------------------------------------------------------------------------------------------------

    def progress(self, on: str, *, stop: str | None = None, words: bool = False, doubling: float = 24.0) -> Script:
        """Document a progression on a day; with `stop`, everything given ends then for it.

        Without `words` the marker shows it (a second value follows three weeks later); with them only a dated statement does.
        `doubling` is the time in days in which the marker doubles.
        """
        teller, when = self.teller, day(on)
        if words:
            teller.visits(when, 28)
            teller.progress(when, "statement")
        else:
            teller.relapse_at(when - 18, doubling)
            teller.visits(when - 22, 28)
            if not teller.visit(when):
                raise ValueError(f"the marker shows no progression on {on}")
            teller.visit(when + 21)
        if stop:
            self.end(stop, "progression")
        return self

    def again(self, start: str, name: str, depth: str = "PR") -> Script:
        """Give the line's own regimen again after a progression off therapy (L17)."""
        self.teller.visits(day(start) - 8, 28)
        self.teller.new_course(day(start))
        self.story.lines[-1].adds_to_max += 1
        self.teller.respond(day(start), depth, 16.0)
        self._open(day(start), agents_of(name), "treatment")
        return self

    def given(self, agent: str, start: str, last: str, reason: Reason = "planned-completion", **facts: Any) -> Script:
        """Note an exposure outside the lines or of another kind."""
        self.story.given.append(Given(agent, day(start), day(last), reason, dose_mg=DOSES.get(agent), **facts))
        return self

    def product(self, since: str, agent: str, words: str) -> Script:
        """Go on with a drug that is being given, in another product: the record has another name for it from that day on (L14)."""
        self.teller.visits(day(since) - 1, 28)
        phase = self.teller.open[agent].phase
        self.teller.open[agent].told = False
        self.teller.stop(agent, day(since) - 1, "planned-completion")
        self.teller.give((agent,), day(since), phase)
        return self.named(agent, words)

    def named(self, agent: str, words: str, *, blinded: bool = False) -> Script:
        """Let the record name a drug that is being given in its own words."""
        given = self.teller.open[agent]
        given.words, given.blinded = words, blinded
        return self

    def says(
        self, kind: str, words: str, on: str, value: float | str | None = None, unit: str = "", **more: Any
    ) -> Script:
        """Let the chart hold something else, written down as it is; see `Finding`."""
        self.story.findings.append(Finding(kind=kind, words=words, day=day(on), value=value, unit=unit, **more))  # type: ignore[arg-type]
        return self

    def event(self, kind: str, on: str, text: str = "") -> Script:
        """Note an event."""
        self.story.events.append(Event(kind, day(on), text, self.story.lines[-1].number if self.story.lines else 0))
        return self

    def level(self, on: str) -> float:
        """Return the marker on a day, without measurement error."""
        return value_at(self.story.segments, day(on))

    def finish(self, every: int = 56, *, seen: str | None = None) -> Story:
        """Let visits pass to the last day, or to the day on which the patient was seen last."""
        if self._phase:
            kind, start, agents = self._phase
            self.teller.phase(kind, start, self.story.until + 1, agents)
        self.teller.visits(self.story.until if seen is None else day(seen), every)
        return self.teller.finish()


@dataclass(frozen=True)
class Scenario:
    """A named story: what it is about, which rules it shows, and how it is recorded."""

    name: str
    meaning: str
    tell: Callable[[Chance], Story]
    style: str = "statements"
    blemish: Callable[[Story], Blemishes] | None = None

    def story(self, chance: Chance) -> Story:
        """Tell the story."""
        return self.tell(chance)

    def blemishes(self, story: Story) -> Blemishes:
        """Return what is wrong with the record."""
        return self.blemish(story) if self.blemish else Blemishes()


class Collection:
    """Scenarios of one theme, filled by a decorator."""

    def __init__(self) -> None:
        self.scenarios: list[Scenario] = []

    def __call__(
        self, name: str, meaning: str, **more: Any
    ) -> Callable[[Callable[[Chance], Story]], Callable[[Chance], Story]]:
        """Register a story under a name."""

        def register(tell: Callable[[Chance], Story]) -> Callable[[Chance], Story]:
            self.scenarios.append(Scenario(name, meaning, tell, **more))
            return tell

        return register

    def add(self, name: str, meaning: str, tell: Callable[[Chance], Story], **more: Any) -> None:
        """Register a story made from a table."""
        self.scenarios.append(Scenario(name, meaning, tell, **more))


def merged(parts: Iterable[Collection]) -> dict[str, Scenario]:
    """Return scenarios by name; a name that is used twice is an error."""
    found: dict[str, Scenario] = {}
    for part in parts:
        for scenario in part.scenarios:
            if scenario.name in found:
                raise ValueError(f"two scenarios are called {scenario.name}")
            found[scenario.name] = scenario
    return found
