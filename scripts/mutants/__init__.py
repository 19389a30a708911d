"""Change one place of the history code at a time and see whether a case notices: `python -m scripts.mutants MODULE ...`."""
