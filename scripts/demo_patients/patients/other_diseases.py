"""Patients without active myeloma: nothing to say about any of them."""

from ..chart import Chart, Course, days
from ..codes import (
    ACICLOVIR,
    AL_AMYLOIDOSIS,
    ALLOPURINOL,
    AMLODIPINE,
    BORTEZOMIB,
    CO_TRIMOXAZOLE,
    CYCLOPHOSPHAMIDE,
    DARATUMUMAB,
    DENOSUMAB_60,
    DEXAMETHASONE,
    FUROSEMIDE,
    HEART_FAILURE,
    HYPERTENSION,
    IMMUNOFIXATION,
    LEVOTHYROXINE,
    MGUS,
    PREDNISONE,
    RITUXIMAB,
    SMOLDERING,
)


def smoldering() -> Chart:
    """Smouldering myeloma under observation; prednisone for polymyalgia is not myeloma therapy."""
    chart = Chart("smoldering", "Ingeborg", "Castellanos", "1957-10-08", "female")
    chart.condition("Smoldering multiple myeloma, IgG kappa", "2024-02-19", SMOLDERING)
    chart.condition("Essential hypertension", "2014-06-12", HYPERTENSION)
    polymyalgia = chart.condition("Polymyalgia rheumatica", "2025-03-03")
    chart.statements(
        Course(PREDNISONE, "2025-03-03", "2026-03-30", "15 mg daily, tapered", reason=polymyalgia),
        Course(AMLODIPINE, "2014-06-12"),
    )
    chart.table("""
        date        m_g_l  kappa  lambda  hb    creat  ca   plt  anc  ldh  alb
        2024-02-12  22.0   92     9.0     13.1  0.8    9.4  251  4.0  171  4.2
        2024-05-13  22.5   95     9.1     13.0  0.8    9.3  248  3.9  -    4.1
        2024-08-12  22.1   94     8.9     13.2  0.8    9.4  244  4.1  -    4.2
        2024-11-11  23.0   97     9.0     13.1  0.8    9.3  252  4.0  168  4.1
        2025-02-10  22.8   96     8.8     12.9  0.8    9.4  261  4.4  -    4.1
        2025-05-12  22.4   95     8.9     13.0  0.9    9.5  268  5.9  -    4.2
        2025-08-11  23.2   98     9.0     13.1  0.8    9.4  259  5.1  173  4.2
        2025-11-10  23.5   101    8.9     13.0  0.8    9.3  250  4.6  -    4.1
        2026-02-09  23.4   103    8.8     13.1  0.9    9.4  247  4.2  -    4.1
        2026-05-11  23.9   104    8.9     12.9  0.8    9.4  249  4.0  170  4.2
        2026-08-10  24.1   106    8.8     13.0  0.9    9.4  246  4.0  -    4.1
        2026-10-12  24.2   107    8.8     12.9  0.8    9.3  245  3.9  -    4.1
    """)
    chart.table("""
        date        marrow_pc
        2024-02-14  18
    """)
    chart.ecog("2026-10-12", 0)
    return chart


def mgus() -> Chart:
    """Monoclonal gammopathy of undetermined significance; denosumab for osteoporosis is not myeloma therapy."""
    chart = Chart("mgus", "Ferdinand", "Achterberg", "1946-01-25", "male", shape="atc")
    chart.condition("MGUS, IgG lambda", "2019-05-06", MGUS)
    chart.condition("Osteoporosis", "2021-03-22")
    chart.condition("Hypothyroidism", "2009-12-01")
    chart.statements(
        Course(DENOSUMAB_60, "2021-04-06", None, "60 mg every 6 months"),
        Course(LEVOTHYROXINE, "2009-12-01"),
    )
    chart.table("""
        date        m_g_l  kappa  lambda  hb    creat  ca   plt  igg_g_l
        2019-04-29  7.1    14     31      14.1  1.0    9.3  220  14.2
        2019-11-04  7.0    14     30      14.2  1.0    9.4  218  14.0
        2020-11-02  7.3    15     32      14.0  1.0    9.3  224  14.3
        2021-11-08  7.4    15     33      14.1  1.1    9.4  219  14.4
        2022-11-07  7.6    15     34      13.9  1.1    9.3  215  14.6
        2023-11-06  7.5    16     35      14.0  1.1    9.4  217  14.5
        2024-11-04  7.8    16     35      13.8  1.1    9.3  211  14.9
        2025-11-03  7.9    16     36      13.9  1.1    9.4  213  15.0
        2026-09-07  8.0    16     37      13.8  1.1    9.3  210  15.1
    """)
    return chart


def al_amyloidosis() -> Chart:
    """Systemic AL amyloidosis on daratumumab with bortezomib, cyclophosphamide and dexamethasone; never myeloma."""
    chart = Chart("al-amyloidosis-daratumumab", "Wendeline", "Prakashan", "1960-06-17", "female")
    amyloidosis = chart.condition(
        "Systemic light chain (AL) amyloidosis, lambda, cardiac and renal involvement", "2025-10-13", AL_AMYLOIDOSIS
    )
    chart.condition("Heart failure with preserved ejection fraction due to amyloid", "2025-09-22", HEART_FAILURE[:1])
    chart.statements(
        Course(BORTEZOMIB, "2025-10-27", "2026-04-06", "1.3 mg/m2 s.c. weekly", reason=amyloidosis),
        Course(CYCLOPHOSPHAMIDE, "2025-10-27", "2026-04-06", "300 mg/m2 weekly", reason=amyloidosis),
        Course(DEXAMETHASONE, "2025-10-27", "2026-04-06", "20 mg weekly", reason=amyloidosis),
        Course(ACICLOVIR, "2025-10-27", None, "400 mg twice daily"),
        Course(CO_TRIMOXAZOLE, "2025-10-27", None, "three times a week"),
        Course(FUROSEMIDE, "2025-09-22"),
    )
    chart.administrations(
        Course(DARATUMUMAB, None, dose="1800 mg s.c.", reason=amyloidosis),
        [
            *days("2025-10-27", 7, "2025-12-15"),
            *days("2025-12-29", 14, "2026-04-06"),
            *days("2026-04-20", 28, "2026-10-05"),
        ],
    )
    chart.table("""
        date        kappa  lambda  hb    creat  ca   plt  anc  alb  igg
        2025-10-13  11     402     12.8  1.3    9.1  266  4.1  2.9  610
        2025-11-24  9      118     12.2  1.3    9.0  231  3.2  3.0  -
        2026-01-05  8      41      11.9  1.2    9.0  222  2.9  3.1  410
        2026-02-16  8      24      12.0  1.2    9.1  228  2.8  3.3  -
        2026-04-06  8      19      12.3  1.2    9.1  235  2.7  3.4  350
        2026-06-15  8      17      12.6  1.2    9.2  240  2.9  3.5  -
        2026-08-10  8      16      12.7  1.1    9.2  238  2.8  3.6  340
        2026-10-05  8      16      12.8  1.1    9.2  241  2.9  3.6  330
    """)
    chart.table("""
        date        marrow_pc  lvef
        2025-10-15  8          57
        2026-10-05  -          59
    """)
    chart.finding(IMMUNOFIXATION, "2025-10-13", "Free lambda light chains")
    chart.hepatitis_b("2025-10-13")
    chart.ecog("2026-10-05", 1)
    return chart


def lymphoma() -> Chart:
    """Marginal zone lymphoma on rituximab, cyclophosphamide and dexamethasone; no plasma-cell disorder at all."""
    chart = Chart("no-plasma-cell-disorder", "Benedikt", "Hallorand", "1953-04-09", "male")
    cancer = chart.condition("Splenic marginal zone B-cell lymphoma, stage IV", "2026-04-20")
    chart.condition("Essential hypertension", "2013-07-01", HYPERTENSION)
    chart.statements(
        Course(RITUXIMAB, "2026-05-11", "2026-09-21", "375 mg/m2 every 3 weeks", reason=cancer),
        Course(CYCLOPHOSPHAMIDE, "2026-05-11", "2026-09-25", "100 mg/m2 twice daily d1-5", reason=cancer),
        Course(ALLOPURINOL, "2026-05-11", "2026-06-11", "300 mg daily"),
        Course(AMLODIPINE, "2013-07-01"),
    )
    chart.administrations(
        Course(DEXAMETHASONE, None, dose="20 mg i.v.", reason=cancer), days("2026-05-11", 21, "2026-09-21")
    )
    chart.table("""
        date        hb    creat  ca   plt  anc  ldh  alb  igg
        2026-04-27  10.6  1.0    9.2  118  2.6  310  3.8  760
        2026-05-11  10.4  1.0    9.2  115  2.5  322  3.8  -
        2026-06-01  10.9  1.0    9.2  131  2.1  268  3.9  -
        2026-06-22  11.4  1.0    9.3  149  1.9  231  4.0  -
        2026-07-13  11.8  1.0    9.3  158  2.0  205  4.0  690
        2026-08-03  12.1  1.0    9.3  166  2.0  196  4.1  -
        2026-08-31  12.5  1.0    9.4  171  2.1  188  4.1  -
        2026-10-12  12.9  1.0    9.4  178  2.3  181  4.2  640
    """)
    chart.finding(IMMUNOFIXATION, "2026-04-27", "No monoclonal band")
    chart.hepatitis_b("2026-04-27")
    chart.ecog("2026-10-12", 1)
    return chart
