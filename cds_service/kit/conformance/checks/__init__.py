"""All checks, in the order of a report."""

from cds_service.kit.conformance.checks import (
    actions,
    cards,
    discovery,
    feedback,
    prefetch,
    refusals,
    responses,
    templates,
    tokens,
    transport,
)

CHECKS = tuple(
    check
    for module in (discovery, templates, responses, cards, actions, prefetch, refusals, feedback, tokens, transport)
    for check in module.check.checks
)
"""Names are unique; see `docs/conformance.md` for the list."""
