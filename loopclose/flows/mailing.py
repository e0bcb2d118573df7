"""The configured way of sending mail, and what stands in every mail."""

from __future__ import annotations

from loopclose.config.sections import Config
from loopclose.outbound.mail import FolderMailer, Mailer, SmtpMailer


def mailer_of(config: Config) -> Mailer | None:
    """The configured way of sending mail, or None."""
    if config.web.mail_folder is not None:
        return FolderMailer(config.web.mail_folder)
    mail = config.mail
    if mail is None:
        return None
    password = mail.password.get_secret_value() if mail.password else None
    return SmtpMailer(mail.host, mail.port, mail.sender, mail.tls, mail.user, password, mail.ca)


def sender_of(config: Config) -> str:
    """The address that mails come from."""
    return config.mail.sender if config.mail else "loopclose@localhost"


def address_of(config: Config) -> str:
    """The address for links in mails."""
    return config.web.address or f"http://{config.web.host}:{config.web.port}"
