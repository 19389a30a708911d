"""Active myeloma without an established relapse: one responding, one whose record says too little."""

from ..chart import Chart, Course, codeable, days
from ..codes import (
    ACICLOVIR,
    ALLOPURINOL,
    AMLODIPINE,
    APIXABAN,
    BORTEZOMIB,
    CKD_3,
    CO_TRIMOXAZOLE,
    DARATUMUMAB,
    DARATUMUMAB_SC,
    DEXAMETHASONE,
    DIABETES,
    HYPERTENSION,
    IMMUNOFIXATION,
    LENALIDOMIDE,
    METFORMIN,
    MYELOMA,
    STABLE,
    ZOLEDRONIC_ACID,
)


def responding() -> Chart:
    """D-Rd since September 2025, very good partial response, stable values two weeks ago."""
    chart = Chart("responding-first-line", "Rosalind", "Tetteh-Lund", "1951-12-02", "female")
    myeloma = chart.condition("Multiple myeloma, IgG kappa", "2025-09-01", MYELOMA)
    chart.condition("Essential hypertension", "2012-03-15", HYPERTENSION)
    chart.condition("Osteoporosis", "2020-08-21")
    daratumumab = Course(DARATUMUMAB_SC, "2025-09-15", None, "1800 mg s.c.", reason=myeloma)
    chart.administrations(
        daratumumab,
        [
            *days("2025-09-15", 7, "2025-11-03"),
            *days("2025-11-17", 14, "2026-02-23"),
            *days("2026-03-09", 28, "2026-10-19"),
        ],
    )
    for course in (
        daratumumab,
        Course(LENALIDOMIDE, "2025-09-15", None, "15 mg d1-21 of 28", reason=myeloma),
        Course(DEXAMETHASONE, "2025-09-15", None, "20 mg weekly", reason=myeloma),
    ):
        chart.statement(course, asserted="2026-10-19")
    chart.statements(
        Course(ACICLOVIR, "2025-09-15", None, "400 mg twice daily"),
        Course(CO_TRIMOXAZOLE, "2025-09-15", None, "three times a week"),
        Course(APIXABAN, "2025-09-15", None, "2.5 mg twice daily"),
        Course(ALLOPURINOL, "2025-09-15", "2025-10-15", "300 mg daily"),
        Course(ZOLEDRONIC_ACID, "2025-10-06", None, "4 mg every 12 weeks"),
        Course(AMLODIPINE, "2012-03-15"),
    )
    chart.table("""
        date        m_g_l  kappa  lambda
        2025-09-08  38.0   295    7.1
        2025-10-13  20.0   110    7.7
        2025-11-10  11.0   52     8.2
        2025-12-08  7.0    34     8.8
        2026-01-05  5.0    27     9.0
        2026-02-02  4.0    23     9.1
        2026-03-02  3.4    20     9.3
        2026-03-30  3.1    19     9.4
        2026-04-27  3.0    18     9.2
        2026-05-25  2.9    18     9.5
        2026-06-22  2.8    17     9.3
        2026-07-20  2.8    17     9.4
        2026-08-17  2.7    17     9.6
        2026-09-14  2.7    17     9.4
        2026-10-19  2.7    17     9.5
    """)
    chart.table("""
        date        hb    creat  ca   plt  anc  ldh  alb  igg   b2m
        2025-09-08  10.0  1.1    9.9  218  3.1  182  3.5  4480  4.1
        2025-11-10  11.1  1.0    9.3  176  2.2  -    3.8  -     -
        2026-01-05  11.8  1.0    9.2  181  2.0  -    3.9  910   -
        2026-04-27  12.2  1.0    9.2  179  2.1  165  4.0  -     -
        2026-07-20  12.4  1.0    9.3  177  1.9  -    4.0  640   -
        2026-10-19  12.5  1.0    9.3  180  2.0  168  4.0  620   -
    """)
    chart.table("""
        date        marrow_pc  lvef  weight  height
        2025-09-08  42         61    68      164
    """)
    chart.finding(IMMUNOFIXATION, "2025-09-08", "IgG kappa monoclonal band")
    chart.finding(IMMUNOFIXATION, "2026-07-20", "IgG kappa monoclonal band")
    chart.disease_status("2026-10-19", STABLE, myeloma)
    chart.fish_components(
        "2025-09-10",
        {
            "t(4;14)": "Not detected",
            "t(11;14)": "Not detected",
            "t(14;16)": "Not detected",
            "t(14;20)": "Not detected",
            "del(17p)": "Not detected",
            "gain(1q)": "Not detected",
            "del(1p32)": "Not detected",
        },
    )
    chart.hepatitis_b("2025-09-08")
    chart.ecog("2026-10-19", 1)
    return chart


def failed_searches() -> Chart:
    """Daratumumab and lenalidomide without usable ends, bortezomib without any date, hardly a result; searches fail."""
    chart = Chart("failed-searches-missing-data", "Casimir", "Oyelowo-Finch", "1959-08-14", "male")
    myeloma = chart.condition("Multiple myeloma", "2021-02-15", MYELOMA, recordedDate="2025-01-15")
    chart.condition("Essential hypertension", "2010-04-04", HYPERTENSION)
    chart.condition("Type 2 diabetes mellitus", "2016-09-12", DIABETES)
    chart.condition("Chronic kidney disease stage 3", "2022-09-26", CKD_3)
    chart.allergy("Sulfasalazine", "2003-05-01", "Rash")
    for course in (
        Course(BORTEZOMIB, None, None, status="completed", reason=myeloma),
        Course(DARATUMUMAB, "2022-06-15", None, status="unknown", reason=myeloma),
        Course(LENALIDOMIDE, "2022-06-15", None, status="unknown", reason=myeloma),
        Course(DEXAMETHASONE, "2022-06-15", None, status="unknown", reason=myeloma),
        Course(ACICLOVIR, "2022-06-15", None),
        Course(CO_TRIMOXAZOLE, "2022-06-15", None),
        Course(APIXABAN, "2022-06-15", None),
        Course(ZOLEDRONIC_ACID, "2022-07-04", "2024-07-01"),
        Course(AMLODIPINE, "2010-04-04"),
        Course(METFORMIN, "2016-09-12"),
    ):
        chart.statement(course, asserted="2025-01-15")
    chart.table("""
        date        m_g_l  kappa  lambda  hb    creat  ca   plt
        2022-06-10  31.0   210    7.0     9.9   1.3    9.8  176
        2022-12-12  -      -      -       10.8  1.3    9.4  160
        2023-06-19  -      -      -       11.0  1.3    9.3  158
        2023-12-18  -      -      -       11.3  1.3    9.4  155
        2024-06-10  -      -      -       11.1  1.4    9.3  151
        2025-01-15  -      -      -       11.2  1.4    9.4  148
    """)
    chart.table("""
        date        weight  height
        2021-02-15  88      181
        2022-06-10  84      -
        2022-12-12  85      -
        2023-06-19  86      -
        2023-12-18  86      -
        2024-06-10  85      -
        2025-01-15  85      -
    """)
    chart.observation(codeable("M-spike"), "2025-01-15", {"valueString": "14"})
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "timeout", "diagnostics": "The search took too long."}],
    }
    chart.prefetch_changes["observations"] = outcome
    chart.prefetch_missing = ("medicationAdministrations",)
    return chart
