"""Draft orders against the assessment: what speaks against a myeloma drug that is about to be ordered.

Pure, like the rest of `cards`: history, knowledge and the agents of the drafts in, findings and at most one card out.
"""

from cards.orders.card import order_card
from cards.orders.check import OrderCheck, check_orders
from cards.orders.drafts import Drafts

__all__ = ["Drafts", "OrderCheck", "check_orders", "order_card"]
