"""What the lines of the random model have in common: response and progression to come, side effects, and what follows progression."""

from __future__ import annotations

from cds_service.synthetic.days import months
from cds_service.synthetic.parameters import Model
from cds_service.synthetic.story.model import Reason
from cds_service.synthetic.story.regimens import REACTIONS, STEROIDS
from cds_service.synthetic.story.teller import Teller

FAR_AWAY = 10_000
HIGH: dict[str, float] = {"serum": 45.0, "flc": 7000.0, "none": 1.0e9}
"""Marker above which treatment always acts to some degree: nobody lives with more and more of it."""


class Steps:
    """One story being drawn from the model. `crossing` is the day on which the disease will have progressed."""

    def __init__(self, teller: Teller, model: Model) -> None:
        self.teller = teller
        self.story = teller.story
        self.chance = teller.chance
        self.model = model
        self.crossing = 0
        self.depth = ""
        self.by_imaging = False

    def plan(self, start: int, setting: str, *, acts_from: int | None = None) -> None:
        """Draw the depth of response and the time to progression, and bend the marker accordingly.

        `acts_from` is the day from which the treatment acts, when that is not the start of the line.
        """
        chance, model = self.chance, self.model
        acts = start if acts_from is None else acts_from
        self.depth = chance.weighted(model.responses[setting])
        median = model.months_to_progression[setting] * model.depth_factor[self.depth]
        until = months(max(chance.lognormal_months(median, model.progression_sigma), 1.8))
        if self.depth == "PD":
            until = chance.days(50, 100)
        much = self.teller.story.values[-1] > HIGH[self.story.marker]
        if (self.depth == "MR" and self.story.marker == "flc") or (self.depth in {"MR", "SD", "PD"} and much):
            self.depth = "PR"
        self.crossing = acts + until
        self.by_imaging = self.story.marker == "none" or chance.happens(model.share_imaging_progression)
        self.teller.respond(acts, self.depth, chance.between(*model.response_half_life_days))
        if not self.by_imaging:
            self.teller.relapse_at(self.crossing, chance.between(*model.regrowth_doubling_days))

    def go(self, until: int, every: int) -> int | None:
        """Let visits pass up to a day; return the day of a progression."""
        if not self.by_imaging:
            return self.teller.visits(until, every)
        if self.crossing > min(until, self.story.last_seen):
            self.teller.visits(until, every)
            return None
        self.crossing = max(self.crossing, self.story.visits[-1] + 1)
        self.teller.visits(self.crossing - 1, every)
        self.teller.visit(self.crossing)
        self.teller.progress(self.crossing, "imaging")
        self.teller.event("new-lesion", self.crossing, self._lesion())
        return self.crossing

    def _lesion(self) -> str:
        outside = self.chance.happens(0.3)
        if outside and self.story.extramedullary is None:
            self.story.extramedullary = self.crossing
        return "soft-tissue" if outside else "bone"

    def side_effects(self, last: int) -> None:
        """Let toxicity end single drugs before the last day of their line, while the others go on (L13)."""
        teller = self.teller
        for agent, given in list(teller.open.items()):
            carrying = [a for a in teller.open if a not in STEROIDS]
            if len(carrying) < 2 and agent in carrying:
                continue
            if last - given.start > 90 and self.chance.happens(self.model.toxicity_stop.get(agent, 0.0)):
                late = 80 if "late-planned-add" in self.story.notes and given.line == 1 else 45
                when = self.chance.days(given.start + late, max(last - 25, given.start + late))
                teller.stop(agent, when, "toxicity", REACTIONS.get(agent, ("Pneumonia", 3)))

    def progressed(self, day: int, *, kind: str, start: int, agents: tuple[str, ...]) -> int:
        """Confirm a progression, stop what is being given, and close the phase; return the last day of treatment."""
        chance, teller = self.chance, self.teller
        confirmed = day + chance.days(14, 28)
        teller.visit(confirmed)
        last = confirmed + chance.days(0, 6)
        if teller.open:
            if chance.happens(self.model.share_waiting_after_progression):
                last += chance.days(42, 110)
                teller.visits(last, 28)
            self.side_effects(day)
            teller.stop_all(last, "progression")
            teller.phase(kind, start, last, agents)
            teller.end_line("progression")
        return last

    def after(self, day: int) -> int | None:
        """Return the day on which the next line can begin after a progression that was dealt with, or `None`."""
        chance, story = self.chance, self.story
        if chance.happens(self.model.next_line_after_progression):
            return day + chance.days(7, 28)
        if chance.happens(self.model.share_dead_of_untreated_progression):
            death = day + chance.days(15, 160)
            self.teller.visits(death - 10, 28)
            if death <= story.until:
                story.death = death
        else:
            lost = day + chance.days(10, 60)
            if lost <= story.until:
                story.lost = lost
        return None

    def complete(self, last: int, reason: Reason, kind: str, start: int, agents: tuple[str, ...]) -> None:
        """End what is being given as planned, and close the phase."""
        self.side_effects(last)
        self.teller.stop_all(last, reason)
        self.teller.phase(kind, start, last, agents)
        self.teller.end_line(reason)
