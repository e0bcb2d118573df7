"""A test mail: whether the mail server takes what we send, in words."""

from __future__ import annotations

import uuid

from loopclose.domain.addresses import BadAddress, parse_address
from loopclose.errors import UsageError
from loopclose.flows.mailing import mailer_of, sender_of
from loopclose.flows.work import Work
from loopclose.outbound.frozen import as_bytes
from loopclose.outbound.mail import FrozenMail, SendError

TEXT = "This is a test mail of Loopclose. Whoever can read it can be told what is late.\n"


def send_test(work: Work, address: str) -> tuple[bool, str]:
    """Send a test mail to an address; gives whether it was accepted, and what happened in a sentence or two.

    Raises ``UsageError`` for an address that no mail can be sent to, or where no mail is configured.
    """
    try:
        parse_address(address)
    except BadAddress as problem:
        raise UsageError(str(problem)) from problem
    mailer = mailer_of(work.config)
    if mailer is None:
        raise UsageError("There is no [mail] in the configuration: nothing can be sent.")
    message_id = f"<test-{uuid.uuid4()}@loopclose>"
    content = as_bytes(sender_of(work.config), address, "Loopclose: a test", TEXT, message_id, work.clock())
    try:
        note = mailer.send(FrozenMail(message_id, (address,), content))
    except SendError as problem:
        after = "Nothing else will come of it." if problem.final else "Another try may help."
        return False, f"It did not leave. {problem} {after}"
    return True, f"The mail server took it for {address}: look into that inbox.{f' {note}' if note else ''}"
