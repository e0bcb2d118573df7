"""Every word of the confirmation page, in English and in Spanish. A word is one row: none can lack a language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from loopclose.domain.dates import in_full

LANGUAGES: Mapping[str, str] = {"en": "English", "es": "Español"}
WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("Confirm a letter", "Confirmar una carta"),
    "error_title": ("Error", "Error"),
    "skip": ("To the content", "Ir al contenido"),
    "language": ("Language", "Idioma"),
    "enter": (
        "Enter the code that is printed on the letter or the fax.",
        "Introduzca el código que está impreso en la carta o en el fax.",
    ),
    "code": ("Code", "Código"),
    "code_hint": (
        "12 letters and digits, such as 7FK2-83XC-GH43. Capitals and hyphens do not matter.",
        "12 letras y números, por ejemplo 7FK2-83XC-GH43. Mayúsculas y guiones no importan.",
    ),
    "go_on": ("Continue", "Continuar"),
    "unknown": ("This code opens nothing", "Este código no abre nada"),
    "unknown_why": (
        "It may have been misread, be too old, or have been used up. Look at the letter again, or call the practice "
        "that sent it.",
        "Puede estar mal leído, ser demasiado antiguo o haberse usado ya. Mire la carta otra vez o llame al "
        "consultorio que la envió.",
    ),
    "busy": (
        "Many codes that open nothing were tried just now. Wait a minute and try again.",
        "Se acaban de probar muchos códigos que no abren nada. Espere un minuto e inténtelo de nuevo.",
    ),
    "from": ("A letter from {practice}", "Una carta de {practice}"),
    "phone": ("Telephone {phone}", "Teléfono {phone}"),
    "our_code": (
        "“Our code” on the letter is {code}. Compare it with the letter in your hand.",
        "En la carta, «Our code» es {code}. Compárelo con la carta que tiene en la mano.",
    ),
    "until": ("You can answer here until {moment}.", "Puede responder aquí hasta el {moment}."),
    "noted": ("Thank you. What you said is kept.", "Gracias. Hemos guardado lo que nos dijo."),
    "so_far": ("What you told us", "Lo que nos dijo"),
    "received_on": ("Received: you told us on {moment}.", "Recibida: nos lo dijo el {moment}."),
    "needs_on": (
        "You asked us for something on {moment}. We answer by telephone or letter.",
        "Nos pidió algo el {moment}. Le respondemos por teléfono o por carta.",
    ),
    "is_here": ("The letter is in the right place", "La carta está en el lugar correcto"),
    "received": ("We have received it", "La hemos recibido"),
    "as_in_letter": (
        "The numbers are those printed in the letter.",
        "Los números son los que están impresos en la carta.",
    ),
    "handover": ("Medicine {no}", "Medicamento {no} (en la carta: Medicine {no})"),
    "ask": ("Request {no}", "Petición {no} (en la carta: Request {no})"),
    "accepted": ("We take it over", "Nos hacemos cargo"),
    "refused": ("We do not take it over", "No nos hacemos cargo"),
    "done": ("Done", "Hecho"),
    "declined": ("It cannot be done", "No se puede hacer"),
    "needs": ("We need something from you", "Necesitamos algo de ustedes"),
    "needs_hint": (
        "At most 500 characters. Do not write the name of a patient, or anything by which one can be known: we see "
        "which letter it is about. It is not shown here again.",
        "500 caracteres como máximo. No escriba el nombre de ningún paciente ni nada que permita reconocerlo: vemos "
        "de qué carta se trata. No se vuelve a mostrar aquí.",
    ),
    "send": ("Send", "Enviar"),
    "changing": (
        "You can change your answers here later, with the same code.",
        "Puede cambiar sus respuestas aquí más tarde, con el mismo código.",
    ),
    "wrong": ("This is the wrong office", "Esta no es la consulta correcta"),
    "wrong_what": (
        "If the letter is not for you, tell us here. This cannot be taken back, and the code opens nothing afterwards.",
        "Si la carta no es para ustedes, díganoslo aquí. No se puede deshacer, y después el código ya no abre nada.",
    ),
    "wrong_sure": (
        "We looked at whom the letter is addressed to: it is not for us.",
        "Hemos mirado a quién va dirigida la carta: no es para nosotros.",
    ),
    "wrong_send": ("Say that it is the wrong office", "Decir que no es la consulta correcta"),
    "wrong_done": ("Thank you for telling us", "Gracias por avisarnos"),
    "destroy": (
        "Please destroy the letter and every copy of it, do not pass it on, and call us.",
        "Por favor, destruya la carta y todas sus copias, no la entregue a nadie y llámenos.",
    ),
    "errors": ("There is a problem", "Hay un problema"),
    "error_nothing": ("Choose or write something before you send it.", "Elija o escriba algo antes de enviarlo."),
    "error_received": (
        "Say that you have received the letter, too: only then your other answers count.",
        "Diga también que han recibido la carta: solo así cuentan sus otras respuestas.",
    ),
    "error_long": (
        "What you need is longer than 500 characters: make it shorter.",
        "Lo que necesita tiene más de 500 caracteres: acórtelo.",
    ),
    "error_sure": (
        "Tick that you looked at whom the letter is addressed to.",
        "Marque que ha mirado a quién va dirigida la carta.",
    ),
    "error_again": (
        "The page was not sent as it was shown: look at it, and send it again.",
        "La página no se envió como se mostró: mírela y envíela otra vez.",
    ),
    "error_since": (
        "Something else was said of this letter since: look at it, and send this again if it still holds.",
        "Desde entonces se dijo otra cosa de esta carta: mírela y, si aún es así, envíelo otra vez.",
    ),
    "failed": (
        "Something went wrong on our side. Please try again later, or call the practice.",
        "Algo falló de nuestra parte. Inténtelo más tarde o llame al consultorio.",
    ),
    "too_much": ("That is too much at once.", "Es demasiado de una vez."),
    "not_possible": ("That is not possible here.", "Eso no es posible aquí."),
}
_MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
"""Of Spanish: what the machine is set to is no matter."""


def say(language: str, word: str, **filled: object) -> str:
    """A word in a language of ``LANGUAGES``."""
    return WORDS[word][[*LANGUAGES].index(language)].format(**filled)


def moment(language: str, at: datetime) -> str:
    """A moment on the practice's clock, in full: ``19 Nov 2026 at 17:00``."""
    if language == "es":
        return f"{at.day} de {_MONTHS[at.month - 1]} de {at.year}, {at:%H:%M}"
    return f"{in_full(at.date())} at {at:%H:%M}"
