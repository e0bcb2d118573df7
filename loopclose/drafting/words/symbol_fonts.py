"""Letters in a font of signs, as the sign that is seen: a box of Wingdings is no ``o``, and a ≥ of Symbol no ``³``.

After the tables of the fonts (https://www.unicode.org/L2/L2011/11196-n4022-wingdings.pdf,
https://www.unicode.org/Public/MAPPINGS/VENDORS/ADOBE/symbol.txt). Such a font has its letters at U+F000 too.
"""

from __future__ import annotations

BOXES = {0x6F: "☐", 0x71: "❑", 0x72: "❒", 0xA8: "☐", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑"}
"""Of Wingdings, what a form ticks."""
WINGDINGS = {
    **BOXES, 0x6C: "●", 0x6D: "❍", 0x6E: "■", 0x76: "❖", 0x9F: "•", 0xA1: "○", 0xA7: "▪", 0xD8: "➢", 0xDF: "←",
    0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE7: "⇦", 0xE8: "➔", 0xEF: "⇦", 0xF0: "⇨", 0xF1: "⇧", 0xF2: "⇩",
}  # fmt: skip
WINGDINGS_2 = {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x97: "●", 0xA3: "☐", 0x30: "☐"}
SYMBOL = {
    **dict(zip(b"abcdefghijklmnopqrstuvwxyz", "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True)),
    **{ord(char): char for char in " !#%&()+,./0123456789:;<=>?[]_{|}"},
    0x2D: "−", 0x44: "Δ", 0x47: "Γ", 0x53: "Σ", 0x57: "Ω", 0x50: "Π", 0x51: "Θ", 0x46: "Φ", 0x4C: "Λ", 0x59: "Ψ",
    0x7E: "∼", 0xA2: "′", 0xA3: "≤", 0xA5: "∞", 0xAB: "↔", 0xAC: "←", 0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xB0: "°",
    0xB1: "±", 0xB2: "″", 0xB3: "≥", 0xB4: "×", 0xB7: "•", 0xB8: "÷", 0xB9: "≠", 0xBB: "≈", 0xBC: "…", 0xD2: "®",
    0xD6: "√", 0xDE: "⇒",
}  # fmt: skip
FONTS = {"wingdings": WINGDINGS, "wingdings 2": WINGDINGS_2, "symbol": SYMBOL}
UNKNOWN = "[sign]"
"""For a letter of such a font that stands for something else."""
_PRIVATE = 0xF000
_CERTAIN = {
    **{_PRIVATE + code: sign for code, sign in BOXES.items() if code not in (0x71, 0x72, 0xFC, 0xFB)},
    _PRIVATE + 0xFC: "✓", _PRIVATE + 0xFB: "✗", _PRIVATE + 0xB7: "•", _PRIVATE + 0xA7: "▪", _PRIVATE + 0xD8: "➢",
    _PRIVATE + 0x76: "❖",
}  # fmt: skip
"""Boxes, ticks and bullets where the font was lost: the other font has there what no note holds."""


def font_of(name: str) -> str | None:
    """The font of signs with that name, in small letters; None where it is one of letters."""
    wanted = " ".join(name.split(",")[0].strip("\"' ").lower().split())
    return wanted if wanted in FONTS else None


def signs(text: str, font: str) -> str:
    """What a reader sees of letters in a font of signs."""
    return "".join(char if char.isspace() else _sign(ord(char), font) for char in text)


def _sign(code: int, font: str) -> str:
    if code > 0xFF and not _PRIVATE <= code <= _PRIVATE + 0xFF:
        return chr(code)  # the font has none of these; whoever shows it takes another one
    return FONTS[font].get(code & 0xFF, UNKNOWN)


def certain(text: str) -> str:
    """Words with the boxes, ticks and bullets that lost their font."""
    return text.translate(_CERTAIN)
