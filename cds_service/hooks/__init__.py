"""The CDS Hooks side: discovery, requests, prefetch and its completion, and the patient-view service."""
