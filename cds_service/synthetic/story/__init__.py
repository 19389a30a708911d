"""What truly happened to a patient, before anyone wrote it down."""
