"""The elements of HTML, by how they are shown (https://html.spec.whatwg.org/multipage/indices.html)."""

from __future__ import annotations

from loopclose.drafting.words.word_lists import names

BARE = names(
    """
    checked; selected; disabled; hidden; multiple; readonly; required; nowrap; compact; reversed; open
    """
)
"""Attributes that may stand without a value."""
BLOCKS = names(
    """
    address; article; aside; blockquote; body; center; dd; details; dir; div; dl; dt; fieldset; figcaption;
    figure; footer; form; h1; h2; h3; h4; h5; h6; header; hr; html; legend; main; menu; nav; ol; p; pre;
    section; summary; table; ul; caption
    """
)
HEADS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption", "summary", "dt"])
"""Elements whose words are a heading, when they are one line."""
VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
DROPPED = frozenset(
    [
        "script",
        "style",
        "title",
        "head",
        "template",
        "del",
        "s",
        "strike",
        "noembed",
        "noframes",
        "o:p-hidden",
        "w:del",
        "w:deltext",
        "w:movefrom",
    ]
)
INLINE = names(
    """
    a; abbr; acronym; b; bdi; bdo; big; cite; code; data; dfn; em; font; i; ins; kbd; label; mark; nobr; q;
    ruby; rp; rt; samp; small; span; strong; sub; sup; time; tt; u; var; meter; progress; output; noscript;
    button; textarea
    """
)
OTHERS = names(
    """
    li; tr; td; th; thead; tbody; tfoot; colgroup; select; option; optgroup; canvas; svg; object; iframe
    """
)
KNOWN = BLOCKS | VOID | DROPPED | INLINE | OTHERS
CLOSED_BY = {
    "li": {"li"}, "td": {"td", "th"}, "th": {"td", "th"}, "tr": {"tr", "td", "th"}, "option": {"option"},
    "dt": {"dt", "dd", "p"}, "dd": {"dt", "dd", "p"}, **{one: {"p"} for one in BLOCKS - {"dt", "dd", "body", "html"}},
}  # fmt: skip
"""Elements that end what stands open without an end of its own."""
