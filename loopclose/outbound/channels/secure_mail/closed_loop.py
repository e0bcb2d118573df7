"""Messages of IHE 360X about a referral, by its recipient: HL7 v2.5.1 beside the documents of an XDM package. Pure.

Sources: the table of transactions of PCC 360X (Rev. 1.2); the example in the ONC wiki of 360X for MSH, PID, ORC, TQ1
and OBR; IHE's table of format codes. The codes of ORC-1 and ORC-5 that these do not name are taken from what HL7's
own tables 0119 and 0038 say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from loopclose.outbound.channels.channel import STATUS_FORM, Enclosure

MEDIA_TYPE = "x-application/hl7-v2+er7"
REFERRAL_NOTE = "57133-1^Referral note^LN"
PROFILE = "360X"
_ESCAPES = str.maketrans({"|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "\\": "\\E\\", "&": "\\T\\"})

About = Literal["accepted", "declined", "interim note", "outcome"]


@dataclass(frozen=True)
class Numbered:
    """A number, and the OID of who gave it."""

    value: str
    authority: str


@dataclass(frozen=True)
class Subject:
    """The patient, as the request named them."""

    number: Numbered
    family: str
    given: str
    born: date | None = None
    sex: Literal["F", "M", "O", "U"] = "U"


@dataclass(frozen=True)
class Referral:
    """What every message repeats of the request, so that it is found again."""

    number: Numbered
    """ORC-2: the referrer's number of it."""
    subject: Subject
    us: str
    """The OID of the practice, MSH-4."""
    them: str
    """The OID of the referrer's side, MSH-6."""


@dataclass(frozen=True)
class Row:
    """One message: its transaction, what it is of, and how the order stands."""

    transaction: str
    kind: str
    control: str
    """ORC-1, of table 0119."""
    status: str
    """ORC-5, of table 0038."""


MESSAGES: dict[About, Row] = {
    "accepted": Row("PCC-56", "OSU^O51^OSU_O51", "SC", "IP"),
    "declined": Row("PCC-56", "OSU^O51^OSU_O51", "SC", "CA"),
    "interim note": Row("PCC-59", "OMG^O19^OMG_O19", "RE", "A"),
    "outcome": Row("PCC-57", "OMG^O19^OMG_O19", "RE", "CM"),
}
NO_SHOW = "SIU^S26^SIU_S12"
"""PCC-61."""
FORMS = {"hl7-omg": "OMG^O19^OMG_O19", STATUS_FORM: "OSU^O51^OSU_O51", "hl7-siu": NO_SHOW}
"""The forms in which such messages stand among the files of a letter."""
FORMAT_CODES = {
    "hl7-omg": "urn:ihe:pcc:360x:hl7:OMG:O19:2017",
    "hl7-osu": "urn:ihe:pcc:360x:hl7:OSU:O51:2017",
    "hl7-siu": "urn:ihe:pcc:360x:hl7:SIU:S26:2017",
}


def about_referral(
    about: About, referral: Referral, control_id: str, at: datetime, *, expected: datetime | None = None, note: str = ""
) -> Enclosure:
    """How the referral stands, or that its note is enclosed.

    ``control_id``: at most 20 characters, the same when the same message goes again. ``expected``: by when an accepted
    referral is to be done (TQ1-8). ``note``: why one is declined, in words.
    """
    row = MESSAGES[about]
    lines = [_msh(referral, row.kind, control_id, at), _pid(referral.subject)]
    lines.append(_line("ORC", {1: row.control, 2: _entity(referral.number), 5: row.status, 9: _time(at)}))
    if expected is not None:
        lines.append(_line("TQ1", {1: "1", 8: _time(expected)}))
    lines.append(_line("OBR", {1: "1", 2: _entity(referral.number), 4: REFERRAL_NOTE}))
    if note:
        lines.append(_line("NTE", {1: "1", 3: _text(note)}))
    return _message(row.kind, lines)


def no_show(
    referral: Referral, control_id: str, at: datetime, *, appointment: Numbered, start: datetime, contact: str
) -> Enclosure:
    """That the patient did not come (PCC-61). ``contact``: whom to call about it (SCH-16, SCH-20)."""
    whom = f"^{_text(contact)}"
    return _message(
        NO_SHOW,
        [
            _msh(referral, NO_SHOW, control_id, at),
            _line(
                "SCH",
                {
                    2: _entity(appointment),
                    6: "NOSHOW^The patient did not come",
                    16: whom,
                    20: whom,
                    25: "Noshow^^HL70278",
                    26: _entity(referral.number),
                },
            ),
            _line("TQ1", {1: "1", 7: _time(start)}),
            _pid(referral.subject),
            _line("RGS", {1: "1"}),
        ],
    )


def _msh(referral: Referral, kind: str, control_id: str, at: datetime) -> str:
    fields = {
        4: f"^{_text(referral.us)}^ISO",
        6: f"^{_text(referral.them)}^ISO",
        7: _time(at),
        9: kind,
        10: _text(control_id)[:20],
        11: "P",
        12: "2.5.1",
        15: "NE",
        16: "NE",
        18: "UNICODE UTF-8",
        21: PROFILE,
    }
    return "MSH|^~\\&" + _line("", fields)[2:]


def _pid(subject: Subject) -> str:
    number = f"{_text(subject.number.value)}^^^&{_text(subject.number.authority)}&ISO^MR"
    name = f"{_text(subject.family)}^{_text(subject.given)}^^^^^L"
    born = subject.born.strftime("%Y%m%d") if subject.born else ""
    return _line("PID", {1: "1", 3: number, 5: name, 7: born, 8: subject.sex})


def _line(name: str, fields: dict[int, str]) -> str:
    return "|".join([name, *(fields.get(number, "") for number in range(1, max(fields) + 1))])


def _message(kind: str, lines: Sequence[str]) -> Enclosure:
    form = next(name for name, one in FORMS.items() if one == kind)
    return Enclosure(form, "message.hl7", MEDIA_TYPE, "".join(f"{line}\r" for line in lines).encode())


def _entity(number: Numbered) -> str:
    return f"{_text(number.value)}^^{_text(number.authority)}^ISO"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000")


def _text(words: str) -> str:
    """Words with HL7's own marks escaped (2.5.1, 2.7) and no control characters."""
    return "".join(one if one.isprintable() else " " for one in words).translate(_ESCAPES)
