"""Digests that another tool has made, or this one elsewhere: Markdown in the grammar of `digest.py`, read back.

Judges of old let lines of their answers leak into the reasons (`Score: 9`, `Field: ...`, a whole second entry). What
counts of such a reason is what follows its last `Reason:`, without the lines that bear another label.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tqdm import tqdm

from digest_lib.announcements import feed_time
from digest_lib.arxiv_source import clean, decode_tex
from digest_lib.errors import ParametersError
from digest_lib.history import Archive
from digest_lib.records import Manifest, Paper, Tokens, Verdict
from digest_lib.wording import LANGUAGES, wording

_HEADING = re.compile(r"### +(?:\[Score: *([^\]/]*)/10\])? *(.*)")
_LABEL = re.compile(r"(- +)?\**(Title|Authors|Published|Link|Reason|Score|Field|Note)\**[:：]\** *(.*)")  # noqa: RUF001
_ARXIV_ID = re.compile(
    r"arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v([1-9]\d{0,3}))?(?!\d)"
)
_AFFILIATION = re.compile(r"\(((?:[^()]|\([^()]*\))*)\)")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EMPHASIS = re.compile(r"(\*\*|`)(.+?)\1")


class _Entry(NamedTuple):
    line: int
    field: str
    score: str
    title: str
    body: list[str]


def import_digests(folder: Path, archive: Archive, tell: Callable[[str], None]) -> dict[date, int]:
    """Bring every digest below a folder, whatever the files' names, into the days that their entries state.

    Args:
        tell: hears of everything that could not be read, as `FILE:LINE: what is wrong`; the rest goes on.

    Returns:
        How many recommendations were read of each day.

    Raises:
        ParametersError: there is no such folder, or no file in it.
        Locked: a run is at work in the archive.
    """
    every = ((path, path.relative_to(folder).parts) for path in folder.rglob("*") if path.is_file())
    files = sorted(path for path, parts in every if not any(part.startswith(".") for part in parts))
    if not files:
        raise ParametersError(f"DIGESTS is {folder}, which is no folder with files in it.")
    read: dict[date, set[str]] = {}
    with archive.locked():
        archive.recover()
        for path in tqdm(files, "digests read", delay=2, leave=False, disable=None):
            header, found = _read(path, tell)
            days = Counter(paper.announced for paper, _ in found)
            # What the header counts is one day's, also where a few entries are another's.
            own = max(days, key=lambda day: (days[day], day), default=None)
            for day in sorted(days):
                papers, verdicts = zip(*(pair for pair in found if pair[0].announced == day), strict=True)
                opened = archive.open(day)
                opened.store_imported(papers, verdicts, _account(day, header if day == own else {}))
                os.close(opened.lock)
                read.setdefault(day, set()).update(paper.id for paper in papers)
    return {day: len(read[day]) for day in sorted(read)}


def _read(path: Path, tell: Callable[[str], None]) -> tuple[dict[str, str], list[tuple[Paper, Verdict]]]:
    """What the header of one file says, and its recommendations."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        tell(f"{path}:{line}: this is no UTF-8 text")
        return {}, []
    lines = [line.strip() for line in text.split("\n")]
    entries, header, found = list(_entries(lines)), _header(lines), []
    if not entries and not header:
        tell(f"{path}:1: this is no digest: it has neither a header nor an entry (`### [Score: 8.0/10] Title`)")
    for entry in entries:
        try:
            found.append(_recommendation(entry, header.get("model", "")))
        except ValueError as error:
            tell(f"{path}:{entry.line}: {error}")
    return header, found


def _header(lines: list[str]) -> dict[str, str]:
    """What the quoted lines say, in either language: papers read, model and tokens, zone and time of making."""
    said: dict[str, str] = {}
    for words in map(wording, LANGUAGES):
        for phrase, keys in ((words.updated, "zone made"), (words.read, "read"), (words.model, "model tokens")):
            found = (re.fullmatch(f"> *{_pattern(phrase)}", line) for line in lines)
            said |= next((dict(zip(keys.split(), one.groups(), strict=True)) for one in found if one), {})
    return said


def _pattern(phrase: str) -> str:
    return re.escape(phrase).replace(r"\{\}", " *(.*?) *")


def _account(day: date, header: dict[str, str]) -> Manifest:
    """The account of a day of which no more is known than what a digest recommends."""
    zone = header.get("zone", "UTC")
    try:
        named = ZoneInfo("Asia/Shanghai" if zone in {words.home_zone for words in map(wording, LANGUAGES)} else zone)
        made = datetime.fromisoformat(header["made"]).replace(tzinfo=named)
    except (KeyError, ValueError, OSError):  # no such line, no time, no zone of that name
        made = feed_time(day)
    read, tokens = (int("0" + re.sub(r"\D", "", header.get(key, ""))[:12]) for key in ("read", "tokens"))
    model, total = clean(header.get("model", "")), Tokens(total=tokens)
    known = {"papers_read": read, "judge": "imported", "model": model, "tokens": total, "begun": made, "updated": made}
    return Manifest(date=day, state="partial", categories={}, **known)


def _entries(lines: list[str]) -> Iterator[_Entry]:
    field, entry = "", None
    for number, line in enumerate([*lines, "## "], 1):
        heading = _HEADING.fullmatch(line)
        if entry and (heading or line.startswith("## ")):
            yield entry
        if heading:
            entry = _Entry(number, field, heading[1] or "", clean(_LINK.sub(r"\1", heading[2])), [])
        elif line.startswith("## "):
            field, entry = clean(line[3:]), None
        elif entry:
            entry.body.append(line)


def _recommendation(entry: _Entry, model: str) -> tuple[Paper, Verdict]:
    """The paper and the verdict of one entry; what a digest does not say is left empty.

    Raises:
        ValueError: it lacks a score, an arXiv link or an announcement day; the text says which.
    """
    facts, reason = _labelled(entry.body)
    link = _ARXIV_ID.search(facts.get("Link", ""))
    if not link:
        raise ValueError(f"'{entry.title}' has no link to arXiv")
    try:
        announced = date.fromisoformat(facts.get("Published", ""))
    except ValueError:
        raise ValueError(f"'{entry.title}' has no date such as 2026-02-09 under Published") from None
    which = {"version": int(link[2] or 1)}
    text = _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", " ".join(line for line in reason if not entry.title.endswith(line))))
    by = {"relevance": 0.0, "judge": "imported", "model": clean(model), "asked": "imported"}
    try:
        verdict = Verdict(paper=link[1], score=entry.score, field=entry.field, reason=clean(text), **which, **by)
    except ValueError:  # pydantic's
        raise ValueError(f"'{entry.title}' has no score from 0 to 10") from None
    authors, affiliations = _people(facts.get("Authors", ""))
    what = {"announced": announced, "announce_type": "new", "metadata": "digest", "title": entry.title}
    unknown = {"abstract": "", "primary_category": "", "categories": ()}
    return Paper(id=link[1], authors=authors, affiliations=affiliations, **which, **what, **unknown), verdict


def _labelled(body: list[str]) -> tuple[dict[str, str], list[str]]:
    """The bulleted facts of an entry, and the lines of its reason."""
    facts: dict[str, str] = {}
    reason: list[str] | None = None
    for line in body:
        text = line
        while label := _LABEL.fullmatch(text):
            bullet, name, text = label.groups()
            if name == "Reason":
                reason = []
                continue
            if bullet and reason is None:
                facts[name] = text
            text = ""
        if text and reason is not None:
            reason.append(text)
    return facts, reason or []


def _people(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and affiliations of `A. Author, B. Author (University, Town, etc.)`."""
    for words in map(wording, LANGUAGES):
        text = re.sub(f", {_pattern(words.etc)}$", "", text)
    affiliations = (clean(inside.removesuffix(", etc.")) for inside in _AFFILIATION.findall(text))
    names = (decode_tex(clean(name)) for name in _AFFILIATION.sub("", text).split(","))
    return tuple(filter(None, names)), tuple(filter(None, dict.fromkeys(affiliations)))
