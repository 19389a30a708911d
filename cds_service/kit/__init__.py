"""The integration kit: conformance checks for any CDS Hooks service, and a pytest plugin for suites that call this one."""
