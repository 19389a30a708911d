"""Two to four lines behind: daratumumab-refractory patients whose other classes differ."""

from ..chart import Chart, Course, codeable, plus
from ..codes import (
    ACICLOVIR,
    ALLOPURINOL,
    AMLODIPINE,
    APIXABAN,
    BORTEZOMIB,
    CARFILZOMIB,
    CILTA_CEL,
    CILTA_CEL_INFUSION,
    CO_TRIMOXAZOLE,
    CYCLOPHOSPHAMIDE,
    DARATUMUMAB,
    DEXAMETHASONE,
    FLUDARABINE,
    GENETIC_REPORT,
    HYPERTENSION,
    IMMUNOFIXATION,
    IMMUNOGLOBULIN,
    LENALIDOMIDE,
    LEVOTHYROXINE,
    MELPHALAN,
    MYELOMA,
    MYELOMA_RELAPSED,
    POMALIDOMIDE,
    PREDNISOLONE,
    PROGRESSION,
    RAMIPRIL,
    TOCILIZUMAB,
    VALACICLOVIR,
    ZOLEDRONIC_ACID,
)


def tcr_four_lines() -> Chart:
    """VRd with transplant and lenalidomide, DVd, KCd, Pd: refractory to one drug at least of each of three classes."""
    chart = Chart("tcr-four-lines", "Alasdair", "Nwankwo-Pell", "1959-02-27", "male")
    myeloma = chart.condition("Multiple myeloma in relapse, IgG lambda", "2019-06-03", MYELOMA_RELAPSED)
    chart.condition("Essential hypertension", "2011-05-05", HYPERTENSION)
    chart.condition("Gout", "2016-08-19")
    chart.statements(
        Course(BORTEZOMIB, "2019-06-17", "2019-10-04", "1.3 mg/m2 s.c. d1, 4, 8, 11 of 21", reason=myeloma),
        Course(LENALIDOMIDE, "2019-06-17", "2019-09-29", "25 mg d1-14 of 21", reason=myeloma),
        Course(DEXAMETHASONE, "2019-06-17", "2019-10-05", "20 mg", reason=myeloma),
        Course(LENALIDOMIDE, "2020-02-17", "2022-11-13", "10 mg, maintenance", stop=PROGRESSION, reason=myeloma),
        Course(DARATUMUMAB, "2022-11-28", "2024-08-19", "1800 mg s.c.", stop=PROGRESSION, reason=myeloma),
        Course(BORTEZOMIB, "2022-11-28", "2023-05-12", "1.3 mg/m2 s.c., 8 cycles", reason=myeloma),
        Course(DEXAMETHASONE, "2022-11-28", "2023-05-13", "20 mg", reason=myeloma),
        Course(CARFILZOMIB, "2024-09-02", "2025-09-01", "56 mg/m2", stop=PROGRESSION, reason=myeloma),
        Course(CYCLOPHOSPHAMIDE, "2024-09-02", "2025-09-01", "300 mg/m2", stop=PROGRESSION, reason=myeloma),
        Course(DEXAMETHASONE, "2024-09-02", "2025-09-08", "40 mg weekly", stop=PROGRESSION, reason=myeloma),
        Course(POMALIDOMIDE, "2025-09-22", "2026-10-04", "4 mg d1-21 of 28", stop=PROGRESSION, reason=myeloma),
        Course(DEXAMETHASONE, "2025-09-22", "2026-10-05", "40 mg weekly", stop=PROGRESSION, reason=myeloma),
        Course(ACICLOVIR, "2019-06-17", None, "400 mg twice daily"),
        Course(CO_TRIMOXAZOLE, "2022-11-28", None, "three times a week"),
        Course(APIXABAN, "2025-09-22", "2026-10-05", "2.5 mg twice daily"),
        Course(ALLOPURINOL, "2016-08-19", None, "300 mg daily for gout"),
        Course(ZOLEDRONIC_ACID, "2019-07-01", "2021-07-05", "4 mg every 4 to 12 weeks"),
        Course(AMLODIPINE, "2011-05-05"),
    )
    chart.transplant("2019-11-19", myeloma, Course(MELPHALAN, None, dose="200 mg/m2", reason=myeloma))
    chart.table("""
        date        m_g_l  kappa  lambda
        2019-06-10  52.0   7.0    640
        2019-07-29  30.0   -      -
        2019-09-16  14.0   -      -
        2019-11-11  7.0    -      -
        2020-01-13  2.5    9.0    21
        2020-03-09  1.5    -      -
        2020-06-01  1.0    9.3    17
        2020-08-24  1.0    -      -
        2020-11-16  1.0    -      -
        2021-02-08  1.0    -      -
        2021-05-03  1.2    -      -
        2021-07-26  1.4    -      -
        2021-10-18  1.5    -      -
        2022-01-10  1.8    -      -
        2022-04-04  2.2    -      -
        2022-06-27  3.0    -      -
        2022-08-22  4.2    -      -
        2022-10-17  9.5    8.2    110
        2022-11-14  13.8   8.0    162
        2023-01-09  6.0    8.4    58
        2023-03-06  3.5    -      -
        2023-05-01  3.0    -      -
        2023-07-24  2.5    -      -
        2023-10-16  2.5    8.5    26
        2024-01-08  2.6    -      -
        2024-04-01  3.2    -      -
        2024-05-27  4.8    -      -
        2024-07-22  9.8    7.9    121
        2024-08-19  13.0   7.7    170
        2024-10-28  8.0    7.9    88
        2024-12-23  5.0    -      -
        2025-02-17  4.6    8.0    47
        2025-04-14  4.8    -      -
        2025-06-16  6.8    -      -
        2025-08-11  12.4   7.5    160
        2025-09-08  16.1   7.3    214
        2025-11-03  11.0   7.4    140
        2025-12-29  8.2    -      -
        2026-02-23  7.6    -      -
        2026-04-20  7.8    -      -
        2026-06-15  8.4    7.3    112
        2026-07-27  10.6   -      -
        2026-09-07  16.5   6.9    240
        2026-10-05  20.3   6.7    311
        2026-10-26  22.0   6.6    340
    """)
    chart.table("""
        date        hb    creat  ca   plt  anc  ldh  alb  igg   b2m
        2019-06-10  9.6   1.1    9.9  189  2.9  214  3.3  5900  4.8
        2020-06-01  13.0  1.0    9.3  165  2.3  -    4.1  520   -
        2021-07-26  13.2  1.0    9.4  168  2.2  181  4.1  -     -
        2022-10-17  12.5  1.0    9.4  160  2.1  -    3.9  1350  -
        2023-07-24  12.6  1.0    9.3  151  2.0  179  4.0  410   -
        2024-07-22  12.1  1.1    9.4  146  2.0  -    3.8  1280  -
        2025-02-17  11.8  1.1    9.3  132  1.9  -    3.8  -     -
        2025-08-11  11.3  1.1    9.5  128  1.8  208  3.6  1590  -
        2026-02-23  11.0  1.1    9.4  120  1.7  -    3.6  -     -
        2026-09-07  10.5  1.2    9.6  114  1.7  226  3.4  2150  -
        2026-10-26  10.2  1.2    9.7  109  1.8  233  3.3  2640  -
    """)
    chart.table("""
        date        marrow_pc  lvef  weight  height
        2019-06-10  55         61    79      176
        2026-10-12  40         56    73      -
    """)
    chart.finding(IMMUNOFIXATION, "2019-06-10", "IgG lambda monoclonal band")
    chart.fish_text(
        "2026-10-12",
        "Plasma cell FISH at relapse: del(17p) detected in 45% of nuclei; t(4;14) not detected; t(14;16) not detected; "
        "t(14;20) not detected; t(11;14) not detected; gain(1q) not detected; del(1p32) not detected.",
    )
    chart.hepatitis_b("2022-11-21")
    chart.ecog("2019-06-10", 1)
    chart.ecog("2026-10-26", 1)
    return chart


def tcr_post_cart() -> Chart:
    """VRd with transplant, DPd, Kd, then cilta-cel, which held for two years."""
    chart = Chart("tcr-post-cart", "Marisol", "Thackeray", "1964-12-09", "female", shape="atc")
    myeloma = chart.condition("Multiple myeloma, IgA kappa", "2020-02-10", MYELOMA)
    chart.condition("Hypothyroidism", "2013-01-18")
    chart.condition("Hypogammaglobulinaemia after cell therapy", "2024-10-07")
    chart.statements(
        Course(BORTEZOMIB, "2020-02-24", "2020-06-12", "1.3 mg/m2 s.c. d1, 4, 8, 11 of 21", reason=myeloma),
        Course(LENALIDOMIDE, "2020-02-24", "2020-06-07", "25 mg d1-14 of 21", reason=myeloma),
        Course(DEXAMETHASONE, "2020-02-24", "2020-06-13", "20 mg", reason=myeloma),
        Course(LENALIDOMIDE, "2020-10-26", "2021-09-05", "10 mg, maintenance", stop=PROGRESSION, reason=myeloma),
        Course(DARATUMUMAB, "2021-09-20", "2023-08-07", "1800 mg s.c.", stop=PROGRESSION, reason=myeloma),
        Course(POMALIDOMIDE, "2021-09-20", "2023-08-13", "4 mg d1-21 of 28", stop=PROGRESSION, reason=myeloma),
        Course(DEXAMETHASONE, "2021-09-20", "2023-08-14", "40 mg weekly", stop=PROGRESSION, reason=myeloma),
        Course(CARFILZOMIB, "2023-08-28", "2024-03-18", "56 mg/m2", stop=PROGRESSION, reason=myeloma),
        Course(DEXAMETHASONE, "2023-08-28", "2024-03-25", "40 mg weekly", stop=PROGRESSION, reason=myeloma),
        Course(BORTEZOMIB, "2024-04-29", "2024-05-24", "1.3 mg/m2 s.c. weekly, bridging", reason=myeloma),
        Course(DEXAMETHASONE, "2024-04-29", "2024-05-25", "40 mg weekly, bridging", reason=myeloma),
        Course(VALACICLOVIR, "2020-02-24", None, "500 mg daily"),
        Course(CO_TRIMOXAZOLE, "2024-06-14", None, "three times a week"),
        Course(IMMUNOGLOBULIN, "2024-10-07", None, "0.4 g/kg every 4 weeks"),
        Course(APIXABAN, "2021-09-20", "2023-08-14", "2.5 mg twice daily"),
        Course(ZOLEDRONIC_ACID, "2020-03-09", "2022-03-07", "4 mg every 4 to 12 weeks"),
        Course(LEVOTHYROXINE, "2013-01-18"),
    )
    chart.transplant("2020-07-28", myeloma, Course(MELPHALAN, None, dose="200 mg/m2", reason=myeloma))
    chart.procedure("Leukapheresis, T-cell collection for CAR-T manufacture", "2024-04-22", reason=myeloma)
    lymphodepletion = ("2024-06-10", "2024-06-11", "2024-06-12")
    for drug, dose in ((FLUDARABINE, "30 mg/m2 i.v."), (CYCLOPHOSPHAMIDE, "300 mg/m2 i.v.")):
        chart.administrations(Course(drug, None, dose=f"{dose}, lymphodepletion"), lymphodepletion)
    infusion = plus(lymphodepletion[-1], 2)
    chart.administrations(
        Course(CILTA_CEL, None, dose="0.7 x 10^6 CAR-positive T cells/kg", reason=myeloma), [infusion]
    )
    chart.procedure("CAR-T cell infusion, ciltacabtagene autoleucel", infusion, [CILTA_CEL_INFUSION], myeloma)
    chart.administrations(Course(TOCILIZUMAB, None, dose="8 mg/kg i.v. for CRS grade 1"), [plus(infusion, 7)])
    chart.table("""
        date        m_g_l  kappa  lambda
        2020-02-17  38.0   450    6.0
        2020-04-06  18.0   -      -
        2020-05-25  8.0    -      -
        2020-07-20  5.0    -      -
        2020-09-14  2.0    -      -
        2020-11-09  1.5    -      -
        2021-01-04  1.5    -      -
        2021-03-01  1.6    -      -
        2021-04-26  2.0    -      -
        2021-06-21  3.8    -      -
        2021-08-09  9.6    142    7.0
        2021-09-06  13.5   201    6.8
        2021-11-01  7.0    90     7.2
        2021-12-27  4.0    -      -
        2022-02-21  3.0    -      -
        2022-05-16  3.0    -      -
        2022-08-08  3.2    -      -
        2022-10-31  3.5    -      -
        2023-01-23  4.0    -      -
        2023-04-17  4.6    -      -
        2023-06-12  5.9    -      -
        2023-07-17  10.8   155    6.7
        2023-08-14  15.0   221    6.5
        2023-10-09  9.5    -      -
        2023-12-04  8.4    -      -
        2024-01-08  8.8    -      -
        2024-02-26  17.0   260    6.3
        2024-03-25  23.5   371    6.1
        2024-04-22  27.5   440    5.9
        2024-05-27  22.0   -      -
        2024-06-10  21.0   -      -
        2024-07-15  4.0    6      2.1
        2024-08-12  1.0    -      -
        2024-10-07  <1     4      3.0
        2024-12-02  <1     -      -
        2025-02-24  <1     -      -
        2025-05-19  <1     -      -
        2025-08-11  <1     -      -
        2025-11-03  <1     -      -
        2026-01-26  <1     -      -
        2026-04-20  <1     11     6.9
        2026-06-08  2.6    39     6.8
        2026-08-03  9.4    140    6.4
        2026-08-31  13.2   196    6.2
        2026-10-19  17.8   255    6.0
    """)
    chart.table("""
        date        hb    creat  ca   plt  anc  ldh  alb  igg  b2m
        2020-02-17  10.2  0.8    9.6  223  3.3  201  3.5  390  3.6
        2021-01-04  12.7  0.8    -    170  -    -    -    510  -
        2021-08-09  12.2  0.8    9.4  166  2.0  190  4.0  -    -
        2022-08-08  12.0  0.8    -    158  -    -    -    430  -
        2023-07-17  11.6  0.9    9.4  149  1.7  205  3.8  -    -
        2024-02-26  11.0  0.9    9.6  121  1.9  231  3.6  -    -
        2024-07-15  9.1   0.8    8.9  58   0.9  242  3.4  210  -
        2024-10-07  10.4  0.8    -    84   1.5  -    -    190  -
        2025-08-11  12.1  0.8    9.3  118  2.1  176  4.1  520  -
        2026-08-03  11.8  0.8    9.4  112  2.0  203  3.9  540  -
        2026-10-19  11.4  0.9    9.5  106  1.9  214  3.8  530  -
    """)
    chart.table("""
        date        marrow_pc  lvef  weight  height
        2020-02-17  48         63    66      168
        2024-04-15  35         60    62      -
        2026-10-19  -          59    63      -
    """)
    chart.finding(IMMUNOFIXATION, "2020-02-17", "IgA kappa monoclonal band")
    chart.fish_components(
        "2024-04-15",
        {
            "t(4;14)": "Detected in 71% of nuclei",
            "gain(1q)": "Detected in 58% of nuclei, 3 copies",
            "t(11;14)": "Not detected",
            "t(14;16)": "Not detected",
            "t(14;20)": "Not detected",
            "del(17p)": "Not detected",
            "del(1p32)": "Not detected",
        },
    )
    chart.hepatitis_b("2024-04-15")
    chart.ecog("2024-04-22", 1)
    chart.ecog("2026-10-19", 1)
    return chart


def t1114() -> Chart:
    """VRd with transplant and lenalidomide, then DVd with daratumumab alone to progression; t(11;14)."""
    chart = Chart("t1114-len-refractory-pi-sensitive", "Philippa", "Okonjo-Byrne", "1960-11-13", "female")
    myeloma = chart.condition("Multiple myeloma, IgG lambda", "2019-09-16", MYELOMA)
    chart.condition("Migraine", "1989-01-01")
    chart.statements(
        Course(BORTEZOMIB, "2019-09-30", "2020-01-17", "1.3 mg/m2 s.c. d1, 4, 8, 11 of 21", reason=myeloma),
        Course(LENALIDOMIDE, "2019-09-30", "2020-01-12", "25 mg d1-14 of 21", reason=myeloma),
        Course(DEXAMETHASONE, "2019-09-30", "2020-01-18", "20 mg", reason=myeloma),
        Course(LENALIDOMIDE, "2020-06-08", "2023-05-21", "10 mg d1-21 of 28, maintenance", reason=myeloma),
        Course(DARATUMUMAB, "2023-06-05", "2026-09-14", "1800 mg s.c.", reason=myeloma),
        Course(BORTEZOMIB, "2023-06-05", "2023-11-17", "1.3 mg/m2 s.c., 8 cycles", reason=myeloma),
        Course(DEXAMETHASONE, "2023-06-05", "2023-11-18", "20 mg", reason=myeloma),
        Course(ACICLOVIR, "2019-09-30", None, "400 mg twice daily"),
        Course(CO_TRIMOXAZOLE, "2023-06-05", None, "three times a week"),
        Course(ZOLEDRONIC_ACID, "2019-10-14", "2021-10-11", "4 mg every 4 to 12 weeks"),
    )
    chart.orders(
        Course(LENALIDOMIDE, "2020-06-08", "2023-05-21", "10 mg d1-21 of 28, maintenance", reason=myeloma), 168
    )
    chart.orders(Course(DARATUMUMAB, "2023-06-05", "2026-09-14", "1800 mg s.c.", reason=myeloma), 168)
    chart.transplant("2020-03-10", myeloma, Course(MELPHALAN, None, dose="200 mg/m2", reason=myeloma))
    chart.table("""
        date        m_g_l  kappa  lambda
        2019-09-23  35.0   8.0    390
        2019-11-11  16.0   -      -
        2020-01-06  7.0    8.9    44
        2020-03-02  5.0    -      -
        2020-05-11  2.0    9.0    19
        2020-08-03  1.2    -      -
        2020-10-26  1.0    9.4    15
        2021-01-18  1.0    -      -
        2021-04-12  1.0    9.2    15
        2021-07-05  1.0    -      -
        2021-09-27  1.1    9.3    16
        2021-12-20  1.2    -      -
        2022-03-14  1.3    9.0    17
        2022-06-06  1.5    -      -
        2022-08-29  1.8    8.9    22
        2022-11-21  2.4    -      -
        2023-02-13  3.9    8.6    48
        2023-04-24  9.0    8.2    112
        2023-05-22  12.4   8.0    150
        2023-07-17  5.5    8.3    51
        2023-09-11  2.6    -      -
        2023-11-06  1.6    8.7    21
        2024-01-29  1.2    -      -
        2024-04-22  1.0    9.0    16
        2024-07-15  1.0    -      -
        2024-10-07  1.0    9.1    16
        2024-12-30  1.1    -      -
        2025-03-24  1.2    9.0    17
        2025-06-16  1.3    -      -
        2025-09-08  1.5    8.9    19
        2025-12-01  1.8    -      -
        2026-02-23  2.3    8.7    28
        2026-05-18  3.0    -      -
        2026-07-13  4.4    8.4    59
        2026-08-24  8.9    8.1    118
        2026-09-21  12.1   7.9    157
        2026-10-19  14.7   7.8    188
    """)
    chart.table("""
        date        hb    creat  ca   plt  anc  ldh  alb  igg   b2m
        2019-09-23  10.8  0.8    9.4  229  3.5  172  3.7  4020  2.9
        2020-05-11  12.0  0.8    9.2  162  2.2  -    4.0  480   -
        2021-04-12  12.9  0.8    9.3  178  2.4  165  4.2  -     -
        2022-06-06  12.8  0.8    9.3  175  2.2  -    4.1  650   -
        2023-04-24  12.3  0.8    9.4  170  2.1  181  4.0  1300  -
        2024-04-22  12.7  0.8    9.3  172  2.2  -    4.1  390   -
        2025-06-16  12.8  0.8    9.3  169  2.1  170  4.1  -     -
        2026-08-24  12.2  0.8    9.4  163  2.1  186  3.9  1210  -
        2026-10-19  11.9  0.9    9.5  160  2.0  191  3.8  1790  -
    """)
    chart.table("""
        date        marrow_pc  lvef  weight  height
        2019-09-23  40         64    70      170
        2026-10-12  30         62    69      -
    """)
    variants = chart.fish_variants(
        "2026-10-12",
        {
            ("CCND1/IGH", "t(11;14)"): "Present",
            ("FGFR3/IGH", "t(4;14)"): "Absent",
            ("IGH/MAF", "t(14;16)"): "Absent",
            ("TP53", "del(17p)"): "Absent",
            ("CKS1B", "gain(1q)"): "Absent",
        },
    )
    chart.report(
        codeable(GENETIC_REPORT.display, GENETIC_REPORT),
        "2026-10-12",
        "Plasma cell FISH: t(11;14) detected in 78% of nuclei; t(4;14), t(14;16), del(17p) and gain(1q) not detected.",
        variants,
    )
    chart.hepatitis_b("2023-05-30")
    chart.ecog("2026-10-19", 0)
    return chart


def penta_refractory() -> Chart:
    """Refractory to bortezomib, carfilzomib, lenalidomide, pomalidomide and daratumumab; no way to CAR-T cells."""
    chart = Chart("penta-refractory-no-cart-access", "Evander", "Sigurdson", "1957-05-04", "male", shape="text")
    myeloma = chart.condition("Multiple myeloma IgA lambda", "2019-03-04", MYELOMA)
    chart.condition("Essential hypertension", "2010-10-10", HYPERTENSION)
    chart.condition("Benign prostatic hyperplasia", "2018-05-21")
    chart.statements(
        Course(BORTEZOMIB, "2019-03-18", "2019-07-05", "d1, 4, 8, 11 of 21", reason=myeloma),
        Course(LENALIDOMIDE, "2019-03-18", "2019-06-30", "d1-14 of 21", reason=myeloma),
        Course(DEXAMETHASONE, "2019-03-18", "2019-07-06", "20 mg", reason=myeloma),
        Course(LENALIDOMIDE, "2019-11-18", "2023-02-05", "maintenance", stop="Disease progression", reason=myeloma),
        Course(DARATUMUMAB, "2023-02-20", "2023-08-14", "", stop="Disease progression", reason=myeloma),
        Course(BORTEZOMIB, "2023-02-20", "2023-08-04", "", stop="Disease progression", reason=myeloma),
        Course(DEXAMETHASONE, "2023-02-20", "2023-08-15", "20 mg", stop="Disease progression", reason=myeloma),
        Course(CARFILZOMIB, "2023-09-04", "2025-01-13", "", stop="Disease progression", reason=myeloma),
        Course(POMALIDOMIDE, "2023-09-04", "2025-01-19", "d1-21 of 28", stop="Disease progression", reason=myeloma),
        Course(DEXAMETHASONE, "2023-09-04", "2025-01-20", "20 mg", stop="Disease progression", reason=myeloma),
        Course(CYCLOPHOSPHAMIDE, "2025-02-03", "2026-09-27", "daily", stop="Disease progression", reason=myeloma),
        Course(PREDNISOLONE, "2025-02-03", "2026-09-27", "alternate days", stop="Disease progression", reason=myeloma),
        Course(ACICLOVIR, "2019-03-18", None, "twice daily, antiviral prophylaxis on bortezomib"),
        Course(CO_TRIMOXAZOLE, "2023-02-20", None, "three times a week"),
        Course(APIXABAN, "2023-09-04", "2025-01-20"),
        Course(ZOLEDRONIC_ACID, "2019-04-01", "2021-04-05", "every 4 to 12 weeks"),
        Course(RAMIPRIL, "2010-10-10"),
    )
    chart.transplant("2019-08-20", myeloma, Course(MELPHALAN, None, reason=myeloma))
    chart.table("""
        date        m_g_l  kappa  lambda
        2019-03-11  44.0   5.8    610
        2019-05-06  20.0   -      -
        2019-07-01  9.0    -      -
        2019-08-12  6.0    -      -
        2019-10-14  3.0    8.0    24
        2020-01-06  2.0    -      -
        2020-03-30  1.8    -      -
        2020-06-22  1.8    -      -
        2020-09-14  1.8    8.4    20
        2020-12-07  1.8    -      -
        2021-03-01  1.9    -      -
        2021-05-24  2.0    -      -
        2021-08-16  2.2    8.1    24
        2021-11-08  2.4    -      -
        2022-01-31  2.7    -      -
        2022-04-25  3.0    -      -
        2022-07-18  3.6    -      -
        2022-10-10  4.4    -      -
        2023-01-09  10.2   7.1    140
        2023-02-06  14.0   6.9    195
        2023-04-03  9.0    7.0    118
        2023-05-08  8.2    -      -
        2023-06-12  8.8    6.9    121
        2023-07-24  17.5   6.4    270
        2023-08-21  22.0   6.2    348
        2023-10-16  12.0   6.5    170
        2023-12-11  8.0    -      -
        2024-02-05  7.0    -      -
        2024-04-29  7.0    -      -
        2024-07-22  7.6    -      -
        2024-09-16  8.6    -      -
        2024-10-28  10.2   6.6    151
        2024-12-23  16.8   6.2    268
        2025-01-20  22.4   6.0    362
        2025-03-17  18.0   6.1    281
        2025-05-12  15.5   -      -
        2025-07-07  14.8   6.2    226
        2025-09-01  14.6   -      -
        2025-10-27  15.0   -      -
        2025-12-22  15.4   -      -
        2026-02-16  16.2   6.1    252
        2026-04-13  17.0   -      -
        2026-06-08  17.6   6.0    279
        2026-07-20  18.4   -      -
        2026-08-31  25.0   5.7    431
        2026-09-28  29.5   5.5    522
        2026-10-26  32.0   5.4    570
    """)
    chart.table("""
        date        hb_g_l  creat_umol  ca_mmol  plt  anc  ldh  alb_g_l  igg_g_l  b2m
        2019-03-11  98      97          2.48     205  3.0  211  33       3.9      5.1
        2020-06-22  131     90          2.33     171  2.4  -    41       5.8      -
        2021-11-08  132     91          2.34     169  2.2  183  41       -        -
        2023-01-09  121     94          2.37     160  2.1  -    38       5.1      -
        2023-07-24  112     96          2.41     138  1.9  219  36       -        -
        2024-04-29  116     97          2.36     131  1.7  -    37       4.0      -
        2024-12-23  108     99          2.40     122  1.8  228  35       -        -
        2025-09-01  106     99          2.38     125  2.0  -    35       3.6      -
        2026-08-31  103     101         2.42     112  1.9  236  33       3.3      -
        2026-10-26  101     103         2.45     108  1.9  241  32       3.1      -
    """)
    chart.table("""
        date        marrow_pc  lvef  weight  height
        2019-03-11  60         63    77      175
        2026-10-26  50         57    70      -
    """)
    chart.fish_components(
        "2025-01-27",
        {
            "t(4;14)": "negative",
            "t(11;14)": "negative",
            "t(14;16)": "positive in 52% of nuclei",
            "del(17p)": "negative",
            "gain(1q)": "negative",
            "del(1p32)": "negative",
        },
    )
    chart.hepatitis_b("2023-02-13", core_positive=True)
    chart.ecog("2026-10-26", 1)
    no_access = "No access to CAR-T cell therapy: no treating centre within reach, referral declined by the payer"
    chart.observation(
        codeable("Access to CAR-T cell therapy"),
        "2026-10-12",
        {"valueCodeableConcept": codeable("No access"), "note": [{"text": no_access}]},
        "social-history",
    )
    chart.add(
        "Flag",
        {
            "status": "active",
            "code": codeable(no_access),
            "subject": chart.subject,
            "period": {"start": "2026-10-12"},
        },
    )
    return chart
