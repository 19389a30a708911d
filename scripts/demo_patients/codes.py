"""Codes and units that the synthetic charts use, each once."""

from dataclasses import dataclass

SNOMED = "http://snomed.info/sct"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
UCUM = "http://unitsofmeasure.org"


@dataclass(frozen=True)
class Code:
    """One coding."""

    system: str
    code: str
    display: str


@dataclass(frozen=True)
class Drug:
    """A drug with the codes that a chart may carry for it; `text` is what a text-only chart says."""

    name: str
    rxnorm: Code | None = None
    atc: Code | None = None
    text: str = ""


@dataclass(frozen=True)
class Analyte:
    """A laboratory analyte or score: its LOINC code, its UCUM unit and, if it has one, its reference range."""

    code: Code
    unit: str
    low: float | None = None
    high: float | None = None
    category: str = "laboratory"


def _drug(name: str, rxnorm: str = "", atc: str = "", text: str = "", display: str = "") -> Drug:
    return Drug(
        name=name,
        rxnorm=Code(RXNORM, rxnorm, display or name) if rxnorm else None,
        atc=Code(ATC, atc, name) if atc else None,
        text=text or name,
    )


BORTEZOMIB = _drug("bortezomib", "358258", "L01XG01", "Velcade (bortezomib) 1.3 mg/m2 s.c.")
CARFILZOMIB = _drug("carfilzomib", "1302966", "L01XG02", "Kyprolis (carfilzomib) 56 mg/m2 i.v.")
LENALIDOMIDE = _drug("lenalidomide", "342369", "L04AX04", "lenalidomide capsules 10 mg")
POMALIDOMIDE = _drug("pomalidomide", "1369713", "L04AX06", "pomalidomide 4 mg caps")
DARATUMUMAB = _drug(
    "daratumumab", "1721947", "L01FC01", "DARATUMUMAB 1,800 MG-HYALURONIDASE 30,000 UNIT/15 ML SUBCUT SOLN"
)
DARATUMUMAB_SC = _drug("daratumumab / hyaluronidase", "2372199")
MELPHALAN = _drug("melphalan", "6718", "L01AA03", "melphalan 200 mg/m2 i.v. conditioning")
CYCLOPHOSPHAMIDE = _drug("cyclophosphamide", "3002", "L01AA01", "cyclophosphamide 50 mg tablets")
FLUDARABINE = _drug("fludarabine", "24698", "L01BB05")
CILTA_CEL = _drug("ciltacabtagene autoleucel", "2594775", "L01XL05")
DEXAMETHASONE = _drug("dexamethasone", "3264", "H02AB02", "dexamethasone tablets", "Dexamethasone")
PREDNISOLONE = _drug("prednisolone", "8638", "H02AB06", "prednisolone 30 mg tablets")
PREDNISONE = _drug("prednisone", "8640", "H02AB07", display="Prednisone")
RITUXIMAB = _drug("rituximab", "121191", "L01FA01")

ACICLOVIR = _drug("aciclovir", "281", "J05AB01", "aciclovir 400 mg tablets", "Acyclovir")
VALACICLOVIR = _drug("valacyclovir", "73645")
ZOLEDRONIC_ACID = _drug(
    "zoledronic acid", "1865665", "M05BA08", "zoledronic acid 4 mg i.v.", "zoledronic acid 4 MG Injection"
)
DENOSUMAB_60 = _drug("denosumab", "993452", "M05BX04", display="1 ML denosumab 60 MG/ML Prefilled Syringe")
APIXABAN = _drug("apixaban", "1364430", "B01AF02", "apixaban 2.5 mg bd")
ALLOPURINOL = _drug("allopurinol", "519", "M04AA01", "allopurinol 300 mg", "Allopurinol")
FILGRASTIM = _drug("filgrastim", "68442", "L03AA02")
PLERIXAFOR = _drug("plerixafor", "733003", "L03AX16")
TOCILIZUMAB = _drug("tocilizumab", "612865", "L04AC07")
IMMUNOGLOBULIN = Drug("immunoglobulin", atc=Code(ATC, "J06BA02", "immunoglobulins, normal human"), text="IVIG 0.4 g/kg")
CO_TRIMOXAZOLE = _drug("sulfamethoxazole-trimethoprim 800/160 mg")
AMLODIPINE = _drug("amlodipine 5 mg")
RAMIPRIL = _drug("ramipril 5 mg")
METFORMIN = _drug("metformin 500 mg")
LEVOTHYROXINE = _drug("levothyroxine 75 micrograms")
BISOPROLOL = _drug("bisoprolol 5 mg")
FUROSEMIDE = _drug("furosemide 40 mg")

MYELOMA = (
    Code(SNOMED, "109989006", "Multiple myeloma (disorder)"),
    Code(ICD10CM, "C90.00", "Multiple myeloma not having achieved remission"),
)
MYELOMA_RELAPSED = (
    Code(SNOMED, "109989006", "Multiple myeloma (disorder)"),
    Code(ICD10CM, "C90.02", "Multiple myeloma in relapse"),
)
SMOLDERING = (Code(SNOMED, "413587002", "Smoldering myeloma (disorder)"),)
MGUS = (
    Code(SNOMED, "277577000", "Monoclonal gammopathy of uncertain significance (disorder)"),
    Code(ICD10CM, "D47.2", "Monoclonal gammopathy"),
)
AL_AMYLOIDOSIS = (Code(ICD10CM, "E85.81", "Light chain (AL) amyloidosis"),)
HYPERTENSION = (
    Code(SNOMED, "59621000", "Essential hypertension (disorder)"),
    Code(ICD10CM, "I10", "Essential (primary) hypertension"),
)
DIABETES = (Code(SNOMED, "44054006", "Diabetes mellitus type 2 (disorder)"),)
ATRIAL_FIBRILLATION = (Code(SNOMED, "49436004", "Atrial fibrillation (disorder)"),)
HEART_FAILURE = (
    Code(SNOMED, "84114007", "Heart failure (disorder)"),
    Code(ICD10CM, "I50.22", "Chronic systolic (congestive) heart failure"),
)
CKD_3 = (Code(SNOMED, "433144002", "Chronic kidney disease stage 3 (disorder)"),)

AUTOLOGOUS_TRANSPLANT = Code(SNOMED, "709115004", "Transplantation of autologous hematopoietic stem cell (procedure)")
CILTA_CEL_INFUSION = Code(
    ICD10PCS,
    "XW033A7",
    "Introduction of ciltacabtagene autoleucel into peripheral vein, percutaneous approach, new technology group 7",
)
PROGRESSION = Code(SNOMED, "419835002", "Tumor progression (finding)")
DISEASE_STATUS = Code(LOINC, "97509-4", "Cancer Disease Progression")
WORSENED = Code(SNOMED, "271299001", "Patient's condition worsened (finding)")
STABLE = Code(SNOMED, "359746009", "Patient's condition stable (finding)")
FISH_METHOD = Code(SNOMED, "426329006", "Fluorescence in situ hybridization")
VARIANT = Code(LOINC, "69548-6", "Genetic variant assessment")
GENE_STUDIED = Code(LOINC, "48018-6", "Gene studied [ID]")
VARIANT_ISCN = Code(LOINC, "81291-7", "Variant ISCN")
GENETIC_REPORT = Code(LOINC, "51969-4", "Genetic analysis report")
IMMUNOFIXATION = Code(LOINC, "25700-6", "Immunofixation for Serum or Plasma")
HBSAG = Code(LOINC, "5196-1", "Hepatitis B virus surface Ag [Presence] in Serum or Plasma by Immunoassay")
ANTI_HBC = Code(LOINC, "13952-7", "Hepatitis B virus core Ab [Presence] in Serum or Plasma by Immunoassay")

_M_PROTEIN = Code(LOINC, "33358-3", "Protein.monoclonal [Mass/volume] in Serum or Plasma by Electrophoresis")
_HB = Code(LOINC, "718-7", "Hemoglobin [Mass/volume] in Blood")
_IGG = Code(LOINC, "2465-3", "IgG [Mass/volume] in Serum or Plasma")
_CALCIUM = Code(LOINC, "17861-6", "Calcium [Mass/volume] in Serum or Plasma")
_CREATININE = Code(LOINC, "2160-0", "Creatinine [Mass/volume] in Serum or Plasma")
_ALBUMIN = Code(LOINC, "1751-7", "Albumin [Mass/volume] in Serum or Plasma")
_BETA2 = Code(LOINC, "1952-1", "Beta-2-Microglobulin [Mass/volume] in Serum or Plasma")
_LDH = Code(LOINC, "2532-0", "Lactate dehydrogenase [Enzymatic activity/volume] in Serum or Plasma")

# Keyed by the column heads of the laboratory tables in the patient modules.
ANALYTES: dict[str, Analyte] = {
    "m_g_l": Analyte(_M_PROTEIN, "g/L"),
    "m_g_dl": Analyte(_M_PROTEIN, "g/dL"),
    "kappa": Analyte(Code(LOINC, "36916-5", "Kappa light chains.free [Mass/volume] in Serum"), "mg/L", 3.3, 19.4),
    "lambda": Analyte(
        Code(LOINC, "33944-0", "Lambda light chains.free [Mass/volume] in Serum or Plasma"), "mg/L", 5.7, 26.3
    ),
    "hb": Analyte(_HB, "g/dL", 12.0, 16.0),
    "hb_g_l": Analyte(_HB, "g/L", 120, 160),
    "creat": Analyte(_CREATININE, "mg/dL", 0.6, 1.2),
    "creat_umol": Analyte(Code(LOINC, "14682-9", "Creatinine [Moles/volume] in Serum or Plasma"), "umol/L", 53, 106),
    "ca": Analyte(_CALCIUM, "mg/dL", 8.5, 10.3),
    "ca_mmol": Analyte(Code(LOINC, "2000-8", "Calcium [Moles/volume] in Serum or Plasma"), "mmol/L", 2.15, 2.55),
    "plt": Analyte(Code(LOINC, "777-3", "Platelets [#/volume] in Blood by Automated count"), "10*9/L", 150, 400),
    "anc": Analyte(Code(LOINC, "751-8", "Neutrophils [#/volume] in Blood by Automated count"), "10*9/L", 1.8, 7.5),
    "ldh": Analyte(_LDH, "U/L", 120, 245),
    "igg": Analyte(_IGG, "mg/dL", 700, 1600),
    "igg_g_l": Analyte(_IGG, "g/L", 7.0, 16.0),
    "alb": Analyte(_ALBUMIN, "g/dL", 3.5, 5.0),
    "alb_g_l": Analyte(_ALBUMIN, "g/L", 35, 50),
    "b2m": Analyte(_BETA2, "mg/L", 0.8, 2.2),
    "marrow_pc": Analyte(Code(LOINC, "11118-7", "Plasma cells/100 cells in Bone marrow"), "%"),
    "lvef": Analyte(Code(LOINC, "10230-1", "Left ventricular Ejection fraction"), "%", 52, 72, "imaging"),
    "ecog": Analyte(Code(LOINC, "89247-1", "ECOG Performance Status score"), "{score}", category="survey"),
    "weight": Analyte(Code(LOINC, "29463-7", "Body weight"), "kg", category="vital-signs"),
    "height": Analyte(Code(LOINC, "8302-2", "Body height"), "cm", category="vital-signs"),
}
