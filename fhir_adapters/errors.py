"""What can go wrong on the wire, as one sentence that says what to do: worth another try, or final.

And whom it concerns. ``OneRequest`` marks what was answered to one question (one patient's search, one read): it is
set aside with its name, and everybody else goes on. Everything else concerns the server, and ends the run.
"""

from __future__ import annotations

from typing import Self


class FhirError(Exception):
    """A failure of an EHR; the message holds neither secrets nor patient data."""


class TemporaryError(FhirError):
    """Worth trying again: refused, reset, cut short, overloaded."""


class NoToken(TemporaryError):
    """No token is to be had now; ``wait`` are the seconds after which the server says that it has one."""

    def __init__(self, words: str, wait: float | None = None) -> None:
        super().__init__(words)
        self.wait = wait


class BudgetSpent(TemporaryError):
    """The requests that a day has for this server are used up; nothing is wrong with it."""


class GoesOn(TemporaryError):
    """Not everything was read yet, on purpose; the next run goes on from there."""


class FinalError(FhirError):
    """The server, or its answer, is wrong in a way that another try will not mend."""


class NotSignedIn(FinalError):
    """The server answers nobody without a token, or did not take ours (401)."""


class NotFhir(FinalError):
    """The server answered with a web page, or with JSON that is not what was asked for."""


class IgnoredFilter(FinalError):
    """The server answered a search with more than was asked for."""


class OneRequest(FhirError):
    """Concerns what one request asked for; the server may well answer the next one."""

    def set_aside(self) -> Self:
        """The problem without the way there, whose frames would keep the bytes of the answer alive."""
        self.__traceback__ = self.__cause__ = self.__context__ = None
        return self


class Refused(FinalError, OneRequest):
    """The server will not answer this request, now or later: 403, or words of its own."""


class NotSupported(Refused):
    """The server cannot be asked like this: 400, 405, 422, 501."""


class NotFound(Refused):
    """404: the server does not have it, or does not show it to us."""


class Moved(Refused):
    """The server sends us on to another resource of its own (301, 302, 303, 307, 308): ``to`` is its ``Type/id``."""

    def __init__(self, words: str, to: str) -> None:
        super().__init__(words)
        self.to = to


class Gone(Refused):
    """410: the server had it, and it was deleted."""


class Conflict(Refused):
    """409, 412: what stands there is not what was expected: somebody changed it, or there are several already."""


class Unknown(FhirError):
    """Something was handed over and no good answer came: nobody knows whether the server took it."""


class Failed(TemporaryError, OneRequest):
    """The server failed over this request, however often it was asked: 500, cut short, no answer in time."""


class PagesDoNotAddUp(Failed):
    """The pages of a search did not hold as many resources as its total says, however often it was asked."""


class SearchExpired(Failed):
    """The server forgot a search before its last page, however often it was begun again."""


class PartialResults(Failed):
    """The server says that a search did not give everything."""


class Withheld(PartialResults):
    """The server says that it keeps some of what a search finds from us, as behind a broken glass."""
