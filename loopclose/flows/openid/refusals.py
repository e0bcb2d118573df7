"""Why somebody is not signed in by a provider's word: each reason, and the sentence that says it.

docs/refused-sign-ins.md lists them; a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping

AGAIN = "Begin again on the sign-in page."
TELL = "Tell whoever runs Loopclose."
REFUSALS: Mapping[str, str] = {
    "state": f"This sign-in was not begun in this browser, or was used already. {AGAIN}",
    "too_slow": f"This sign-in was begun too long ago. {AGAIN}",
    "mixed_up": f"Another provider answered than the one that was asked, so its answer is not taken. {TELL}",
    "denied": "The provider did not let you in, or you broke off there.",
    "no_code": f"The provider's answer is empty. {AGAIN}",
    "code": f"The provider does not stand by its answer: it was used, changed on the way, or is too old. {AGAIN}",
    "client": f"The provider does not believe that this is Loopclose: its client id, secret or key do not fit. {TELL}",
    "no_proof": f"The provider's answer holds no proof of who you are. {TELL}",
    "malformed": f"The provider's proof of who you are cannot be read. {TELL}",
    "algorithm": f"The proof of who you are is signed in a way that is not taken. {TELL}",
    "key": f"The proof of who you are is signed with a key that the provider does not publish. {TELL}",
    "signature": f"The signature does not fit the proof of who you are, so it was changed. {TELL}",
    "issuer": f"The proof of who you are comes from somebody else than the provider that was asked. {TELL}",
    "audience": f"The proof of who you are was made for another program. {TELL}",
    "nonce": f"The proof of who you are belongs to another sign-in. {AGAIN}",
    "expired": f"The proof of who you are has expired, or does not say when it does. {AGAIN}",
    "early": f"The proof of who you are is of the future: the provider's clock and ours do not agree. {TELL}",
    "not_fresh": f"The provider did not ask you anew who you are, and that is wanted here. {AGAIN}",
    "somebody_else": "Somebody else signed in at the provider than is signed in here, so nothing was signed.",
    "disabled": "Your account here is disabled. Ask your practice's manager.",
    "two_accounts": f"What the provider says of you fits two accounts here, so neither is opened. {TELL}",
    "foreign_ehr": f"Loopclose is not connected to the EHR that opened it, so nothing was asked there. {TELL}",
    "two_ehrs": f"Several EHRs are configured at that address: the one that is meant belongs into the address. {TELL}",
    "unreachable": "The provider cannot be reached now. Try again in a few minutes, or sign in with your password.",
    "unusable": f"What the provider says of itself or of us cannot be used; the log says why. {TELL}",
    "too_many": "Too many sign-ins from here went wrong: this one was not looked at.",
}
"""By code, as it stands in the audit."""


class SignInRefused(Exception):
    """Nobody is signed in; ``code`` is one of ``REFUSALS``."""

    def __init__(self, code: str) -> None:
        super().__init__(REFUSALS[code])
        self.code = code

    @property
    def sentence(self) -> str:
        """What the person is told."""
        return REFUSALS[self.code]
