"""Codes and names of myeloma: drugs, diseases, laboratory tests, genomics, procedures, disease status, and their lookup."""
