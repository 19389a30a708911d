"""The synthetic patients, grouped by what they show."""

from collections.abc import Callable

from ..chart import Chart
from .first_relapse import cd38_naive, dara_len_refractory, drd_pi_naive, dvrd_asct_dr
from .later_relapse import penta_refractory, t1114, tcr_four_lines, tcr_post_cart
from .no_relapse import failed_searches, responding
from .other_diseases import al_amyloidosis, lymphoma, mgus, smoldering

CHARTS: tuple[Callable[[], Chart], ...] = (
    dvrd_asct_dr,
    drd_pi_naive,
    tcr_four_lines,
    tcr_post_cart,
    dara_len_refractory,
    t1114,
    penta_refractory,
    responding,
    cd38_naive,
    smoldering,
    mgus,
    al_amyloidosis,
    lymphoma,
    failed_searches,
)
