"""How well the service reads synthetic patients whose truth is known: `python -m scripts.accuracy`."""
