"""Mails as they come back: reports of mail systems and of recipients, written out."""

from __future__ import annotations

from tests.unit.secure_mail.made import DELIVERY, THEM, US

NAME = f"<{DELIVERY}@direct.practice.example>"
OTHER = "0a8b7c6d-9999-5222-8333-444455556666"


def _mail(head: str, body: str) -> bytes:
    return (head.strip() + "\n\n" + body).replace("\n", "\r\n").encode()


def dsn(
    action: str = "delivered",
    status: str = "2.0.0",
    *,
    envelope: str | None = DELIVERY,
    quoted: str | None = NAME,
    more: str = "",
) -> bytes:
    """A report of a mail system, as Postfix writes it."""
    of_mail = f"Original-Envelope-Id: {envelope}\n" if envelope else ""
    returned = f"--B\nContent-Type: text/rfc822-headers\n\nFrom: <{US}>\nMessage-ID: {quoted}\n\n" if quoted else ""
    return _mail(
        f"""Date: Mon, 30 Nov 2026 10:00:05 -0500 (EST)
From: MAILER-DAEMON@mx.example (Mail Delivery System)
Subject: Delivery Status Notification
To: {US}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="B"
""",
        f"""--B
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
{of_mail}Arrival-Date: Mon, 30 Nov 2026 10:00:00 -0500 (EST)

Final-Recipient: rfc822; {THEM}
Original-Recipient: rfc822;{THEM}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <{THEM}> User unknown
{more}
{returned}--B--
""",
    )


def mdn(
    disposition: str = "automatic-action/MDN-sent-automatically; processed",
    *,
    sender: str = THEM,
    original: str | None = NAME,
    more: str = "",
    quoted: str | None = None,
) -> bytes:
    """A report of the recipient's side."""
    own = f"Original-Message-ID: {original}\n" if original else ""
    returned = f"--B\nContent-Type: message/rfc822\n\nMessage-ID: {quoted}\nSubject: x\n\nx\n" if quoted else ""
    return _mail(
        f"""Date: Mon, 30 Nov 2026 15:00:09 +0000
From: Pat Office <{sender}>
To: {US}
Subject: Disposition notification
MIME-Version: 1.0
Content-Type: multipart/report; boundary="B"; report-type="disposition-notification"
""",
        f"""--B
Content-Type: text/plain

Your message was read.

--B
Content-Type: message/disposition-notification

Reporting-UA: mail.example; something
Final-Recipient: rfc822; {sender}
{own}Disposition: {disposition}
{more}
{returned}--B--
""",
    )


def written(*, automatic: bool = False, answers: str = NAME) -> bytes:
    """A mail that somebody wrote, or an absence notice."""
    marked = "Auto-Submitted: auto-replied\n" if automatic else ""
    return _mail(f"From: {THEM}\nTo: {US}\nSubject: Re: Report\nIn-Reply-To: {answers}\n{marked}", "Thank you.\n")
