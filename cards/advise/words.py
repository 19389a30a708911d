"""Plain clinical words for the keys of the knowledge.

Everything the advice stage says about a class or a drug goes through here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cards.knowledge.model import Regimen

CLASS_WORDS: dict[str, tuple[str, str]] = {
    "PI": ("a proteasome inhibitor", "proteasome inhibitors"),
    "IMID": ("an immunomodulatory drug", "immunomodulatory drugs"),
    "CELMOD": ("a CELMoD", "CELMoDs"),
    "CD38": ("an anti-CD38 antibody", "anti-CD38 antibodies"),
    "SLAMF7": ("an anti-SLAMF7 antibody", "anti-SLAMF7 antibodies"),
    "XPO1": ("an XPO1 inhibitor", "XPO1 inhibitors"),
    "BCMA": ("a BCMA-directed therapy", "BCMA-directed therapies"),
    "BCMA_ADC": ("a BCMA antibody-drug conjugate", "BCMA antibody-drug conjugates"),
    "BCMA_CART": ("a BCMA CAR-T", "BCMA CAR-T products"),
    "BCMA_BSAB": ("a BCMA bispecific antibody", "BCMA bispecific antibodies"),
    "GPRC5D": ("a GPRC5D-directed therapy", "GPRC5D-directed therapies"),
    "GPRC5D_BSAB": ("a GPRC5D bispecific antibody", "GPRC5D bispecific antibodies"),
    "GPRC5D_CART": ("a GPRC5D CAR-T", "GPRC5D CAR-T products"),
    "FCRH5_BSAB": ("an FcRH5 bispecific antibody", "FcRH5 bispecific antibodies"),
    "BCL2": ("a BCL-2 inhibitor", "BCL-2 inhibitors"),
    "ALKYLATOR": ("an alkylator", "alkylators"),
    "ANTHRACYCLINE": ("an anthracycline", "anthracyclines"),
    "STEROID": ("a corticosteroid", "corticosteroids"),
    "HDAC": ("an HDAC inhibitor", "HDAC inhibitors"),
    "PEPTIDE_DRUG_CONJ": ("a peptide-drug conjugate", "peptide-drug conjugates"),
    "OTHER": ("another anti-myeloma drug", "other anti-myeloma drugs"),
}


def is_class(name: str) -> bool:
    """Tell a class key (upper case) from a drug."""
    return name.isupper()


def one(name: str) -> str:
    """Return a class with its article, or the drug's name."""
    return CLASS_WORDS[name][0] if name in CLASS_WORDS else name


def several(name: str) -> str:
    """Return the plural of a class, or the drug's name."""
    return CLASS_WORDS[name][1] if name in CLASS_WORDS else name


def lines(count: int) -> str:
    """Return a number of prior lines in words."""
    return f"{count} prior line of therapy" if count == 1 else f"{count} prior lines of therapy"


UNVERIFIED_MARK = " (unverified)"


def marked(text: str, *, unverified: bool) -> str:
    """Return a text with the mark of what no source was read for."""
    return f"{text.rstrip('.')}{UNVERIFIED_MARK}." if unverified else text


def short_name(regimen: Regimen) -> str:
    """Return what a clinician calls a regimen: the drug's name when it is given alone, else its short name."""
    return regimen.agents[0] if regimen.id.endswith("_mono") else regimen.short


def joined(parts: Iterable[str | None]) -> str:
    """Join statements with semicolons: no full stop before one, and no capital after it that is not a name's."""
    said = [part.rstrip(".") for part in parts if part]
    return "; ".join([*said[:1], *(part[:1].lower() + part[1:] if part[1:2].islower() else part for part in said[1:])])


def listed(items: Sequence[str], last: str = "and") -> str:
    """Join items as a sentence does: `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"
