"""Synthetic patients with known truth: a latent story first, then the record that a clinic would have of it.

Imports only the terminology of the project. `generate(seed, index, scenario, style)` makes one patient; `myeloma-cds synth` writes many.
"""

from cds_service.synthetic.patient import SyntheticPatient, generate
from cds_service.synthetic.record.styles import STYLES
from cds_service.synthetic.scenarios import scenario_names

__all__ = ["STYLES", "SyntheticPatient", "generate", "scenario_names"]
