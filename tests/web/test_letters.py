"""Letters to sign, by form: each thing that keeps one from being signed is a sentence, and nothing entered is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from loopclose.domain.signing import HINDRANCES, HOLDS_FOR, NO_REFERENCE
from loopclose.flows.identities import Identity, add_identity
from loopclose.flows.openid.refusals import REFUSALS
from loopclose.flows.second_factor import STEP_SECONDS, Authenticator, code_of
from loopclose.flows.sign_in import hash_password, make_link
from loopclose.flows.work import Work
from loopclose.store.base import Scope
from loopclose.store.kept_forms import KeptForm
from loopclose.store.obligations import Document, Obligation
from loopclose.store.people import Audit, User
from loopclose.store.second_factors import SecondFactorRow
from loopclose.store.signatures import OpeningRow, SignatureRow
from loopclose.web import create_app
from tests.store.letters import ASKED, NOTE, STENT, Source, drafted, looked_at, note, section, sentence, sheet
from tests.store.line import NOW
from tests.web.conftest import Browser
from tests.web.pages import visible
from tests.web.provider import AT, provider
from tests.web.test_provider_sign_in import configured
from tests.web.test_screens import one

MAIN, HEART = Scope("main"), "heart@demo.example"
PASSWORD = "a long enough password"
EARLY = Source("DocumentReference/n1", "DocumentReference.docStatus", "preliminary, not final")


class Clinician:
    """A clinician at the screen, with a letter that is drafted and the clock in hand."""

    def __init__(self, work: Work, email: str = HEART) -> None:
        self.work, self.time, self.correction = work, NOW, ""
        work.clock = lambda: self.time
        with work.db.write() as session:
            session.execute(update(User).where(User.email == HEART).values(password_hash=hash_password(PASSWORD)))
        self.owed = one(work, kind="report", state="owed", owner=HEART)
        self.page = Browser(create_app(work).test_client())
        link = f"/sign-in/once/{make_link(work.db, work.clock, MAIN, email)}"
        self.page.post(link, link)

    @property
    def path(self) -> str:
        return f"/letters/{self.owed.id}"

    def drafted(self, *papers: object, minutes: int = 5) -> Clinician:
        """Its letter, opened some minutes ago."""
        drafted(self.work.db, MAIN, self.owed, self.time, *papers)  # type: ignore[arg-type]
        self.page.get(self.path)
        self.time += timedelta(minutes=minutes)
        return self

    def sign(self, **form: str) -> str:
        entered = {"letter": looked_at(self.work.db, MAIN, self.owed.id).letter.sha256, "password": PASSWORD, **form}
        return visible(self.page.post(self.path, self.path, **entered))

    @property
    def signed(self) -> list[SignatureRow]:
        with self.work.db.read() as session:
            return list(session.scalars(select(SignatureRow)))


@pytest.fixture
def heart(work: Work) -> Iterator[Clinician]:
    yield Clinician(work)


def rows(work: Work, model: type) -> list[object]:
    with work.db.read() as session:
        return list(session.scalars(select(model)))


def test_from_signing_in_to_signed_it_takes_three_steps(heart: Clinician) -> None:
    heart.drafted(minutes=2)
    page = heart.page.get("/letters")
    assert "Your password, again" in visible(page) and page.count('accesskey="s"') == 1
    shown = re.search(r'name="letter" value="([0-9a-f]{64})"', page)
    assert shown is not None
    after = heart.sign(letter=shown[1])
    assert "Signed: the letter to" in after and "No letter waits for your signature." in after
    (found,) = heart.signed
    assert (found.by, found.proved_by) == (HEART, "password")
    report = heart.page.get(f"/obligation/{heart.owed.id}")
    assert "✓ verified" in report and found.letter[:16] in report and "again from the chart" not in report


def test_looking_changes_nothing_but_who_looked(heart: Clinician) -> None:
    heart.drafted()
    before = [rows(heart.work, model) for model in (SignatureRow, Document, Obligation)]
    heart.page.get("/letters")
    heart.page.get(heart.path)
    after = [rows(heart.work, model) for model in (SignatureRow, Document, Obligation)]
    assert [len(some) for some in before] == [len(some) for some in after] and not heart.signed
    assert len(rows(heart.work, OpeningRow)) == 1
    with heart.work.db.read() as session:
        looked = session.scalars(select(Audit.subject).where(Audit.action == "view_letter")).all()
    assert set(looked) == {heart.owed.id}


def test_everything_that_is_open_is_said_at_once_and_what_was_entered_stays(heart: Clinician) -> None:
    heart.drafted(ASKED, sheet(STENT), minutes=0)
    (key,) = looked_at(heart.work.db, MAIN, heart.owed.id).letter.conflicts
    page = heart.sign(**{f"words-{key}": "   ", "question": "words", "words-question": " "})
    for code in ("conflict_open", "answer_empty", "not_read"):
        assert HINDRANCES[code] in page, code
    assert not heart.signed and "I have read it: sign" in page and "Your password, again" not in page
    kept = heart.page.client.post(
        heart.path,
        data={"csrf_token": _token(heart.page.get(heart.path)), "words-question": "Yes, it is.", "letter": "0"},
    )
    assert kept.status_code == 422 and "Yes, it is." in kept.get_data(as_text=True)
    done = heart.sign(**{key: "intended", "question": "pick-0", "has_read": "1"})
    assert "Signed" in done and len(heart.signed) == 1
    assert b'"code":"quoted","words":"Stable angina is likely."' in heart.signed[0].statement


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_note_that_is_not_final_keeps_it_from_being_signed(heart: Clinician) -> None:
    heart.drafted(note(section("assessment", sentence("Angina (preliminary, not final)", NOTE, EARLY))), sheet())
    assert "A note that it quotes is not final." in visible(heart.page.get(heart.path))
    assert HINDRANCES["note_preliminary"] in heart.sign() and not heart.signed


def test_what_could_not_be_read_wants_a_tick(heart: Clinician) -> None:
    heart.drafted(note(section("assessment", sentence("A note could not be read here.", "Patient.id"))), sheet())
    assert HINDRANCES["unreadable"] in heart.sign() and not heart.signed
    assert "Signed" in heart.sign(seen_in_chart="1")


def test_a_draft_that_was_written_anew_is_read_again(heart: Clinician) -> None:
    heart.drafted()
    before = looked_at(heart.work.db, MAIN, heart.owed.id).letter.sha256
    drafted(heart.work.db, MAIN, heart.owed, NOW, note(section("plan")), sheet())
    assert HINDRANCES["not_fresh"] in heart.sign(letter=before) and not heart.signed


@pytest.mark.parametrize(
    ("state", "says"),
    [("held", "on hold"), ("signed", "signed already"), ("owed", "not drafted"), ("waived", "waived")],
)
def test_what_is_no_draft_is_not_signed_and_says_so(heart: Clinician, state: str, says: str) -> None:
    heart.drafted()
    with heart.work.db.write() as session:
        session.execute(update(Obligation).where(Obligation.id == heart.owed.id).values(state=state))
    assert says in visible(heart.page.get(heart.path))
    assert "Not signed." in heart.sign() and not heart.signed


def test_a_draft_that_was_changed_in_the_database_is_not_signed(heart: Clinician) -> None:
    heart.drafted()
    with heart.work.db.write() as session:
        session.execute(update(Document).values(body=b"{}"))
    assert HINDRANCES["changed"] in heart.sign() and not heart.signed


def test_a_signed_letter_that_was_changed_says_so_on_its_page(heart: Clinician) -> None:
    heart.drafted().sign()
    with heart.work.db.write() as session:
        session.execute(update(Document).where(Document.kind == "consult-note").values(body=b"{}"))
    report = visible(heart.page.get(f"/obligation/{heart.owed.id}"))
    assert "was changed after signature 1" in report and "✓ verified" not in report
    assert "was changed after signature 1" in visible(heart.page.get("/health"))


def test_the_password_is_asked_for_again_after_five_minutes_and_slows_down_when_wrong(heart: Clinician) -> None:
    heart.drafted(ASKED, sheet())
    assert "The password does not fit." in heart.sign(password="wrong")
    assert HINDRANCES["answer_empty"] in heart.sign()  # the password fitted: it is not asked for again
    heart.time += HOLDS_FOR - timedelta(seconds=1)
    assert "Your password, again" not in visible(heart.page.get(heart.path))
    heart.time += timedelta(seconds=1)
    assert "Show again that it is you" in heart.sign(password="", question="told")
    for _ in range(6):
        page = heart.sign(password="wrong", question="told")
    assert "Too many wrong tries" in page or "Try again in" in page
    assert not heart.signed


@pytest.mark.parametrize("email", ["cora@demo.example", "leo@demo.example", "mona@demo.example"])
def test_staff_prepare_and_do_not_sign(work: Work, email: str) -> None:
    somebody = Clinician(work, email)
    drafted(work.db, MAIN, somebody.owed, NOW)
    assert somebody.page.client.get("/letters").status_code == 403
    assert "To sign" not in somebody.page.get("/")
    token = _token(somebody.page.get("/"))
    answer = somebody.page.client.post(somebody.path, data={"csrf_token": token})
    assert answer.status_code == 403 and "Only a clinician may sign" in answer.get_data(as_text=True)
    assert "Open it to sign" not in somebody.page.get(f"/obligation/{somebody.owed.id}")


def test_a_clinician_whose_account_names_nobody_signs_nothing(heart: Clinician) -> None:
    heart.drafted()
    with heart.work.db.write() as session:
        session.execute(update(User).where(User.email == HEART).values(reference=None))
    assert NO_REFERENCE in visible(heart.page.get(heart.path))
    assert NO_REFERENCE in heart.sign() and not heart.signed


def test_a_form_without_its_token_signs_nothing(heart: Clinician) -> None:
    heart.drafted()
    found = looked_at(heart.work.db, MAIN, heart.owed.id).letter.sha256
    answer = heart.page.client.post(heart.path, data={"letter": found, "password": PASSWORD})
    assert answer.status_code == 400 and not heart.signed


def test_a_session_that_ended_keeps_the_answers_and_no_password(heart: Clinician) -> None:
    heart.drafted()
    token = _token(heart.page.get(heart.path))
    heart.time += timedelta(hours=1)
    form = {
        "csrf_token": token,
        "password": PASSWORD,
        "one_time_code": "123456",
        "has_read": "1",
        "words-question": "Yes.",
    }
    heart.page.client.post(heart.path, data=form)
    (kept,) = rows(heart.work, KeptForm)
    assert [name for name, _ in kept.fields] == ["words-question"] and not heart.signed  # type: ignore[attr-defined]


def test_how_many_wait_stands_beside_the_name_of_the_page(heart: Clinician) -> None:
    assert not re.search(r"To sign\s*<b>", heart.page.get("/letters"))
    heart.drafted()
    assert re.search(r"To sign\s*<b>1<", heart.page.get("/letters"))


def code_at(work: Work, moment: datetime) -> str:
    """What the authenticator shows then."""
    with work.db.read() as session:
        row = session.scalars(select(SecondFactorRow)).one()
    with create_app(work).app_context():
        from loopclose.flows.web_key import web_key

        opened = Authenticator(work.db, work.clock, web_key(work.config).value)._open(row.secret, row.user_id)
    assert opened is not None
    return code_of(opened, int(moment.timestamp()) // STEP_SECONDS)


def test_a_code_of_the_authenticator_counts_once(heart: Clinician) -> None:
    heart.drafted()
    mine = "/second-factor"
    assert "Show first that it is you" in visible(heart.page.post(f"{mine}/make", mine))
    assert "Or type it there" in visible(heart.page.post(f"{mine}/make", mine, password=PASSWORD))
    with heart.work.db.read() as session:
        assert session.scalars(select(SecondFactorRow)).one().confirmed_at is None
    assert "does not count" in visible(heart.page.post(f"{mine}/confirm", mine, one_time_code="000 000"))
    code = code_at(heart.work, heart.time)
    assert "is ready" in visible(heart.page.post(f"{mine}/confirm", mine, one_time_code=code))
    heart.time += HOLDS_FOR
    page = visible(heart.page.get(heart.path))
    assert "Code of your authenticator" in page and "password" not in page
    assert "counted already" in heart.sign(one_time_code=code)
    assert not heart.signed
    heart.time += timedelta(minutes=1)
    assert "Signed" in heart.sign(one_time_code=code_at(heart.work, heart.time))
    assert heart.signed[0].proved_by == "code"
    heart.page.post(f"{mine}/drop", mine)
    assert not rows(heart.work, SecondFactorRow)


def test_a_secret_is_kept_sealed_and_opens_with_our_key_alone(heart: Clinician) -> None:
    heart.page.post("/second-factor/make", "/second-factor", password=PASSWORD)
    with heart.work.db.read() as session:
        row = session.scalars(select(SecondFactorRow)).one()
    other = Authenticator(heart.work.db, heart.work.clock, b"another key" * 4)
    assert other._open(row.secret, row.user_id) is None
    with heart.work.db.write() as session:
        session.execute(delete(SecondFactorRow))


def test_the_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B: the last six digits of its SHA-1 codes."""
    secret = b"12345678901234567890"
    known = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    assert {at: code_of(secret, at // STEP_SECONDS) for at in known} == known


def test_a_provider_is_asked_anew_and_must_name_whoever_is_signed_in(work: Work) -> None:
    with provider() as op:
        configured(work, op)
        heart = Clinician(work).drafted()
        heart.time = NOW
        add_identity(work.db, work.clock, MAIN, HEART, Identity(op.origin, "s-1"))
        begin = f"/letters/prove/staff?next={heart.path}"
        assert "Show that it is you: Sign in with staff" in visible(heart.page.get(heart.path))
        out = heart.page.client.get(begin).location
        asked = op.codes[op.consent(out)["code"]]
        assert (asked["prompt"], asked["max_age"]) == ("login", "0")
        op.claims = {"auth_time": AT - 600}
        back = heart.page.client.get("/sign-in/with/staff/back", query_string=op.consent(out))
        assert REFUSALS["not_fresh"] in visible(back.get_data(as_text=True))
        op.claims = {"auth_time": AT}
        out = heart.page.client.get(begin).location
        back = heart.page.client.get("/sign-in/with/staff/back", query_string=op.consent(out))
        assert back.status_code == 303 and back.location.endswith(heart.path)
        assert "Signed" in heart.sign(password="", has_read="1") and heart.signed[0].proved_by == "provider"


def test_a_colleague_at_the_provider_proves_nothing(work: Work) -> None:
    with provider() as op:
        configured(work, op)
        heart = Clinician(work).drafted()
        heart.time = NOW
        add_identity(work.db, work.clock, MAIN, "cora@demo.example", Identity(op.origin, "s-1"))
        op.claims = {"auth_time": AT}
        out = heart.page.client.get(f"/letters/prove/staff?next={heart.path}").location
        back = heart.page.client.get("/sign-in/with/staff/back", query_string=op.consent(out))
        assert back.status_code == 403 and REFUSALS["somebody_else"] in visible(back.get_data(as_text=True))
        assert "Show again that it is you" in heart.sign(password="", has_read="1") and not heart.signed
        assert "Sign out heart" in heart.page.get("/")


def test_whoever_signs_is_told_what_comes_of_the_letter(heart: Clinician, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loopclose.web.letters.ways_of", lambda work, scope: {"fax": None})
    assert "It leaves once somebody enters where it goes" in heart.drafted().sign(has_read="1")
