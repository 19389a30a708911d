"""CDS Hooks 2.0 checks that work over HTTP against any service, each a small function named by its row.

The rows are those of docs/protocol.md. `myeloma-cds conformance URL` runs them; so do the tests, against this service and
against a service with planted defects.
"""

from cds_service.kit.conformance.checks import CHECKS
from cds_service.kit.conformance.model import Check, Result
from cds_service.kit.conformance.runner import Report, run
from cds_service.kit.conformance.target import Target, UnreachableError

__all__ = ["CHECKS", "Check", "Report", "Result", "Target", "UnreachableError", "run"]
