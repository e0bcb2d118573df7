"""What can go wrong on the wire, as one sentence that says what to do: worth another try, or final."""

from __future__ import annotations


class FhirError(Exception):
    """A failure of an EHR; the message holds neither secrets nor patient data."""


class TemporaryError(FhirError):
    """Worth trying again: refused, reset, cut short, overloaded."""


class FinalError(FhirError):
    """The server, or its answer, is wrong in a way that another try will not mend."""


class NotFound(FinalError):
    """404: the server does not have it."""


class Gone(FinalError):
    """410: the server had it, and it was deleted."""


class PagesDoNotAddUp(TemporaryError):
    """The pages of a search did not hold as many resources as its total says, however often it was asked."""
