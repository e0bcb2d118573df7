"""Under which word and reason a resource is kept."""

from __future__ import annotations

from loopclose.domain.admission import Admission


def test_what_is_ignored_is_kept_with_its_code_and_what_nobody_mapped_as_admitted() -> None:
    assert Admission("ignored", "not_ours", "Others only.").kept_as == ("ignored", "not_ours")
    assert Admission("admitted", None, "Ours.").kept_as == ("admitted", None)
    assert Admission("undecided", None, "Nobody mapped it.").kept_as == ("admitted", "undecided")
