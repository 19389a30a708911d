"""The top floor: HTTP, CDS Hooks, prefetch completion and the command line around `fhir_mappings` and `cards`."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("myeloma-cds")
except PackageNotFoundError:  # run from a folder that was never installed
    __version__ = "0+unknown"
