"""Tell whether a text affirms progression, relapse or refractoriness of the myeloma (P20, F06, F14x).

A word alone proves nothing: "progressive neuropathy", "progression ruled out", "to prevent relapse" and "progression of prostate
cancer" name no progression of myeloma. What is not affirmed is taken out of the text before anybody looks for it, so that other
facts of the same text (the neuropathy) get through. Leaning to doubt is the safe side: it can only leave a drug unknown.
"""

from __future__ import annotations

import re

_CLAUSE = re.compile(r"(?:\.(?!\d)|[;|\n])+|,\s|\bbut\b|\baber\b|\bmais\b")
_WORD = re.compile(
    r"(?i)\b(?:progress\w*|progres\w*|krankheitsprogress\w*|relaps\w*|recurren\w*|rezidiv\w*|recidiv\w*|rechute\w*|recaida\w*"
    r"|refract\w*|refrakt\w*|resistan\w*|worsen\w*|new (?:[\w.,-]+ ){0,5}(?:lesions?|plasmacytomas?|uptake)"
    r"|neue[nrs]? (?:[\w-]+ ){0,2}(?:(?:knochen)?l(?:ä|ae?)sion\w*|osteolys\w*|plasm[oa][zc]ytom\w*)"
    r"|nouvel\w* (?:[\w-]+ ){0,2}(?:l[ée]sions?|plasm[oa]cytomes?))|\bP\.?D\b"
)
_OF_THE_DISEASE = re.compile(
    r"(?i)\b(?:(?<!kidney )(?<!renal )(?<!heart )(?<!liver )(?<!lung )(?<!artery )(?<!vascular )disease|myeloma|tumou?r|malady"
    r"|paraprotein|m-?protein|m-?spike|light chains?|plasmacytom\w*|erkrankung|krankheits?\w*|maladie|enfermedad|malattia|ziekte"
    r"|imwg|biochemical|(?:clinical|symptomatic) (?:relapse|progression))\b"
)
_DENIED_BEFORE = re.compile(
    r"(?i)(?:\b(?:no|not|non|never|without|absence of|lack of evidence|negative for|denies|neither|nor|rather than|instead of|unrelated to"
    r"|kein\w*|nicht|ohne|pas|sans|aucun\w*|sin|senza|nessun\w*|geen|niet|zonder)\b[^.;|]{0,60}|\bnon-?)$"
)
_DENIED_AFTER = re.compile(
    r"(?i)^[^.;|]{0,40}\b(?:ruled out|excluded|not (?:confirmed|seen|present|detected|proven|shown|evident)|unconfirmed|unlikely|absent"
    r"|resolved|negative|unknown|ausgeschlossen|nicht bestatigt|exclue?|descartad\w|escluso)\b"
)
_DOUBTED = re.compile(
    r"(?i)\b(?:possib\w+|suspect\w*|suspicio\w*|suspicion|probabl\w*|likely|questionable|question of|concern\w* for|cannot be excluded|"
    r"can ?not exclude|rule out|rules? out|r/o|to exclude|evaluate for|assess for|monitor for|if|unless|whether|risk of|prevent\w*"
    r"|prophyla\w*|verdacht|fraglich|soupcon|sospecha|sospett\w*|verdenking|family|mother|father|consider\w*)\b"
)
_OTHER_DISEASE = re.compile(
    r"(?i)\b(?:carcinoma|cancer|adenocarcinoma|prostate|breast|lung|colon|colorectal|melanoma|lymphoma|leuk\w*mia|metasta\w*|sarcoma"
    r"|second (?:primary|malignan\w*)|degenerative|small vessel|periventricular|isch\w*mic|hemangioma\w*|arthr\w*|osteoarthr\w*"
    r"|covid\w*|infect\w*|pneumon\w*|peritoneal|dialysis|dementia|parkinson\w*|cataract\w*|polymyalgia)\b"
)
_COMPLAINT = re.compile(
    r"(?i)\b(?:neuropath\w*|renal|kidney|nephro\w*|cytop\w*nia\w*|an\w?emia|thrombocytop\w*nia|neutrop\w*nia|weakness|fatigue|nausea"
    r"|vomiting|pain|hypertension|heart|cardi\w*|pulmon\w*|dyspn\w*|rash|diarrh\w*|hepat\w*|liver|weight|oedema|edema|hypotension"
    r"|hypercalc\w*|insomnia|ascites|effusion|hearing|vision|diabet\w*)\b"
)
# A progressive disability, a recurrent thrombosis, a relapse of depression: the word belongs to what stands beside it.
_ADJECTIVE = re.compile(
    r"(?i)(?:progress(?:iv\w*|ief\w*|ing)|progresiv\w*|recurrent|recurring|rezidivierend\w*|relapsing|worsening)$"
)
_NOUN = re.compile(
    r"(?i)(?:progress(?:ions?|ed|es)?|progresion|progressione|progressie|relapses?|recurrences?|worsening)$"
)
_NEXT = re.compile(r"\s+([^\W\d_][\w-]*)")
_OF = re.compile(
    r"(?i)\s+(?:of|von|der|des|du|de la|de|della|del|di|van)\s+(?:(?:the|an?|his|her|their|my|known|underlying|pre-?existing)\s+)?"
    r"([^\W\d_][\w-]*)"
)
_THING_BEFORE = re.compile(
    r"(?i)\b(?!(?:evidence|presence|appearance|occurrence|treatment|maintenance|surveillance|(?:re)?assessment)\b)"
    r"\w*(?:opathy|opathie|itis|osis|[ae]mia|ness|ance|ence|ity|ment|plegia|paresis|dysfunction|function|tremor)\s+$"
)
# What may stand there and still leave the word to the myeloma.
_NAMED = re.compile(
    r"(?i)\b(?:mm|rrmm|ndmm|pd|emd|dz|ig[gamde]|flc|s?flc|spep|upep|crab|slim)\b|myelo?m|mielom|plasma ?(?:cell|zell)|plasm[oa]cyt"
    r"|lesion|lytic|osteoly|bone|osseous|marrow|skelet|medull|clon[ae]|protein|spike|chain|kette|kappa|lambda|marker|parameter"
    r"|dise?ase|erkrank|krankheit|maladie|enfermedad|malattia|ziekte|tumou?r|malignan|relaps|refract|refrakt|rezidiv|recidiv"
)
_FUNCTION_WORD = re.compile(
    r"(?i)(?:on|under|to|despite|after|during|while|with|without|and|or|at|by|per|as|since|because|due|from|through|following|upon|before"
    r"|in|of|is|was|has|had|seen|noted|again|now|then|unter|auf|nach|trotz|bei|und|sous|sur|apres|malgre|et|bajo|con|tras|durante|y"
    r"|sotto|dopo|e|op|onder|na|en|ondanks|status|state|response|course|phase|event)$"
)
_NOTHING_ELSE = re.compile(
    r"(?i)(?:jan|feb|mar|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])\w*$"
    r"|(?:early|late|mid|patient|case|same|all|several|both|labs?|laborator\w*|serolog\w*|values?|serum|urine|cns)$"
)
"""What may follow "progression of" and names no other thing: a month, the patient, the values."""
_WELL = re.compile(
    r"(?i)\b(?:progress\w* well|(?:good|making|some|steady) progress|progress notes?|progression[- ]free)\b"
)


def affirmed(text: str) -> str:
    """Return the text without the words of progression, relapse, refractoriness and new lesions that it does not affirm."""
    return "".join(_clause(piece) for piece in _clauses(_WELL.sub(" ", text)))


def speaks_of_it(text: str) -> bool:
    """Tell whether a text has such a word at all, affirmed or not."""
    return _WORD.search(text) is not None


def _clauses(text: str) -> list[str]:
    """Cut a text into clauses, each with the mark that ends it."""
    pieces, start = [], 0
    for cut in _CLAUSE.finditer(text):
        pieces.append(text[start : cut.end()])
        start = cut.end()
    return [*pieces, text[start:]]


def _clause(clause: str) -> str:
    found = list(_WORD.finditer(clause))
    if not found:
        return clause
    if _doubted(clause):
        return _WORD.sub(" ", clause)
    kept = clause
    for word in reversed(found):
        before, after = clause[: word.start()], clause[word.end() :]
        if _DENIED_BEFORE.search(before) or _DENIED_AFTER.search(after) or _of_something_else(before, word[0], after):
            kept = kept[: word.start()] + " " + kept[word.end() :]
    return kept


def _of_something_else(before: str, word: str, after: str) -> bool:
    """Tell whether the clause gives the word to something that is not the myeloma: "progressive toxicity", "relapse of gout"."""
    if _OF_THE_DISEASE.search(before + after) or _NAMED.search(before + after):
        return False
    if _ADJECTIVE.match(word) and (beside := _NEXT.match(after)) and not _FUNCTION_WORD.match(beside[1]):
        return True
    if not _NOUN.match(word):
        return False
    beside = _OF.match(after)
    if beside and not _NOTHING_ELSE.match(beside[1]):
        return True
    return _THING_BEFORE.search(before) is not None


_WITH_COMPLAINT = re.compile(r"\bPD\b|(?i:^\s*(?:relapse|progression) with\b)")
"""What names the disease itself and then what it brings: "relapse with anaemia"."""


def _doubted(clause: str) -> bool:
    """A clause that hedges, or that speaks of another disease or of a complaint without naming the disease."""
    if _DOUBTED.search(clause) or _OTHER_DISEASE.search(clause):
        return True
    return (
        _COMPLAINT.search(clause) is not None
        and not _OF_THE_DISEASE.search(clause)
        and not _WITH_COMPLAINT.search(clause)
    )
