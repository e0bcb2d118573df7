"""The lines of a note as they are to be read: without what no reader sees, and soft-wrapped lines joined again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from loopclose.drafting.words.boxes import BOXES, no_bullets, told, with_boxes
from loopclose.drafting.words.columns import with_empty_cells
from loopclose.drafting.words.marks import HEADING, PRIVATE
from loopclose.drafting.words.mojibake import repaired
from loopclose.drafting.words.symbol_fonts import certain
from loopclose.drafting.words.word_lists import names

_ENDS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_ANSI = re.compile(r"\x1b\[[0-9;?]{0,20}+[A-Za-z]?")
_BREAKS = re.compile(r"(?i)\\(?:\.br|\.sp[0-9+]{0,3}+|\.ce|X0D(?:0A)?|X0A)\\")
_LAID_OUT = re.compile(r"(?i)\\\.(?:in|ti|sk)[-+ ]?[0-9]{1,3}\\|\\\.(?:fi|nf)\\")
_AS_LETTERS, _BEFORE_A_LINE = re.compile(r"\\r\\n|\\n"), re.compile(r"\\r\\n|\\n(?![a-z])")
"""Ends of lines that a feed wrote as letters."""
_STRUCK = re.compile(r"(?<!~)~~(?=[^\s~])[^~\n]{1,400}+~~(?!~)")
"""What Markdown strikes out."""
_ESCAPED = re.compile(r"\\([FSTREHN])\\")
_WIDE = re.compile(r" {3,}+")
_SPACED = re.compile(r"(?:[A-Z&/] {1,3}){3,60}[A-Z] ?:?")
"""A heading whose letters stand apart: ``P L A N``."""
_RULE = re.compile(r"[=\-_*~.·•–—#+\s]{3,}+")
_BULLET = re.compile(r"(?:[-*•·‣▪◦●○■➢➤✓–—>+]\s++|[-•·‣▪●➢–](?=[^\W\d_]))")
_NUMBER = re.compile(r"(?:\(?[0-9]{1,2}[.)]|[A-Za-z][.)]|#[0-9]{1,2}[.):]?)(?=\s)")
_QUANTITY = re.compile(r"(?i)#\s?[0-9]{1,4}(?=$|[\s,;.()]*(?:$|[0-9]|tab|cap|pill|refill|dispens|with|x\b))")
_OFF = re.compile(
    r"(?i)(?:page\s+[0-9]+\s*+(?:of|/)\s*+[0-9]+"
    r"|[-– ]*+[0-9]+\s+of\s+[0-9]+[-– ]*+"
    r"|(?:this (?:note|document|report) (?:has been |was )?)?(?:electronically|digitally) "
    r"(?:signed|authenticated|approved)"
    r"|(?:e-?signed|signed(?: electronically)?) by\b|authenticated by\b"
    r"|scribe(?:d by)?\s*+:|scribe attestation\b|(?:i,? )?.{0,40}acting as (?:a |the )?scribe\b"
    r"|(?:total )?time spent\b|total (?:visit |encounter |face.to.face )?time\b|i spent (?:a total of )?[0-9]+ min"
    r"|dictated (?:but not|by|using|with)\b|transcri(?:bed|ption|ptionist)\b"
    r"|(?:this (?:note|document) (?:was|may have been) .{0,40})?(?:dragon|voice recognition|speech recognition)\b"
    r"|d:\s*+[0-9/]+\s.{0,20}t:\s*+[0-9/]+)"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}")
"""A day and nothing else: above a note it says no more than the note's own date."""
_PAYER = (
    r"(?:no insurance|none|self.?pay|medicare|medicaid|dual eligible|humana|aetna|anthem|cigna health|cigna"
    r"|united ?healthcare|blue cross blue shield|blue cross|bcbs|tricare)"
    r"(?: (?:advantage|hmo|ppo|plan|gold|part [a-d]))?"
)
_WHO_PAYS = re.compile(
    rf"(?i)(?:primary |secondary |health )?(?:insurance|payer|payor)(?: provider| plan)?\s?:\s?{_PAYER}"
    r"(?:[,;(].{0,60}+|\.)?"
    rf"|patient (?:currently )?has {_PAYER}\.?"
    r"|patient identifies as (?:heterosexual|homosexual|bisexual|straight|gay|lesbian)\.?"
    r"|patient comes from a (?:low|lower|middle|high|upper) socioeconomic background\.?"
)
"""Who pays, whom a patient loves and how rich they are: lines that a registration form puts into notes."""
_FORM = re.compile(r"(?i)\b(?:insurance|payer|payor|patient (?:currently )?has|identifies as|socioeconomic)\b")
_SENTENCE_ENDS = re.compile(r"(?<=\.)\s")
_OF_CARE = re.compile(r"(?i)\b(?:cover|authori[sz]|den(?:y|ied)|afford|prior auth|lapse|lost|approv)")
_SAYS_MORE = re.compile(r"(?i)\b(?:disagree|agree|except|however|but (?!not)|addend|amend|correct|patient)")
LONGEST_OFF = 160
"""Characters of a line of a scribe or a signature; a longer one says more than that."""
ESCAPES = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\", "H": "", "N": ""}
"""Of HL7 version 2, chapter 2.7 (https://hl7-definition.caristix.com/v2/)."""
_CONTROLS = (*range(9), *range(0x0E, 0x20), 0x7F, 0xAD, 0x061C, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF)
_HIDDEN = dict.fromkeys((*_CONTROLS, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_SPACES = dict.fromkeys([9, 0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
_WINDOWS = {byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0xA0) if byte != 0x85}
DANGLING = names(
    """
    a; about; after; all; an; and; any; are; as; at; be; been; before; but; by; can; cannot; could; deny;
    denies; did; do; does; during; each; for; from; had; has; have; her; his; if; in; into; is; it; its; less;
    likely; may; might; more; must; neither; never; no; nor; not; of; off; on; or; our; over; per; possible;
    possibly; she; should; since; some; than; that; the; their; then; these; this; to; under; until; very; was;
    we; were; when; which; while; who; will; with; within; without; would; you; your
    """
)
"""Words that end no sentence."""
DOING = names(
    """
    add; arrange; avoid; begin; call; check; consider; continue; decrease; discontinue; follow; give; hold; d/c; dc;
    increase; keep; obtain; order; recheck; reduce; refer; repeat; resume; return; schedule; send; start; stop;
    switch; taper
    """
)
"""Words that begin a line of a plan of its own."""
WITH_SOMETHING = DOING - {"call", "follow", "return", "refer"}
"""Of these the words that need to be told what."""
_BEFORE_VERB = names(
    """
    do; not; don't; please; never; should; must; may; can; will; to; she; he; patient; the; we; would; did; was;
    is; be; could; advised; told
    """
)
SHORT = 6
"""Words before such a word."""
_DENYING = re.compile(
    r"(?i)\b(?:no|not|never|denie[sd]|deny|without|negative (?:for|or)|ruled out|rule out|avoid|stop(?:ped)?|hold|"
    r"against|allergic to|discontinued?|absent|none of|neither|contraindicated|declined?)\b[^.;:]{0,60}+:$"
)
LONG = 68
"""Characters of a line at which it is taken for wrapped; text is wrapped at 72 to 80."""


@dataclass(frozen=True)
class Line:
    """One line: its words, and what its form says."""

    text: str
    level: int = 0
    """Of a heading by its form: 1 to 6, 7 of the least; 0 where it is none."""
    bullet: str = ""
    """What an item of a list begins with; a number stays in the words, too."""
    after_blank: bool = False


def clean(text: str) -> str:
    """Without control and direction marks; ends of lines in one form, HL7's escapes as what they mean, and what was
    misread before it came here as it was written.
    """
    ended = _ENDS.sub("\n", certain(repaired(text)).translate(PRIVATE))
    if "\\" in ended:
        ended = _LAID_OUT.sub(" ", _BREAKS.sub("\n", ended))
        if "\n" not in ended.strip() and "{\\rtf" not in ended and _BEFORE_A_LINE.search(ended):
            ended = _AS_LETTERS.sub("\n", ended)
    ended = with_empty_cells(ended)
    ended = _STRUCK.sub("", ended) if "~~" in ended else ended
    said = _ESCAPED.sub(lambda found: ESCAPES[found[1]], ended) if "\\" in ended else ended
    return _ANSI.sub("", said).translate(_WINDOWS).translate(_HIDDEN).translate(_SPACES)


def bare(text: str) -> str:
    """Words without control and direction marks, and with plain spaces; ends of lines stay."""
    return certain(repaired(text)).translate(_WINDOWS).translate(_HIDDEN).translate(_SPACES).translate(PRIVATE)


def lines_of(text: str) -> list[Line]:
    """The lines of a cleaned text; rules, signatures, scribes, times, page numbers and a day above all are left off."""
    found: list[Line] = []
    blank = True
    text, kept = with_boxes(text), no_bullets(text)
    for raw in text.split("\n"):
        words = _without_form(raw.strip())
        if not words:
            blank = blank or not raw.strip()
        elif _RULE.fullmatch(words) and words.strip("#"):
            if found and not blank and _can_be_underlined(found[-1], words):
                found[-1] = Line(found[-1].text, 1 if words[0] == "=" else 2, "", found[-1].after_blank)
            blank = True
        elif not is_off(words) and (found or not _DAY.fullmatch(words)):
            found.append(_line(words, blank, kept))
            blank = False
    return found


def is_off(words: str) -> bool:
    """Whether a line tells of who typed, signed, timed or paged the note, and of nothing else."""
    return len(words) <= LONGEST_OFF and bool(_OFF.match(words)) and not _SAYS_MORE.search(words)


def _without_form(words: str) -> str:
    """A line without those of its sentences that a registration form put there."""
    if not _FORM.search(words):
        return words
    return " ".join(one for one in _SENTENCE_ENDS.split(words) if not _is_of_form(one))


def _is_of_form(sentence: str) -> bool:
    return bool(_WHO_PAYS.fullmatch(sentence)) and not _OF_CARE.search(sentence)


def _can_be_underlined(line: Line, rule: str) -> bool:
    alike = rule[0] in "=-" and not rule.strip(rule[0])
    return alike and not line.bullet and len(line.text) <= 60 and not line.text.endswith((".", ",", ";"))


def _line(words: str, blank: bool, kept: str) -> Line:
    if _SPACED.fullmatch(words):
        words = " ".join("".join(part.split()) for part in words.replace(" / ", "  /  ").split("  "))
    if words.startswith(HEADING):
        level = int(words[1]) if words[1:2].isdigit() else 7
        return Line(words[2:].strip(), level, "", blank)
    if not BOXES.isdisjoint(words):
        words = told(words)
    bullet = words[0] if words[0] in kept else ""
    for _ in range(0 if bullet else 3):
        if not (match := _BULLET.match(words)) or words.startswith(("**", "--", "==")) or not words[match.end() :]:
            break
        bullet, words = bullet or match[0].strip(), words[match.end() :].strip()
    if match := _NUMBER.match(words):
        bullet = match[0]
    return Line(_WIDE.sub("  ", words), 0, bullet, blank)


def is_wrapped(before: str, line: Line) -> bool:
    """Whether a line goes on with what stands before it: a sentence that did not end there."""
    if _QUANTITY.match(line.text):
        return not line.after_blank
    if line.after_blank or line.bullet or line.level or not before or before[-1] in ".!?:;":
        return False
    first, last = _first_word(line.text), before.rsplit(None, 1)[-1].lower().strip("(")
    if last in DANGLING or before[-1] in ",(/-–" or (line.text[0].isalpha() and _only_does(before)):
        return True
    if line.text[0].islower():
        return first not in DOING and (before[0].isupper() or len(before) >= LONG - 8)
    if line.text.endswith(":") or first in DOING:
        return False
    return len(before) >= LONG and ":" not in line.text[:40]


def _only_does(before: str) -> bool:
    """Whether a line says what to do, and not yet with what (``Do not stop``)."""
    *others, verb = before.lower().strip("-*•#0123456789.() ").split() or [""]
    return verb in WITH_SOMETHING and len(others) <= SHORT and _BEFORE_VERB.issuperset(others)


def denies(text: str) -> bool:
    """Whether a line ends with what is denied or to be stopped, and names it in the next (``No evidence of:``)."""
    return bool(_DENYING.search(text[-90:]))


def _first_word(text: str) -> str:
    return text.split(None, 1)[0].lower().strip(",.;:")


def shown(text: str) -> Iterator[str]:
    """The lines of a note as they stand, for a page."""
    for line in lines_of(text):
        yield line.text
