"""Why an answer differs from the truth: what the record lost, what it never showed, or the service."""

from .compare import AgentResult, Result

ORDER = (
    "first lines are at another hospital",
    "the end of the drug was not written down",
    "dates known to the month only",
    "early results are at another hospital",
    "results without a unit",
    "the progression is not visible in the record",
    "the reason for the end of the drug is not on record",
    "the marker does not settle the response",
    "measurement error or a missed visit moved the progression",
    "not explained by the record",
)
_BY_FEATURE = {
    "lost-lines": ORDER[0],
    "lost-end": ORDER[1],
    "month-dates": ORDER[2],
    "no-early-labs": ORDER[3],
    "no-units": ORDER[4],
}


def cause(result: Result, agent: AgentResult) -> str:
    """Name the cause of a wrong status. What is not among the accepted answers is never excused."""
    if not agent.accepted_answer:
        return ORDER[-1]
    for feature, name in _BY_FEATURE.items():
        if feature in result.features and (feature != "lost-lines" or agent.answer == "not-recorded"):
            return name
    if agent.true == "refractory" and agent.why.startswith("progression"):
        hidden = any(not shown for _, shown in result.progressions)
        return ORDER[5] if hidden else ORDER[8]
    if agent.answer == "refractory" and agent.true == "exposed-unknown":
        return ORDER[6]
    if "no response" in agent.why or "not known" in agent.why or "response" in agent.why:
        return ORDER[7]
    return ORDER[8]
