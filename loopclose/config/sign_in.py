"""What may be configured of a provider that signs staff in: OpenID Connect."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from loopclose.config.expected import ExactAddress, KeyFile, ReadableFile, Secret, Text, is_loopback
from loopclose.config.section import Section


class SignInConfig(Section):
    """A provider beside the password: its button on the sign-in page, and how we prove to it who we are."""

    issuer: ExactAddress
    """As the provider calls itself, to the letter."""
    client_id: Text
    client_secret: Secret | None = None
    key_file: KeyFile | None = None
    """A private key instead of the secret (private_key_jwt)."""
    label: Text
    """What the button says."""
    practice: str | None = None
    """Whose staff it signs in; needed where there are several practices."""
    ehr: str | None = None
    """The EHR whose provider this is: its ``fhirUser`` is believed then, and nobody else's."""
    scopes: list[Text] = Field(default=["openid", "profile", "email"])
    claims: list[Text] = Field(default=["name", "email"])
    """What is shown of the proof, beside issuer and subject, to whoever is not known here yet."""
    max_age_minutes: int | None = Field(default=None, ge=0, le=1440)
    """How long ago somebody may have shown the provider who they are; 0: each time anew."""
    ca: ReadableFile | None = None

    @field_validator("issuer")
    @classmethod
    def _safe(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise ValueError("an https address is expected, unless the provider is on this machine")
        return value

    @field_validator("scopes")
    @classmethod
    def _openid(cls, value: list[str]) -> list[str]:
        if "openid" not in value:
            raise ValueError('a list with "openid" in it is expected')
        return value

    @model_validator(mode="after")
    def _one_proof(self) -> SignInConfig:
        if (self.client_secret is None) == (self.key_file is None):
            raise ValueError("either client_secret (or client_secret_file) or key_file is expected")
        return self
