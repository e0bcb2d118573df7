"""Every answer carries the headers that keep a browser careful: pages, errors, redirects and files."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from loopclose.flows.work import Work
from loopclose.web import create_app

CAREFUL = {
    "Content-Security-Policy": "default-src 'none'",
    "Permissions-Policy": "camera=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
ANSWERS = {"/sign-in": 200, "/": 303, "/not-here": 404, "/sign-out": 405, "/static/style.css": 200, "/static/none": 404}


def client(work: Work, address: str | None = None) -> FlaskClient:
    web = work.config.web.model_copy(update={"address": address})
    work.config = work.config.model_copy(update={"web": web})
    app = create_app(work)

    @app.get("/broken")
    def broken() -> str:
        raise ValueError("a test")

    return app.test_client()


@pytest.mark.parametrize(("path", "status"), [*ANSWERS.items(), ("/broken", 500)])
def test_every_answer_carries_them(work: Work, path: str, status: int) -> None:
    answer = client(work).get(path)
    assert answer.status_code == status
    for name, part in CAREFUL.items():
        assert part in answer.headers[name], name
        assert len(answer.headers.getlist(name)) == 1
    assert ("no-store" in answer.headers["Cache-Control"]) == (path != "/static/style.css")
    assert "Strict-Transport-Security" not in answer.headers, "plain http makes no promise"


@pytest.mark.parametrize("path", ["/sign-in", "/not-here", "/static/style.css"])
def test_https_is_promised_where_people_come_by_https(work: Work, path: str) -> None:
    promise = "Strict-Transport-Security"
    assert "max-age=" in client(work, "https://loopclose.example").get(path).headers[promise]
    assert "max-age=" in client(work).get(path, base_url="https://loopclose.example").headers[promise]
    assert promise not in client(work, "http://loopclose.example").get(path).headers


def test_a_form_without_its_token_carries_them_too(work: Work) -> None:
    answer = client(work).post("/sign-in", data={"email": "a@b.example"})
    assert answer.status_code == 400 and answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
