"""The short code of a letter: what is read from a fax, or said on the telephone, instead of the document's id.

Of eight characters seven follow from the id and the last checks them. The alphabet has no two characters that a fax
turns into each other: no 0 O D Q 9, no 1 I, no 5 S, no Z beside the 2, no B beside the 8, no A beside the 4, no E
beside the F (tried by text recognition, tests/interop/test_fax.py). It has 23 characters, a prime, so that one wrong
character and two that changed places are always noticed (ISO/IEC 7064 does the same with 97).
"""

from __future__ import annotations

from hashlib import sha256

ALPHABET = "234678CFGHJKLMNPRTUVWXY"
LENGTH = 8
_TAKEN_FOR = str.maketrans("ABZE", "482F")
"""Characters that are in no code, and what a machine had before it when it read them."""
_PAYLOAD = LENGTH - 1


def short_code(document: str) -> str:
    """The code of the document with that id, in two groups of four: ``7FK2-83XC``.

    Two of a practice's documents may have the same one (three thousand million there are): it leads to a
    document, and patient and birth date beside it say whether it is the one that was meant.
    """
    rest = int.from_bytes(sha256(document.encode()).digest(), "big")
    payload = ""
    for _ in range(_PAYLOAD):
        rest, value = divmod(rest, len(ALPHABET))
        payload += ALPHABET[value]
    code = payload + check_of(payload)
    return f"{code[:4]}-{code[4:]}"


def read_short_code(text: str) -> str | None:
    """The code that somebody typed or a machine read, as ``short_code`` writes it; None where it cannot be one.

    A character that is in no code is taken for the one it looks like, or as put in: ``F6OK`` is how ``F6K`` is read.
    """
    code = cleaned(text)
    if len(code) != LENGTH or check_of(code[:-1]) != code[-1]:
        return None
    return f"{code[:4]}-{code[4:]}"


def cleaned(text: str) -> str:
    """Only characters of the alphabet, each that is not in it taken for the one it looks like, or left out."""
    return "".join(sign for sign in text.upper().translate(_TAKEN_FOR) if sign in ALPHABET)


def check_of(payload: str) -> str:
    """The character that checks those before it; as many as the alphabet has, at most."""
    total = sum(place * ALPHABET.index(sign) for place, sign in enumerate(payload, start=1))
    return ALPHABET[total % len(ALPHABET)]
