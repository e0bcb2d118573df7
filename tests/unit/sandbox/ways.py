"""The ways in which a server can fail for one patient, each as the fault that makes it do so."""

from __future__ import annotations

from loopclose.sandbox.faults import FORMS, NO_ZONE, Fault


def for_one(patient: str, kind: str = "Encounter", other: str = "pat0") -> dict[str, Fault]:
    """What may go wrong when resources of ``kind`` are searched for that patient; ``other``: who survives a merge."""
    ways = {
        "refused": Fault("status", kind, patient=patient, on="search", code=403),
        "broken": Fault("status", kind, patient=patient, on="search", code=500),
        "an outcome for an answer": Fault("outcome", kind, patient=patient, on="search"),
        "gone in the middle": Fault("status", kind, patient=patient, on="next", code=410),
        "expired once": Fault("expired", kind, patient=patient, times=1),
        "expired once, as never seen": Fault("expired", kind, patient=patient, times=1, code=404),
        "busy until a time without a zone": Fault(
            "status", kind, patient=patient, on="search", times=1, code=503, retry_after=NO_ZONE
        ),
        "partial": Fault("partial", kind, patient=patient),
        "withheld": Fault("withheld", kind, patient=patient),
        "byte order mark": Fault("bom", kind, patient=patient, on="search"),
        "no links": Fault("null-link", kind, patient=patient),
        "more than there are": Fault("short", kind, patient=patient),
        "merged": Fault("merged", kind, patient=patient, into=other),
        "the same entry on two pages": Fault("repeats", kind, patient=patient),
        "an entry between two pages": Fault("shifts", kind, patient=patient),
        "no date": Fault("dateless", kind, patient=patient),
        "absolute references": Fault("absolute", kind, patient=patient),
        "cut in the middle": Fault("reset", kind, patient=patient, how="mid-body"),
    }
    for bent in ("odd", "total", "next", "partial", "withheld"):
        ways |= {f"{bent} {how}": Fault(bent, kind, patient=patient, how=how) for how in FORMS[bent] if how}
    return ways
