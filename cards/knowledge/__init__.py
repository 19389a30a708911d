"""What is known: drugs, regimens with dated labels and evidence, cautions, policies, sources, as cited data files."""
