"""The narrative of C-CDA notes as EHRs write it: styles, tables, footnotes, lists with captions, pictures."""

from __future__ import annotations

import pytest

from loopclose.drafting.words.cda import plain
from loopclose.drafting.words.lines import lines_of


def lines(narrative: str) -> list[str]:
    document = (
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><component><structuredBody><component><section><title>Plan</title>'
        f"<text>{narrative}</text></section></component></structuredBody></component></ClinicalDocument>"
    )
    return [one.text for one in lines_of(plain(document.encode()))][1:]


def table(*rows: str, head: str = "") -> str:
    return f"<table>{head}<tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody></table>"


@pytest.mark.parametrize(
    ("narrative", "said"),
    [
        ('<content styleCode="Bold">Dx:</content> <content styleCode="Italics">angina</content>', ["Dx: angina"]),
        ('<paragraph><content styleCode="xStrikeThrough">warfarin</content>apixaban</paragraph>', ["apixaban"]),
        ('<content styleCode="Bold Strike">warfarin</content><content styleCode="Underline">apixaban</content>',
         ["apixaban"]),
        ('<content revised="delete">5 mg</content><content revised="insert">10 mg</content>', ["10 mg"]),
        (table('<td rowspan="2">Sodium</td><td>140</td><td>1 May</td>', "<td>138</td><td>2 May</td>"),
         ["Sodium | 140 | 1 May", "Sodium | 138 | 2 May"]),
        (table('<td>a</td><td>b</td><td rowspan="2">Harbor lab</td>', "<td>c</td><td>d</td>", "<td>e</td><td>f</td>"),
         ["a | b | Harbor lab", "c | d | Harbor lab", "e: f"]),
        (table('<td colspan="2">BP</td><td rowspan="2">at rest</td>', "<td>sitting</td><td>120/80</td>"),
         ["BP: at rest", "sitting | 120/80 | at rest"]),
        (table('<td rowspan="3">Lipids</td><td>LDL</td><td>190</td>', "<td>HDL</td><td>40</td>")
         + table("<td>K</td><td>4.1</td>"), ["Lipids | LDL | 190", "Lipids | HDL | 40", "K: 4.1"]),
        ('<paragraph>Start it<footnoteRef IDREF="f"/> now.</paragraph><footnote ID="f">if K is &lt; 5</footnote>',
         ["Start it [footnote: if K is < 5] now."]),
        ("<paragraph>Start it<footnote>if K is &lt; 5</footnote> now.</paragraph>",
         ["Start it [footnote: if K is < 5] now."]),
        ('<footnote ID="f">see <footnoteRef IDREF="f"/> K</footnote>', []),
        ('<paragraph>Start<footnoteRef IDREF="nowhere"/> now.</paragraph><footnote ID="g">K</footnote>',
         ["Start now.", "[footnote: K]"]),
        ('<list listType="ordered"><item><caption>A fib:</caption>apixaban<list><caption>Doses</caption>'
         "<item>5 mg</item></list></item><item>HTN</item></list>", ["1. A fib: apixaban", "Doses:", "5 mg", "2. HTN"]),
        ("<list><item><caption>HTN</caption><list><item>lisinopril</item></list></item></list>",
         ["HTN:", "lisinopril"]),
        ('<renderMultiMedia referencedObject="e"><caption>ECG "5 May"</caption></renderMultiMedia>',
         ['[image in the note: ECG "5 May"]']),
        ('See <renderMultiMedia referencedObject="e"/> today', ["See [image in the note: kept beside the text] today"]),
    ],
)  # fmt: skip
def test_the_narrative_is_read_as_it_is_shown(narrative: str, said: list[str]) -> None:
    assert [" ".join(one.split()) for one in lines(narrative)] == said


def test_many_footnotes_cost_no_more_than_their_letters() -> None:
    notes = "".join(f'x<footnoteRef IDREF="f{no}"/><footnote ID="f{no}">n{no}</footnote>' for no in range(3000))
    assert "x [footnote: n2999]" in " ".join(" ".join(lines(notes)).split())
