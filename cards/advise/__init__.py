"""What may come next: history and knowledge in, `Advice` out. Pure functions; the steps are described in `pipeline`."""

from cards.advise.parameters import AdviceParameters
from cards.advise.pipeline import UnknownPolicyError, advise

__all__ = ["AdviceParameters", "UnknownPolicyError", "advise"]
