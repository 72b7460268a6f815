r"""TeX in arXiv's titles and abstracts, and in what judges write about them, as HTML with MathML.

MathML needs no script and no network. The converter's output is not trusted: it is rebuilt from the elements and
attributes listed here, so that `\href`, `\style` or a tag in `\text` end as characters. What cannot be converted stays
the TeX that it was.
"""

import re
import unicodedata
from html import escape, unescape
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element
from markupsafe import Markup

LONGEST_FORMULA = 1000
"""Characters of TeX; the longest formula in 16,000 real abstracts has 358."""
_WIDE = 25
"""Signs from which a formula may be wider than a telephone and gets a scroll bar of its own, as it cannot wrap."""

# Single dollars as Pandoc pairs them (https://pandoc.org/MANUAL.html#extension-tex_math_dollars), so that prices are
# no formulas: no blank inside either of them, no digit behind the second.
_FORMULA = re.compile(
    rf"(?<!\\)\$\$([^$]{{1,{LONGEST_FORMULA}}})\$\$"
    rf"|(?<!\\)\$(?![\s$])((?:\\.|[^$\\]){{1,{LONGEST_FORMULA}}})(?<!\s)\$(?!\d)"
    rf"|\\\((.{{1,{LONGEST_FORMULA}}}?)\\\)"
    rf"|\\\[(.{{1,{LONGEST_FORMULA}}}?)\\\]",
    re.DOTALL,
)
# A few commands defined by each other grow without bound.
_DEFINES = re.compile(r"\\(newcommand|def)")
_TEXT = {"textbf": "b", "textit": "em", "emph": "em", "texttt": "code", "underline": "", "textsc": "", "textsf": ""}
_COMMAND = re.compile(rf"\\({'|'.join(_TEXT)})\{{([^{{}}]*)\}}")
_DEEPEST = 4
"""Commands inside each other that are obeyed; a text with thousands would take seconds."""
_LINK = re.compile(r"\\href\{[^{}]*\}\{([^{}]*)\}|\\url\{([^{}]*)\}")
_ESCAPED = re.compile(r"\\([%#_$])")

_ELEMENTS = re.compile(
    "m(ath|row|i|n|o|text|space|sub|sup|subsup|frac|sqrt|root|over|under|underover|style|table|tr|td|multiscripts|prescripts)"
)
_CHILDREN = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "mover": 2, "munder": 2, "msubsup": 3, "munderover": 3}
_ATTRIBUTES = re.compile(
    "stretchy|fence|form|accent|accentunder|movablelimits|linethickness|displaystyle|scriptlevel|minsize|maxsize|width"
    "|columnalign"
)
_VALUE = re.compile(r"-?\d{0,2}(\.\d{1,3})?(em|ex|pt|px)?|[a-z]{1,24}")
# MathML Core knows one mathvariant, `normal`; the others are characters of their own or, here, a class.
_ALPHABETS = {"double-struck": "DOUBLE-STRUCK", "script": "SCRIPT", "fraktur": "FRAKTUR"}
_CLASSES = frozenset({"bold", "italic", "bold-italic", "monospace", "sans-serif"})
# In a place of HTML where no tag and no TeX command of the surrounding text can begin or end.
_INERT = str.maketrans({"\\": "&#92;", "{": "&#123;", "}": "&#125;"})


def render(text: str) -> Markup:
    """One line or paragraph of text as safe HTML; never raises, whatever the text."""
    html, end = [], 0
    for found in _FORMULA.finditer(text):
        html += [escape(text[end : found.start()]), _formula(next(filter(None, found.groups())), found.group())]
        end = found.end()
    return Markup(_formatted("".join([*html, escape(text[end:])])))  # noqa: S704 (every part was escaped)


def _formula(tex: str, source: str) -> str:
    """A formula as MathML, or its source where it defines commands or is no valid TeX."""
    if not _DEFINES.search(tex):
        try:
            root = convert_to_element(tex)
            signs = len(unescape("".join(root.itertext())))
            wide = ' class="wide" tabindex="0"' if signs > _WIDE else ""
            return f'<math alttext="{_characters(tex)}"{wide}>{"".join(map(_rebuilt, root))}</math>'
        except Exception:  # noqa: BLE001, S110 (a converter of any text fails in more ways than it documents)
            pass
    return _characters(source)


def _rebuilt(element: Element) -> str:
    tag = element.tag if _ELEMENTS.fullmatch(element.tag) else "mrow"
    if len(element) != _CHILDREN.get(tag, len(element)):
        raise ValueError("incomplete")  # the converter forgives a fraction without a denominator, a browser does not
    attributes = element.attrib.items()
    kept = {name: value for name, value in attributes if _ATTRIBUTES.fullmatch(name) and _VALUE.fullmatch(value)}
    variant, text = element.get("mathvariant", ""), unescape(element.text or "")
    if variant in _ALPHABETS:
        text = "".join(_letter(_ALPHABETS[variant], character) for character in text)
    elif variant in _CLASSES:
        kept["class"] = variant
    elif variant:
        kept["mathvariant"] = "normal"
    written = "".join(f' {name}="{value}"' for name, value in kept.items())
    return f"<{tag}{written}>{_characters(text)}{''.join(map(_rebuilt, element))}</{tag}>"


def _letter(alphabet: str, character: str) -> str:
    """The letter of a mathematical alphabet, or the character itself where that has none."""
    case = "CAPITAL" if character.isupper() else "SMALL"
    # Some of them are older than the block; there, "SCRIPT CAPITAL P" is another sign.
    for name in (f"MATHEMATICAL {alphabet} {case} {character.upper()}", f"{alphabet} {case} {character.upper()}"):
        try:
            return unicodedata.lookup(name)
        except KeyError:
            continue
    return character


def _characters(text: str) -> str:
    return escape(text).translate(_INERT)


def _formatted(html: str) -> str:
    r"""Escaped text with `\textbf` and its like as tags, links as their text, and `\%` as `%`; innermost first."""
    html = _LINK.sub(r"\1\2", html)
    for _ in range(_DEEPEST):
        html = _COMMAND.sub(lambda match: _tagged(_TEXT[match[1]], match[2]), html)
    return _ESCAPED.sub(r"\1", html)


def _tagged(tag: str, content: str) -> str:
    return f"<{tag}>{content}</{tag}>" if tag else content
