"""The two READMEs say the same: what one gains or loses, the other does too."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[1]


@dataclass
class Section:
    """What of a section does not depend on its language."""

    level: str
    code: Counter = field(default_factory=Counter)
    """Commands, names and messages in the text."""
    links: Counter = field(default_factory=Counter)
    shapes: Counter = field(default_factory=Counter)
    """How many table rows and list items."""
    blocks: list[str] = field(default_factory=list)
    """Code blocks, without comments."""


def sections(name: str) -> list[Section]:
    """The sections of a README, in order."""
    found: list[Section] = []
    for token in tokens(MarkdownIt().enable("table").parse((ROOT / name).read_text(encoding="utf8"))):
        match token.type:
            case "heading_open":
                found.append(Section(token.tag))
            case "code_inline":
                found[-1].code[token.content] += 1
            case "link_open" | "image":
                found[-1].links[token.attrs.get("href") or token.attrs["src"]] += 1
            case "tr_open" | "list_item_open":
                found[-1].shapes[token.type] += 1
            case "fence":
                lines = (line.partition("  # ")[0].rstrip() for line in token.content.splitlines())
                found[-1].blocks.append(f"{token.info}\n" + "\n".join(lines))
    for section in found:
        section.links -= Counter({"README.md": 9, "README.zh-CN.md": 9})  # each leads to the other
    return found


def tokens(parsed: list[Token]) -> Iterator[Token]:
    """Block tokens, and the inline ones in them."""
    for token in parsed:
        yield token
        yield from tokens(token.children or [])


@pytest.mark.parametrize("part", ["level", "blocks", "code", "links", "shapes"])
def test_the_chinese_readme_keeps_step(part: str):
    """Section by section: the same heading levels, commands, names in code, links, table rows and list items."""
    english, chinese = sections("README.md"), sections("README.zh-CN.md")
    assert [getattr(one, part) for one in english] == [getattr(one, part) for one in chinese]
