"""The integration kit: conformance checks for any CDS Hooks service, and a pytest plugin for suites that call this one.

Suites import the assertions from here; the fixtures `myeloma_cds_service` and `synthetic_patient` come by themselves once the
distribution is installed beside pytest (docs/integration-suite.md).
"""

from cds_service.kit.assertions import assert_assessment, assert_card, assert_fits, schema

__all__ = ["assert_assessment", "assert_card", "assert_fits", "schema"]
