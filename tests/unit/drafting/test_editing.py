"""Edits of a draft: nothing is lost, every sentence stays sourced, and the same edits fit a draft that is made anew."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopclose.drafting.bench import ALL_CUT, ALL_MOVED
from loopclose.drafting.consult_note import consult_note
from loopclose.drafting.differences import CHANGED, GONE, NEW, differences
from loopclose.drafting.editing import NO_PLACE, NOT_THERE, ROW_HEADING, ROWS_STAY, DoesNotFit, Edited, edited
from loopclose.drafting.edits import Add, Change, Cut, Edit, Made, Move, TakeBack, as_data, of_data
from loopclose.drafting.keeping import digest, pack, unpack
from loopclose.drafting.paper import Cell, Paper, Row, Section, Sentence, Source
from loopclose.drafting.wishes import NO_WORDS, NOTHING_TO_TAKE_BACK, SAME_WORDS, Wish, edit_of
from tests.unit.drafting.test_papers import NOTE, material, note, texts

DR, AT = "Dr. Heart Sample", "Tue 24 Nov 2026 at 10:31"


def sentence(text: str, *keys: str) -> Sentence:
    keys = keys or ("Condition/1",)
    return Sentence(text, tuple(Source(key, f"{key.split('/')[0]}.code", text) for key in keys))


def item(*texts: str) -> tuple[Sentence, ...]:
    return tuple(sentence(text) for text in texts)


def paper(*sections: Section) -> Paper:
    return Paper("consult-note", "Consult note", "Harbor", "Dr. Asks", "Maine Sample", "19 Nov 2026", sections)


def section(code: str, *items: tuple[Sentence, ...], rows: Any = msgspec.UNSET) -> Section:
    return Section(code, code.title(), items, f"No {code} was recorded at this visit.", rows)


def row(name: str, **cells: str) -> Row:
    key = f"MedicationRequest/{name}"
    return Row((sentence(name, key),), tuple(Cell(label, (sentence(text, key),)) for label, text in cells.items()))


DRAFT = paper(
    section("assessment", item("Stable angina.", "No change."), item("Hypertension.")),
    section("plan", item("Metoprolol 50 mg.")),
    section("ordered", rows=(row("Metoprolol", Dose="1 tablet"), row("Aspirin", Dose="81 mg"))),
)


def made(*edits: Edit) -> list[Made]:
    return [Made(no, DR, AT, edit) for no, edit in enumerate(edits, start=1)]


def key(draft: Paper, text: str) -> str:
    parts = edited(draft, []).parts
    return next(one.key for part in parts for block in part.blocks for one in block.said if one.sentence.text == text)


def asked(draft: Paper, *wishes: Wish) -> Edited:
    """What comes of forms that were sent one after the other."""
    edits: list[Edit] = []
    for wish in wishes:
        edits.append(edit_of(wish, edited(draft, made(*edits))))
    return edited(draft, made(*edits))


def test_a_sentence_that_was_cut_is_gone_and_kept() -> None:
    found = asked(DRAFT, Wish("cut", key(DRAFT, "No change.")))
    assert texts(found.paper, "assessment") == ["Stable angina.", "Hypertension."]
    ((removed),) = found.removed
    assert [one.sentence.text for one in removed.said] == ["No change."] and removed.section == "Assessment"


def test_words_that_were_changed_say_by_whom_and_what_they_rested_on() -> None:
    found = asked(DRAFT, Wish("change", key(DRAFT, "Hypertension."), "  Hypertension,\n controlled. "))
    (said,) = found.paper.sections[0].items[1]
    assert said.text == "Hypertension, controlled."
    assert [one.place for one in said.sources] == [f"edited by {DR}, {AT}", "Condition/1 Condition.code"]
    again = asked(
        DRAFT,
        Wish("change", key(DRAFT, "Hypertension."), "One."),
        Wish("change", key(DRAFT, "Hypertension."), "Two."),
    )
    assert len(again.paper.sections[0].items[1][0].sources) == 2, "one mark, however often"


def test_own_words_are_marked_as_such_and_rest_on_a_person() -> None:
    found = asked(DRAFT, Wish("add", section="plan", text="Call us in a week."))
    (said,) = found.paper.sections[1].items[1]
    assert (said.text, said.sources) == ("Call us in a week.", (Source("person", "added", f"{DR}, {AT}"),))
    with pytest.raises(DoesNotFit, match=NO_WORDS):
        asked(DRAFT, Wish("add", section="plan", text=" \n\u200b "))


def test_an_item_moves_within_and_between_sections() -> None:
    up = asked(DRAFT, Wish("up", key(DRAFT, "Hypertension.")))
    assert texts(up.paper, "assessment") == ["Hypertension.", "Stable angina.", "No change."]
    down = asked(DRAFT, Wish("down", key(DRAFT, "No change.")))
    assert texts(down.paper, "assessment") == texts(up.paper, "assessment")
    moved = asked(DRAFT, Wish("move", key(DRAFT, "Metoprolol 50 mg."), section="assessment"))
    assert texts(moved.paper, "assessment")[-1] == "Metoprolol 50 mg."
    assert moved.paper.sections[1].empty == ALL_MOVED


def test_a_section_of_which_everything_was_cut_never_says_that_nothing_was_recorded() -> None:
    found = asked(DRAFT, Wish("cut", key(DRAFT, "Metoprolol 50 mg.")))
    assert found.paper.sections[1].empty == ALL_CUT
    whole = asked(DRAFT, *(Wish("cut_whole", key(DRAFT, name)) for name in ("Metoprolol", "Aspirin")))
    assert whole.paper.sections[2].table == () and whole.paper.sections[2].empty == ALL_CUT


def test_rows_of_a_table_stay_rows() -> None:
    found = asked(DRAFT, Wish("cut", key(DRAFT, "1 tablet")), Wish("up", key(DRAFT, "81 mg")))
    aspirin, metoprolol = found.paper.sections[2].table
    assert aspirin.heading[0].text == "Aspirin" and metoprolol.cells == ()
    for edit, why in (
        (Cut(key(DRAFT, "Aspirin"), False, ("Aspirin",)), ROW_HEADING),
        (Move(key(DRAFT, "Aspirin"), "plan", None, "Aspirin"), ROWS_STAY),
    ):
        refused = edited(DRAFT, made(edit))
        assert [one.why for one in refused.unfit] == [why] and refused.paper == DRAFT
    assert unpack(pack(found.paper), digest(pack(found.paper))) == found.paper


def test_no_code_stands_beside_words_of_somebody_s_own() -> None:
    assert edited(DRAFT, []).paper.by_hand is msgspec.UNSET and b"by_hand" not in pack(edited(DRAFT, []).paper)
    found = asked(DRAFT, Wish("cut", key(DRAFT, "1 tablet")), Wish("add", section="plan", text="Call us."))
    assert found.paper.by_hand == ("MedicationRequest/Metoprolol",)


def test_what_was_taken_back_stands_as_if_it_had_never_been_done() -> None:
    cut = Wish("cut", key(DRAFT, "Hypertension."))
    found = asked(DRAFT, cut, Wish("take_back", "1"))
    assert found.paper == DRAFT and not found.removed
    with pytest.raises(DoesNotFit, match=NOTHING_TO_TAKE_BACK):
        asked(DRAFT, cut, Wish("take_back", "1"), Wish("take_back", "1"))
    with pytest.raises(DoesNotFit, match=SAME_WORDS):
        asked(DRAFT, Wish("change", key(DRAFT, "Hypertension."), "Hypertension."))


def test_edits_fit_a_draft_that_is_made_anew_or_are_named() -> None:
    done = made(
        Change(key(DRAFT, "Hypertension."), "Hypertension, controlled.", "Hypertension."),
        Cut(key(DRAFT, "Metoprolol 50 mg."), False, ("Metoprolol 50 mg.",)),
        Add("gone", "Own words."),
        Move(key(DRAFT, "Stable angina."), "assessment", key(DRAFT, "Hypertension."), "Stable angina."),
    )
    newer = paper(
        section("assessment", item("New finding."), item("Hypertension."), item("Stable angina.", "No change.")),
        section("plan", item("Metoprolol 100 mg.")),
    )
    found = edited(newer, done)
    assert texts(found.paper, "assessment") == [
        "New finding.",
        "Stable angina.",
        "No change.",
        "Hypertension, controlled.",
    ]
    assert texts(found.paper, "plan") == ["Metoprolol 100 mg."]
    assert [(one.made.no, one.why) for one in found.unfit][:1] == [(2, NOT_THERE)] and len(found.unfit) == 2
    lone = edited(paper(section("assessment", item("Stable angina."))), done)
    assert NO_PLACE in [one.why for one in lone.unfit]


def test_what_differs_is_told_by_sentence() -> None:
    newer = paper(
        section("assessment", item("Stable angina.", "Changed."), item("Hypertension."), item("Asthma.", "x")),
        section("plan"),
        DRAFT.sections[2],
    )
    found = {(one.how, one.before, one.after) for one in differences(DRAFT, newer)}
    assert (CHANGED, "No change.", "Changed.") in found and (GONE, "Metoprolol 50 mg.", None) in found
    assert (NEW, None, "Asthma.") in found and (NEW, None, "No plan was recorded at this visit.") in found
    assert not differences(DRAFT, DRAFT)
    other = msgspec.structs.replace(DRAFT, to="Dr. Other", caution="Old.")
    assert [(one.how, one.after) for one in differences(DRAFT, other)] == [(CHANGED, "Dr. Other"), (NEW, "Old.")]


def test_a_real_draft_drafted_again_has_the_same_keys() -> None:
    first, again = (consult_note(material(documents=(note(NOTE),))) for _ in range(2))
    assert key(first, "Stable angina.") == key(again, "Stable angina.")


def test_page_one_follows_the_edits_of_the_sections() -> None:
    said = consult_note(
        material(documents=(note("Assessment: Stable angina.\nPlan: Please check INR by 1 Dec 2026."),))
    )
    assert said.first is not None and "INR" in str(said.first.asks) and said.first.flag == "by_date"
    plan = Wish("cut", key(said, texts(said, "plan")[0]))
    first = asked(said, plan).paper.first
    assert first is not None and "INR" not in str(first) and first.flag == "information" and not first.asks
    changed = asked(said, Wish("change", plan.target, "Please check the INR by 3 December.")).paper.first
    assert changed is not None and changed.asks[0].item[0].text == "Please check the INR by 3 December."
    assert changed.asks[0].item[0].sources[0].is_person


def test_edits_are_kept_as_data() -> None:
    for one in (Cut("a", True, ("x",)), Change("a", "b", "c"), Add("s", "t"), Move("a", "s", None, "w"), TakeBack(3)):
        assert of_data(msgspec.json.decode(msgspec.json.encode(as_data(one)))) == one


WORDS = st.sampled_from(["Stable.", "Worse.", "Better.", "Same.", "Same."])
ITEMS = st.lists(st.lists(WORDS, min_size=1, max_size=3), max_size=4)


@st.composite
def drafts(draw: st.DrawFn) -> Paper:
    found = []
    for code in ("assessment", "plan", "findings"):
        items = [item(*some) for some in draw(ITEMS)]
        names = draw(st.lists(st.sampled_from("abc"), max_size=3))
        rows = tuple(row(name, Dose=draw(WORDS)) for name in names) if code == "findings" else msgspec.UNSET
        found.append(section(code, *items, rows=rows))
    return paper(*found)


@st.composite
def edit_lists(draw: st.DrawFn) -> tuple[Paper, list[Made], Paper]:
    """A draft, edits that its editor could make (and some that fit nothing), and another draft of the same."""
    draft, edits = draw(drafts()), list[Edit]()
    for _ in range(draw(st.integers(0, 8))):
        now = edited(draft, made(*edits))
        keys = [one.key for part in now.parts for block in part.blocks for one in block.said]
        wish = Wish(
            draw(st.sampled_from(["cut", "cut_whole", "change", "add", "up", "down", "move", "take_back"])),
            draw(st.sampled_from([*keys, "nothing", "1", "2", "3"])),
            draw(st.sampled_from(["Own words.", "Other words.", ""])),
            draw(st.sampled_from(["assessment", "plan", "findings", "nowhere"])),
        )
        try:
            edits.append(edit_of(wish, now))
        except DoesNotFit:
            continue
    return draft, made(*edits), draw(drafts())


def said(found: Edited) -> Counter[str]:
    return Counter(one.key for part in found.parts for block in part.blocks for one in block.said)


@settings(max_examples=80, deadline=None)
@given(edit_lists())
def test_nothing_vanishes_and_every_sentence_is_sourced(case: tuple[Paper, list[Made], Paper]) -> None:
    draft, edits, newer = case
    for stands_on in (draft, newer):
        before, found = said(edited(stands_on, [])), edited(stands_on, edits)
        cut = Counter(one.key for removed in found.removed for one in removed.said)
        own = Counter(f"own-{one.no}" for one in found.live if isinstance(one.edit, Add))
        assert said(found) + cut == before + own, "cut on record, added on record, and nothing else"
        taken_back = {one.edit.of for one in edits if isinstance(one.edit, TakeBack)}
        told = {one.no for one in found.live} | {one.made.no for one in found.unfit} | taken_back
        assert told == {one.no for one in edits}, "every edit counts, was taken back, or is named"
        for part in found.paper.sections:
            assert all(one.sources for some in part.everything for one in some)
        assert unpack(pack(found.paper), digest(pack(found.paper))) == found.paper
    assert pack(edited(draft, edits).paper) == pack(edited(draft, list(reversed(edits))).paper)
