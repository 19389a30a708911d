"""Named stories for the rules, the policies and the shapes of data; `myeloma-cds synth --scenario list` prints them."""

from cds_service.synthetic.scenarios import cautions, cells, lines, policies, records, refractoriness, response, results
from cds_service.synthetic.scenarios.script import Scenario, merged

SCENARIOS: dict[str, Scenario] = merged(
    [
        lines.SCENARIOS,
        cells.SCENARIOS,
        response.SCENARIOS,
        results.SCENARIOS,
        refractoriness.SCENARIOS,
        policies.SCENARIOS,
        cautions.SCENARIOS,
        records.SCENARIOS,
    ]
)
"""Every scenario by name, in the order in which they are printed."""


def scenario_names() -> list[str]:
    """Return the names of all scenarios."""
    return list(SCENARIOS)
