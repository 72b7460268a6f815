"""TeX becomes MathML, and whatever is no TeX stays the text that it was."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from digest_lib.formulas import render
from tests.hostile import MARKUP

ALLOWED = re.compile(
    "span|b|em|code|math|m(row|i|n|o|text|space|sub|sup|subsup|frac|sqrt|root|over|under|underover|style|table|tr|td)"
)
PIECES = (
    "$",
    "$$",
    r"\(",
    r"\)",
    "{",
    "}",
    r"\textbf{",
    r"\frac",
    r"\sqrt[",
    "]",
    "^",
    "_",
    "&",
    "<b>",
    "\\",
    " ",
    "x",
    "5",
)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cc", "Cs"])), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
)


def parsed(text: str) -> html.HtmlElement:
    """The rendered text as a browser would read it."""
    return html.fragment_fromstring(str(render(text)), create_parent="span")


@pytest.mark.parametrize(
    ("tex", "mathml"),
    [
        (r"$\ell_p$", "<mrow><msub><mi>ℓ</mi><mi>p</mi></msub></mrow>"),
        (r"$x^2$", "<mrow><msup><mi>x</mi><mn>2</mn></msup></mrow>"),
        (r"\(\frac{a}{b}\)", "<mrow><mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac></mrow>"),
        (r"$$\mathbb{R}$$", "<mrow><mi>ℝ</mi></mrow>"),
        (r"\[\mathcal{L}\]", "<mrow><mi>ℒ</mi></mrow>"),
        (r"${\cal P}$", "<mrow><mrow><mi>𝒫</mi></mrow></mrow>"),
        ("$0<p$", "<mrow><mn>0</mn><mo>&lt;</mo><mi>p</mi></mrow>"),
    ],
)
def test_a_formula_becomes_mathml(tex: str, mathml: str):
    """Each way of marking a formula is known, and its source stays with it for a search."""
    shown = str(render(f"On {tex} norms"))
    assert re.sub(r' (alttext|stretchy)="[^"]*"', "", shown) == f"On <math>{mathml}</math> norms"
    assert parsed(tex).find("math").get("alttext") in tex


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5, or $10.",
        "$5-$10",
        "5$ and 6$",
        "a lone $",
        r"$\frac{1$",
        r"$x^$",
        "$ x $",
        "A* and B_1",
        "50% {of}",
    ],
)
def test_what_is_no_formula_stays_text(text: str):
    """Prices, a lone dollar and broken TeX are shown as they were written."""
    assert text == parsed(text).text_content()
    assert parsed(text).find(".//math") is None


def test_commands_of_text_are_obeyed():
    r"""Bold, emphasis and typewriter become tags, a link its text, `\%` a percent sign; others stay."""
    text = r"\textbf{a \emph{b}} \texttt{c} \textsc{d} \href{https://example.org}{e} 5\% \ours{f}"
    assert str(render(text)) == r"<b>a <em>b</em></b> <code>c</code> d e 5% \ours{f}"


def test_a_wide_formula_can_be_scrolled():
    """A formula that may be wider than a telephone can be reached with the keyboard and scrolled."""
    assert parsed(f"${'x + ' * 20}y$").find("math").get("tabindex") == "0"
    assert parsed("$x$").find("math").get("tabindex") is None


@pytest.mark.parametrize("text", MARKUP)
def test_hostile_tex_is_inert(text: str):
    """No text leaves an element or an attribute that is not on the list, and none takes long."""
    assert not unlisted(text)


@given(TEXTS)
def test_any_text_can_be_rendered(text: str):
    """Whatever the text, rendering it raises nothing and leaves nothing but listed elements."""
    assert not unlisted(text)


def unlisted(text: str) -> list[str]:
    """Elements and attributes that a text has no business to make."""
    attributes = {"alttext", "class", "tabindex", "mathvariant", "stretchy", "fence", "form", "accent", "accentunder"}
    attributes |= {"movablelimits", "linethickness", "displaystyle", "scriptlevel", "minsize", "maxsize", "width"}
    found = []
    for element in parsed(text).iter():
        found += [element.tag] if not ALLOWED.fullmatch(str(element.tag)) else []
        found += [name for name in element.attrib if name not in attributes]
    return found
