"""First relapse: four patients whose first line has failed, three of them on an anti-CD38 antibody."""

from ..chart import Chart, Course, codeable, days
from ..codes import (
    ACICLOVIR,
    ALLOPURINOL,
    AMLODIPINE,
    APIXABAN,
    ATRIAL_FIBRILLATION,
    BISOPROLOL,
    BORTEZOMIB,
    CO_TRIMOXAZOLE,
    DARATUMUMAB,
    DARATUMUMAB_SC,
    DEXAMETHASONE,
    DIABETES,
    FILGRASTIM,
    FUROSEMIDE,
    HEART_FAILURE,
    HYPERTENSION,
    IMMUNOFIXATION,
    LENALIDOMIDE,
    LEVOTHYROXINE,
    MELPHALAN,
    METFORMIN,
    MGUS,
    MYELOMA,
    MYELOMA_RELAPSED,
    PLERIXAFOR,
    PROGRESSION,
    RAMIPRIL,
    WORSENED,
    ZOLEDRONIC_ACID,
)


def dvrd_asct_dr() -> Chart:
    """D-VRd, transplant, D-R maintenance; biochemical progression on D-R that only the laboratory shows."""
    chart = Chart("dvrd-asct-dr-relapse", "Torvald", "Quennell", "1964-07-11", "male")
    myeloma = chart.condition("Multiple myeloma, IgG kappa, ISS II", "2023-03-02", MYELOMA)
    chart.condition("Essential hypertension", "2015-05-20", HYPERTENSION)
    chart.condition("Osteoarthritis of the knee", "2019-10-03")
    chart.statements(
        Course(BORTEZOMIB, "2023-03-20", "2023-08-28", "1.3 mg/m2 s.c. weekly", reason=myeloma),
        Course(DARATUMUMAB, "2023-03-20", "2023-08-28", "1800 mg s.c. weekly, then every 2 weeks", reason=myeloma),
        Course(LENALIDOMIDE, "2023-03-20", "2023-08-27", "25 mg d1-21 of 28", reason=myeloma),
        Course(DEXAMETHASONE, "2023-03-20", "2023-08-29", "40 mg weekly", reason=myeloma),
        Course(DARATUMUMAB, "2024-01-08", "2026-09-14", "1800 mg s.c. every 4 weeks, maintenance", reason=myeloma),
        Course(LENALIDOMIDE, "2024-01-08", "2026-09-20", "10 mg d1-21 of 28, maintenance", reason=myeloma),
        Course(ACICLOVIR, "2023-03-20", None, "400 mg twice daily"),
        Course(CO_TRIMOXAZOLE, "2023-03-20", None, "three times a week"),
        Course(APIXABAN, "2023-03-20", "2026-09-20", "2.5 mg twice daily"),
        Course(ALLOPURINOL, "2023-03-20", "2023-04-20", "300 mg daily"),
        Course(ZOLEDRONIC_ACID, "2023-04-03", "2025-04-07", "4 mg every 4 to 12 weeks"),
        Course(AMLODIPINE, "2015-05-20"),
    )
    chart.transplant("2023-10-17", myeloma, Course(MELPHALAN, None, dose="200 mg/m2", reason=myeloma))
    chart.table("""
        date        m_g_l  kappa  lambda
        2023-03-06  46.0   412    9.1
        2023-04-17  24.0   120    8.8
        2023-05-29  11.0   41     9.5
        2023-07-10  6.0    24     9.9
        2023-08-21  4.0    18     10.2
        2023-10-02  3.5    17     9.8
        2023-11-27  2.0    14     8.0
        2024-01-08  1.5    13     9.0
        2024-03-04  1.2    -      -
        2024-04-29  1.0    12     9.4
        2024-06-24  1.0    -      -
        2024-08-19  1.0    12     9.1
        2024-10-14  1.1    -      -
        2024-12-09  1.0    13     9.5
        2025-02-03  1.1    -      -
        2025-03-31  1.2    13     9.0
        2025-05-26  1.2    -      -
        2025-07-21  1.3    15     9.3
        2025-09-15  1.4    -      -
        2025-11-10  1.4    17     9.6
        2026-01-05  1.6    -      -
        2026-03-02  1.8    22     9.2
        2026-04-27  2.0    27     9.0
        2026-06-22  2.5    38     9.4
        2026-07-27  3.8    55     9.1
        2026-08-24  8.6    96     8.8
        2026-09-21  11.9   131    9.0
        2026-10-19  14.6   158    8.9
    """)
    chart.table("""
        date        hb    creat  ca   plt  anc  ldh  alb  igg   b2m
        2023-03-06  10.4  1.0    9.7  212  3.4  188  3.6  5120  3.9
        2023-07-10  12.1  0.9    9.3  168  2.6  -    4.0  -     -
        2023-11-27  11.4  0.9    9.2  141  2.1  201  3.9  480   -
        2024-04-29  13.2  0.9    9.4  183  2.4  -    4.2  -     -
        2024-12-09  13.5  0.9    9.5  176  2.2  -    4.1  520   -
        2025-07-21  13.4  0.9    9.3  181  2.3  172  4.2  -     -
        2026-03-02  13.3  1.0    9.4  174  2.1  -    4.1  560   -
        2026-08-24  13.0  0.9    9.4  169  2.2  181  4.0  1240  -
        2026-10-19  12.8  0.9    9.5  172  2.3  190  4.0  1810  -
    """)
    chart.table("""
        date        marrow_pc  lvef  weight  height
        2023-03-06  38         62    82      179
        2026-10-19  -          60    80      -
    """)
    chart.finding(IMMUNOFIXATION, "2023-03-06", "IgG kappa monoclonal band")
    chart.fish_text(
        "2023-03-09",
        "FISH on CD138-selected plasma cells: t(4;14) not detected; t(11;14) not detected; t(14;16) not detected; "
        "t(14;20) not detected; del(17p) not detected; gain(1q) not detected; del(1p32) not detected.",
    )
    chart.hepatitis_b("2023-03-06")
    chart.ecog("2023-03-06", 1)
    chart.ecog("2026-10-19", 0)
    return chart


def drd_pi_naive() -> Chart:
    """D-Rd from diagnosis at 75 years, now failing; never a proteasome inhibitor."""
    chart = Chart("drd-pi-naive-relapse", "Ottilie", "Marchbanks", "1948-05-19", "female", shape="referenced")
    myeloma = chart.condition("Multiple myeloma IgA lambda", "2023-11-06", MYELOMA)
    chart.condition("Essential hypertension", "2006-02-11", HYPERTENSION)
    chart.condition("Hypothyroidism", "2011-09-01")
    daratumumab = Course(
        DARATUMUMAB_SC, "2023-11-20", "2026-09-28", "1800 mg s.c.", stop=PROGRESSION, status="stopped", reason=myeloma
    )
    chart.administrations(
        daratumumab,
        [
            *days("2023-11-20", 7, "2024-01-08"),
            *days("2024-01-22", 14, "2024-04-29"),
            *days("2024-05-13", 28, "2026-09-28"),
        ],
    )
    chart.statement(daratumumab)
    lenalidomide = Course(
        LENALIDOMIDE, "2023-11-20", "2026-09-27", "15 mg d1-21 of 28", stop=PROGRESSION, reason=myeloma
    )
    chart.orders(lenalidomide)
    chart.dispenses(lenalidomide, days("2026-01-05", 28, "2026-08-31"))
    chart.statements(
        Course(DEXAMETHASONE, "2023-11-20", "2026-09-28", "20 mg weekly", stop=PROGRESSION, reason=myeloma),
        Course(ACICLOVIR, "2023-11-20", None, "400 mg twice daily"),
        Course(APIXABAN, "2023-11-20", "2026-09-28", "2.5 mg twice daily"),
        Course(ZOLEDRONIC_ACID, "2023-12-04", "2025-12-01", "4 mg every 12 weeks"),
        Course(LEVOTHYROXINE, "2011-09-01"),
        Course(AMLODIPINE, "2006-02-11"),
    )
    chart.table("""
        date        m_g_dl  kappa  lambda
        2023-11-13  3.2     6.1    288
        2024-01-08  1.4     6.8    96
        2024-03-04  0.7     -      -
        2024-04-29  0.5     8.0    34
        2024-06-24  0.4     -      -
        2024-08-19  0.4     -      -
        2024-10-14  0.3     8.4    24
        2024-12-09  0.3     -      -
        2025-02-03  0.3     8.1    23
        2025-03-31  0.3     -      -
        2025-05-26  0.3     -      -
        2025-07-21  0.3     8.3    25
        2025-09-15  0.3     -      -
        2025-11-10  0.3     -      -
        2026-01-05  0.3     8.0    29
        2026-03-02  0.4     -      -
        2026-04-27  0.4     7.8    41
        2026-06-15  0.5     7.6    58
        2026-07-27  0.6     7.5    79
        2026-08-31  1.1     7.2    118
        2026-09-28  1.5     7.0    151
        2026-10-26  1.9     6.8    186
    """)
    chart.table("""
        date        hb    creat  ca   plt  anc  ldh  alb  igg  b2m
        2023-11-13  10.1  0.9    9.5  231  3.0  176  3.5  410  4.4
        2024-04-29  11.8  0.9    9.2  198  2.2  -    3.8  -    -
        2025-02-03  12.0  0.9    9.3  190  2.0  169  3.9  350  -
        2026-01-05  11.9  1.0    9.2  186  2.1  -    3.8  -    -
        2026-08-31  11.5  1.0    9.4  179  2.2  184  3.7  330  -
        2026-10-26  11.2  1.0    9.5  175  2.1  192  3.7  320  -
    """)
    chart.table("""
        date        lvef  weight  height
        2026-10-12  58    64      161
    """)
    chart.finding(IMMUNOFIXATION, "2023-11-13", "IgA lambda monoclonal band")
    chart.fish_text(
        "2023-11-15",
        "Plasma cell FISH: no evidence of t(4;14), t(14;16), t(14;20) or t(11;14). del(17p) not detected. "
        "1q21: normal copy number. del(1p32) not detected.",
    )
    chart.hepatitis_b("2023-11-13")
    chart.ecog("2023-11-13", 1)
    chart.ecog("2026-10-26", 1)
    chart.allergy("Penicillin", "1974-03-01", "Urticaria")
    return chart


def dara_len_refractory() -> Chart:
    """D-VRd then D-R without transplant; a dated statement of progression; heart failure with LVEF 38 %."""
    chart = Chart("dara-len-refractory-first-relapse", "Anselm", "Brockhurst", "1955-01-30", "male", shape="contained")
    myeloma = chart.condition("Multiple myeloma, IgG kappa", "2023-06-12", MYELOMA)
    chart.condition("Chronic heart failure with reduced ejection fraction, NYHA class II", "2021-04-08", HEART_FAILURE)
    chart.condition("Essential hypertension", "2008-11-17", HYPERTENSION)
    chart.condition("Atrial fibrillation", "2022-02-14", ATRIAL_FIBRILLATION)
    chart.statements(
        Course(
            BORTEZOMIB,
            "2023-06-26",
            "2023-12-04",
            "1.3 mg/m2 s.c., 8 cycles as planned",
            stop="Planned number of cycles completed",
            status="completed",
            reason=myeloma,
        ),
        Course(DARATUMUMAB, "2023-06-26", "2026-09-28", "1800 mg s.c., every 4 weeks since cycle 9", reason=myeloma),
        Course(LENALIDOMIDE, "2023-06-26", "2026-10-04", "15 mg d1-21 of 28", reason=myeloma),
        Course(DEXAMETHASONE, "2023-06-26", "2024-06-24", "20 mg weekly", reason=myeloma),
        Course(ACICLOVIR, "2023-06-26", None, "400 mg twice daily"),
        Course(CO_TRIMOXAZOLE, "2023-06-26", None, "three times a week"),
        Course(APIXABAN, "2022-02-14", None, "5 mg twice daily for atrial fibrillation"),
        Course(ALLOPURINOL, "2023-06-26", "2023-07-31", "300 mg daily"),
        Course(ZOLEDRONIC_ACID, "2023-07-10", "2025-07-07", "4 mg every 12 weeks"),
        Course(RAMIPRIL, "2021-04-08"),
        Course(BISOPROLOL, "2021-04-08"),
        Course(FUROSEMIDE, "2021-04-08"),
    )
    chart.table("""
        date        m_g_l  kappa  lambda
        2023-06-19  41.0   520    6.2
        2023-07-31  22.0   180    6.8
        2023-09-11  9.0    66     7.4
        2023-10-23  5.0    31     7.9
        2023-12-04  3.6    24     8.1
        2024-01-29  3.0    -      -
        2024-03-25  2.8    20     8.4
        2024-05-20  2.6    -      -
        2024-07-15  2.6    19     8.2
        2024-09-09  2.5    -      -
        2024-11-04  2.5    19     8.3
        2024-12-30  2.6    -      -
        2025-02-24  2.5    19     8.0
        2025-04-21  2.6    -      -
        2025-06-16  2.7    20     8.1
        2025-08-11  2.6    -      -
        2025-10-06  2.8    22     8.0
        2025-12-01  2.9    -      -
        2026-01-26  3.1    27     7.8
        2026-03-23  3.3    33     7.7
        2026-05-18  3.8    45     7.5
        2026-07-13  4.9    71     7.3
        2026-09-07  10.4   164    7.0
        2026-10-05  13.9   219    6.9
        2026-10-26  15.2   241    6.8
    """)
    chart.table("""
        date        hb    creat  ca   plt  anc  ldh  alb  igg   b2m
        2023-06-19  9.8   1.2    9.8  201  3.2  209  3.4  4610  5.0
        2023-10-23  11.6  1.1    9.3  164  2.4  -    3.7  -     -
        2024-03-25  12.4  1.1    9.2  158  2.3  188  3.9  510   -
        2024-11-04  12.6  1.2    9.3  161  2.1  -    3.9  -     -
        2025-06-16  12.5  1.2    9.2  155  2.0  179  3.8  540   -
        2026-01-26  12.3  1.2    9.3  149  2.2  -    3.8  -     -
        2026-09-07  11.7  1.2    9.5  146  2.1  198  3.6  1390  -
        2026-10-26  11.4  1.2    9.6  144  2.2  205  3.6  1880  -
    """)
    chart.table("""
        date        marrow_pc  lvef  weight  height
        2023-06-19  45         45    84      174
        2024-11-11  -          42    83      -
        2026-09-22  -          38    82      -
    """)
    chart.disease_status("2026-10-06", WORSENED, myeloma)
    fish = chart.fish_text("2023-06-21", "See report")
    chart.report(
        codeable("Cytogenetics report: plasma cell FISH"),
        "2023-06-21",
        "FISH: t(11;14) not detected; t(4;14) not detected; t(14;16) not detected; del(17p) not detected; "
        "gain(1q) detected in 31% of nuclei (3 copies); del(1p32) not detected.",
        [fish],
    )
    chart.hepatitis_b("2023-06-19")
    chart.ecog("2023-06-19", 1)
    chart.ecog("2026-10-26", 1)
    return chart


def cd38_naive() -> Chart:
    """VRd, transplant, lenalidomide maintenance, progression on it; never an anti-CD38 antibody."""
    chart = Chart("cd38-naive-relapse", "Leontyne", "Abercrombie-Ruiz", "1966-03-23", "female")
    myeloma = chart.condition("Multiple myeloma in relapse, IgG kappa", "2022-04-11", MYELOMA_RELAPSED)
    inactive = codeable("Inactive")
    inactive["coding"] = [
        {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "inactive"},
    ]
    chart.condition("MGUS, later myeloma", "2015-06-30", MGUS, clinicalStatus=inactive, abatementDateTime="2022-04-11")
    chart.condition("Type 2 diabetes mellitus", "2017-01-09", DIABETES)
    chart.statements(
        Course(BORTEZOMIB, "2022-04-25", "2022-08-12", "1.3 mg/m2 s.c. d1, 4, 8, 11 of 21", reason=myeloma),
        Course(LENALIDOMIDE, "2022-04-25", "2022-08-08", "25 mg d1-14 of 21", reason=myeloma),
        Course(DEXAMETHASONE, "2022-04-25", "2022-08-13", "20 mg day of and after bortezomib", reason=myeloma),
        Course(FILGRASTIM, "2022-08-29", "2022-09-04", "10 micrograms/kg daily for mobilisation"),
        Course(PLERIXAFOR, "2022-09-02", "2022-09-03", "0.24 mg/kg for mobilisation"),
        Course(ACICLOVIR, "2022-04-25", "2023-10-02", "400 mg twice daily"),
        Course(ZOLEDRONIC_ACID, "2022-05-09", "2024-05-06", "4 mg every 4 to 12 weeks"),
        Course(METFORMIN, "2017-01-09"),
    )
    chart.orders(
        Course(
            LENALIDOMIDE,
            "2022-12-26",
            "2026-09-13",
            "10 mg d1-21 of 28, maintenance",
            stop="Progressive disease",
            reason=myeloma,
        )
    )
    chart.procedure("Peripheral blood stem cell collection by apheresis", "2022-09-03", reason=myeloma)
    chart.transplant("2022-09-27", myeloma, Course(MELPHALAN, None, dose="200 mg/m2", reason=myeloma))
    chart.table("""
        date        m_g_dl  kappa  lambda
        2022-04-18  3.9     340    8.8
        2022-06-06  1.9     118    9.0
        2022-08-01  0.9     40     9.3
        2022-09-12  0.7     31     9.0
        2022-11-28  0.3     16     8.6
        2023-01-23  0.2     -      -
        2023-03-20  0.1     14     9.1
        2023-05-15  0.1     -      -
        2023-07-10  0.1     13     9.4
        2023-09-04  0.1     -      -
        2023-10-30  0.1     13     9.2
        2023-12-25  0.1     -      -
        2024-02-19  0.1     13     9.0
        2024-04-15  0.1     -      -
        2024-06-10  0.1     14     9.3
        2024-08-05  0.1     -      -
        2024-09-30  0.1     14     9.2
        2024-11-25  0.1     -      -
        2025-01-20  0.1     15     9.0
        2025-03-17  0.1     -      -
        2025-05-12  0.2     16     9.1
        2025-07-07  0.2     -      -
        2025-09-01  0.2     18     9.0
        2025-10-27  0.2     -      -
        2025-12-22  0.2     21     8.9
        2026-02-16  0.2     -      -
        2026-04-13  0.3     27     8.8
        2026-06-08  0.4     41     8.7
        2026-08-17  1.0     88     8.5
        2026-09-14  1.4     121    8.4
        2026-10-12  1.7     149    8.3
    """)
    chart.table("""
        date        hb    creat  ca   plt  anc  ldh  alb  igg   b2m
        2022-04-18  10.9  0.8    9.4  240  3.6  170  3.8  4300  3.1
        2022-08-01  11.9  0.8    9.2  190  2.7  -    4.0  -     -
        2022-11-28  11.7  0.8    9.1  152  2.0  -    4.0  610   -
        2023-07-10  13.0  0.8    9.3  185  2.2  161  4.2  -     -
        2024-06-10  13.1  0.8    9.4  179  2.1  -    4.2  720   -
        2025-05-12  13.0  0.8    9.3  182  2.2  -    4.1  -     -
        2026-04-13  12.9  0.8    9.3  177  2.1  166  4.1  930   -
        2026-10-12  12.6  0.9    9.5  171  2.2  174  4.0  2120  -
    """)
    chart.table("""
        date        weight  height
        2026-10-12  71      166
    """)
    chart.fish_components(
        "2022-04-20",
        {
            "t(4;14)": "Not detected",
            "t(11;14)": "Not detected",
            "t(14;16)": "Not detected",
            "del(17p)": "Not detected",
            "gain(1q)": "Not detected",
        },
    )
    chart.hepatitis_b("2022-04-18")
    chart.ecog("2026-10-12", 0)
    return chart
