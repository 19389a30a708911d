"""Builder of the shipped synthetic patients: `python -m scripts.demo_patients` from the repository root."""
