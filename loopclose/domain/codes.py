"""The closed lists of codes: states, reasons, bands, waivers. Rendered into docs/rules."""

from __future__ import annotations

KINDS = {
    "report": "A report owed to the referrer for a referred visit.",
    "resolve": "A visit whose referral or referrer is uncertain: a person must decide.",
    "no_show": "The referrer must be told that the patient did not come, or that the visit was cancelled.",
    "answer": "A referral that waits for our yes or no, or what somebody who got a letter of ours said of it.",
    "schedule": "An accepted referral without a booking.",
    "receipt": "A report was sent; evidence that it arrived is awaited.",
    "correction": "What a signed letter says changed in the chart; whoever has the letter must get the corrected one.",
    "handover": "A medicine that a letter asks the referrer to take over: they must have said that they do.",
    "ask": "Something that a letter asks the referrer to do: they must have answered.",
    "pending_result": "A result that a letter promises: whoever has the letter must get it.",
}
BY_AUTHOR = frozenset({"report", "correction"})
"""Kinds that are their author's to do; anything else is the coordinator's."""
REPORT_STATES = ("owed", "drafted", "signed", "sent", "confirmed", "waived", "held")
OTHER_STATES = ("owed", "confirmed", "waived")
OPEN_STATES = frozenset({"owed", "drafted", "signed", "sent", "held"})
NOT_YET_SENT = frozenset({"owed", "drafted", "signed", "held"})

RULES = ("patient_returns", "by_hand", "asked_for", "policy", "ceiling")
"""Deadline rules, in the order in which equal instants are named."""

METHODS = (
    "Encounter.basedOn",
    "Encounter.appointment",
    "Task",
    "identifier",
    "EpisodeOfCare",
    "Procedure",
    "DiagnosticReport",
    "inferred",
    "person",
)
BANDS = ("automatic", "person", "decided", "none")
HOW = ("requester", "role", "ref_participant", "organization", "display", "care_team", "person")

WAIVERS = {
    "not_a_referral_visit": "The visit did not answer a referral.",
    "internal": "The referral came from within the practice.",
    "duplicate": "Another obligation covers it.",
    "patient_objected": "The patient objected to the report.",
    "referrer_asked_for_none": "The referrer asked for no report.",
    "series_visit": "One visit of a series that owes no report each time.",
    "referrer_not_identifiable": "Nobody could find out who referred.",
    "other": "Another reason, given in words.",
}

REFERRAL_IGNORED = {
    "draft": "The order is a draft.",
    "entered_in_error": "The order was entered in error.",
    "do_not_perform": "The order says not to do it.",
    "intent": "The intent is not that of an order (plan, proposal, directive, option).",
    "laboratory": "A laboratory order.",
    "imaging": "An imaging order.",
    "medication": "A medication order.",
    "not_a_referral": "Another kind of order: its category and code are known and are no referral.",
    "other_practice": "A referral to another practice.",
    "our_own_order": "An order by our own clinician to somebody else.",
}
VISIT_IGNORED = {
    "not_ours": "Neither our organization nor one of our clinicians took part.",
    "class": "Not a class of visit that is followed (hospital stays only if configured).",
    "phone": "A phone call.",
    "nurse_only": "A nurse visit without a clinician.",
    "laboratory": "A laboratory contact.",
    "documentation_only": "Documentation without the patient.",
    "part_of": "Part of another visit.",
    "cancelled": "The visit was cancelled.",
    "entered_in_error": "The visit was entered in error.",
    "planned": "The visit has not begun.",
    "not_happened_yet": "The visit is under way.",
    "no_time": "The visit has no time at all.",
}
OTHER_IGNORED = {
    "not_asked_for": "The EHR sent it along with what was asked for; nothing reads that type.",
    "no_patient": "An appointment of no patient, such as a meeting.",
    "not_followed": "Read of somebody who has neither a referral to us nor a visit with us.",
    "supporting": "Kept because something else cites it.",
}
NOTHING_OWED = {
    "no_referral": "The patient came without a referral.",
    "baseline": "The visit was before the practice went live.",
    "series_visit": "One visit of a series that owes no report each time.",
    "internal": "The referral came from within the practice.",
    "ignored": "It is no visit that owes a report (see its ignored code).",
    "decided_none": "A person decided that no referral is answered.",
}
