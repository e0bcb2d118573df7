"""What may be configured of an EHR from within which Loopclose is opened: SMART App Launch, frames, CDS Hooks."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, model_validator

from loopclose.config.expected import ExactAddress, KeyFile, Origin, Secret, Text, is_loopback
from loopclose.config.section import Section


class InsideEhr(Section):
    """The part of an EHR's table that is about being opened from it, and asked by it."""

    launch_client_id: Text | None = None
    """As which the EHR knows Loopclose as an app that people open (SMART App Launch)."""
    launch_key_file: KeyFile | None = None
    """The private key that proves it; may be that of ``key_file``."""
    launch_secret: Secret | None = None
    """The secret that proves it, instead of a key."""
    frame_origins: list[Origin] = Field(default=[])
    """Origins of the EHR's pages that may show Loopclose in a frame."""
    hooks_issuers: list[Text] = Field(default=[])
    """What the EHR calls itself in the tokens by which it asks for cards (CDS Hooks)."""
    hooks_key_urls: list[ExactAddress] = Field(default=[])
    """Where it publishes the keys of those tokens. Nowhere else are keys looked for."""

    @model_validator(mode="after")
    def _launch_is_whole(self) -> InsideEhr:
        proofs = [one for one in (self.launch_key_file, self.launch_secret) if one is not None]
        if len(proofs) != (0 if self.launch_client_id is None else 1):
            raise ValueError(
                "launch_client_id, and with it either launch_key_file or launch_secret, are expected, or none of them"
            )
        return self

    @model_validator(mode="after")
    def _hooks_are_whole(self) -> InsideEhr:
        if bool(self.hooks_issuers) != bool(self.hooks_key_urls):
            raise ValueError("hooks_issuers and hooks_key_urls are expected together, or neither")
        for address in self.hooks_key_urls:
            parts = urlsplit(address)
            if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
                raise ValueError("hooks_key_urls: an https address is expected, unless it is on this machine")
        return self
