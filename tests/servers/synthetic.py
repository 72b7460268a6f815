"""Announcement days that never were, in the shape of the day files: fictional papers of fictional authors.

Every title and abstract is assembled from templates and the subjects' vocabulary and says that it is
synthetic; ids lie in months 13 to 24, which arXiv has not. A day depends on its date and the seed alone, so
it is the same paper by paper whatever else is generated. Ground truth is the paper's subject: subjects with
a field are what the demo reader wants, and the verdicts follow them with a judge's noise.
"""

import math
import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from digest_lib.announcements import latest_announcement, previous_announcement, submission_window
from tests.servers.subjects import FIELDS, SUBJECTS, Subject

CATEGORIES = ("cs.CV", "cs.LG", "cs.AI", "cs.RO")
MARK = "Synthetic abstract."
_OTHER_CATEGORIES = ("cs.CL", "stat.ML", "eess.IV", "cs.HC", "cs.CR", "cs.SD")
# A day's new papers take the numbers from 3000 x day of the month on; the papers that it replaces take the
# last 500 of these numbers in the month before. So no two days share an id, and five digits are enough.
_NUMBERS_A_DAY, _REPLACED_FROM = 3000, 2500
# The growing subject grows fastest here.
_TURN = date(2026, 1, 5)
_TITLES = (
    "{Method} for {Topic}",
    "{Method} for {Topic} under {Trouble}",
    "{name}: {Method} for {Topic}",
    "{name}: Taming {Trouble} in {Topic}",
    "{name}: {Topic} on {Setting}",
    "Rethinking {Topic} with {Method}",
    "Towards {Topic} without {Trouble}",
    "When to Use {Method} for {Topic}",
    "On the Limits of {Method} in {Topic}",
    "The Role of {Trouble} in {Topic}",
    "A Benchmark for {Topic} on {Setting}",
    "{Method} against {Trouble}: A Study of {Topic}",
    "Less Is Enough: {Topic} via {Method}",
    "Beyond {Trouble}: {Method} on {Setting}",
)
_OPENINGS = (
    "Progress in {topic} has outpaced our understanding of {trouble}.",
    "We study {topic} on {setting}.",
    "The cost of {trouble} still holds {topic} back.",
    "Most work on {topic} assumes that {trouble} can be ignored.",
    "What is missing from {topic} on {setting}?",
    "Despite recent results, work on {topic} is still brittle on {setting}.",
    "Practitioners of {topic} increasingly rely on {method}.",
)
_GAPS = (
    "Existing methods treat {trouble} as an afterthought and are tested on easy cases only.",
    "Earlier remedies, {other} among them, need far more data than {setting} can offer.",
    "It is unclear whether {other} would help here.",
    "Prior comparisons mix {method} with {other} and cannot tell their effects apart.",
)
_PROPOSALS = (
    "We propose {name}, which combines {method} with {other}.",
    "This paper introduces {name}, a simple recipe built on {method}.",
    "We revisit {method} and show where this fails on {setting}.",
    "Our approach, {name}, replaces {other} by {method}.",
    "To close this gap we bring {method} to {topic}.",
    "We present the first systematic study of {method} under {trouble}.",
    "{name} is a framework in which {method} and {other} share one objective.",
)
_STRONG = (
    "Across {n} benchmarks {name} sets a new state of the art, and the gain grows with scale.",
    "The improvement holds for every model size tested and for {setting} never seen in training.",
    "We prove that no method without {method} can do better, and experiments agree.",
)
_WEAK = (
    "Preliminary experiments on {setting} are encouraging.",
    "Results are comparable to {other} at slightly lower cost.",
    "Gains are modest, and we discuss where the approach does not help.",
)
_CLOSINGS = (
    "Ablations attribute most of the effect to {method}.",
    "Code and configurations will be released.",
    "We discuss limitations, in particular {trouble}.",
    "The findings suggest that {topic} should be evaluated on {setting}.",
    "An error analysis shows that the remaining failures come from {trouble}.",
)
_REASONS = (
    "提出针对{chinese}的新方法（{method}），与读者方向一致。",
    "研究{chinese}，并在{setting}上给出系统实验。",
    "围绕{chinese}解决{trouble}问题，思路清晰。",
    "为{chinese}提供了新的分析视角与结果。",
)
_SYLLABLES = [
    "Vel",
    "Ora",
    "Quil",
    "Tam",
    "Rin",
    "Sol",
    "Bex",
    "Nim",
    "Ket",
    "Lu",
    "Zar",
    "Mo",
    "Pell",
    "Dra",
]
_AFFILIATIONS = ("Example Lab, Sampletown", "University of Nowhere", "Placeholder Institute, Dept. B")
_ACCENTED = (r"Auth\'or", r"Auth\"or", r"Aut{\o}r", r"Fran\c{c}ois Author", r"Auth\v{o}r")


def synthetic_day(
    day: date, seed: int = 0, papers: int | None = None, categories: Sequence[str] = CATEGORIES
) -> dict[str, Any]:
    """The announcement of `day` in the shape of a day file, the same for the same arguments everywhere.

    `papers` is the number of rows, at most 2,500, of all announce types; without it a day has 60 to 120, and
    1.8 times as many after a weekend or a holiday. `categories` are those that the announcement was made for.
    Papers carry `categories` too, and verdicts cover the rows that are new or cross-listed.

    Raises:
        ValueError: `day` is no announcement day, or it cannot hold that many papers.
    """
    start, end = submission_window(day)
    rng = random.Random(f"{seed}/{day.isoformat()}")
    usual = round(rng.uniform(60, 120) * (1.8 if end - start > timedelta(hours=30) else 1))
    count = usual if papers is None else papers
    if count > _REPLACED_FROM:
        raise ValueError(f"a synthetic day holds at most {_REPLACED_FROM} papers, not {count}")
    weights = [_weight(subject, place, day) for place, subject in enumerate(SUBJECTS)]
    rows, verdicts, replaced = [], {}, 0
    for place in range(count):
        # One draw after another, so that a shorter day is the beginning of a longer one.
        subject = rng.choices(SUBJECTS, weights)[0]
        kind = rng.choices(("new", "cross", "replace"), (92, 4, 4))[0]
        number = day.day * _NUMBERS_A_DAY + place
        paper_id = _paper_id(day, number)
        if kind == "replace":
            number = day.day * _NUMBERS_A_DAY + _REPLACED_FROM + replaced
            paper_id = _paper_id(day.replace(day=1) - timedelta(days=1), number)
            replaced += 1
        strength = rng.random()
        words = _pick_words(rng, subject)
        paper = {"id": paper_id, "feed_date": day.isoformat()}
        rows.append(paper | _paper(rng, subject, words, strength, kind, categories))
        verdict = _verdict(rng, subject, words, strength)
        if verdict and kind != "replace":
            verdicts[paper_id] = verdict | {"authors": rows[-1]["authors"]}
    read = sum(row["announce_type"] != "replace" for row in rows)
    return {
        "date": day.isoformat(),
        "judge": "synthetic",
        "read": read,
        "tokens": 470 * read,
        "papers": sorted(rows, key=lambda row: row["id"]),
        "verdicts": verdicts,
        "retest": None,
    }


def synthetic_days(
    last: date,
    count: int,
    seed: int = 0,
    papers: int | None = None,
    categories: Sequence[str] = CATEGORIES,
) -> dict[date, dict[str, Any]]:
    """The `count` announcement days up to `last`, oldest first; the rest is as in `synthetic_day`."""
    days: list[date] = []
    while len(days) < count:
        days.append(previous_announcement(days[-1]) if days else latest_announcement(last))
    return {day: synthetic_day(day, seed, papers, categories) for day in reversed(days)}


def _weight(subject: Subject, place: int, day: date) -> float:
    """The subject's share on `day`: all swing slowly, out of step, and one grows from week to week."""
    weeks = (day - _TURN).days / 7
    if subject.grows:
        return subject.weight * (0.3 + 3 / (1 + math.exp(-weeks / 20)))
    return subject.weight * (1 + 0.3 * math.sin(weeks / 9 + 2 * place))


def _paper_id(month: date, number: int) -> str:
    return f"{month:%y}{month.month + 12}.{number:05d}"


def _pick_words(rng: random.Random, subject: Subject) -> dict[str, Any]:
    """The words that one paper's templates are filled with, as they stand in a sentence and in a title."""
    method, other = rng.sample(subject.methods, 2)
    words: dict[str, Any] = {
        "topic": rng.choice(subject.topics),
        "method": method,
        "trouble": rng.choice(subject.troubles),
        "setting": rng.choice(subject.settings),
    }
    words |= {key.capitalize(): _title_case(value) for key, value in words.items()}
    name = "".join(rng.sample(_SYLLABLES, rng.randint(2, 3))).capitalize()
    return words | {"other": other, "name": name, "n": rng.randint(3, 9), "chinese": subject.chinese}


def _title_case(words: str) -> str:
    small = ("of", "to", "and", "the", "a", "in", "on", "for", "from", "with", "at", "between")
    return " ".join(word if word in small else word[0].upper() + word[1:] for word in words.split())


def _paper(
    rng: random.Random,
    subject: Subject,
    words: dict[str, Any],
    strength: float,
    kind: str,
    categories: Sequence[str],
) -> dict[str, Any]:
    homes = {home: weight for home, weight in subject.homes.items() if home in categories}
    homes = homes or dict.fromkeys(categories, 1)
    primary = rng.choices(list(homes), list(homes.values()))[0]
    listed = [primary, *(other for other in (*homes, rng.choice(_OTHER_CATEGORIES)) if rng.random() < 0.3)]
    if kind == "cross":
        listed.insert(0, rng.choice(sorted(set(_OTHER_CATEGORIES) - set(categories)) or _OTHER_CATEGORIES))
    listed = list(dict.fromkeys(listed))
    return {
        "version": str(rng.randint(2, 4)) if kind == "replace" else "1",
        "announce_type": kind,
        "title": rng.choice(_TITLES).format_map(words) + " (Synthetic)",
        "authors": ", ".join(_author(rng) for _ in range(rng.randint(1, 8))),
        "abstract": _abstract(rng, subject, words, strength),
        "primary_category": listed[0],
        "categories": listed,
    }


def _abstract(rng: random.Random, subject: Subject, words: dict[str, Any], strength: float) -> str:
    """Four to seven sentences and the mark; strong papers claim more."""
    sentences = [rng.choice(_OPENINGS)]
    if rng.random() < 0.5:
        sentences.append(rng.choice(_GAPS))
    sentences += [rng.choice(_PROPOSALS), *rng.sample(subject.facts, rng.randint(1, 2))]
    sentences.append(rng.choice(_STRONG if rng.random() < strength else _WEAK))
    if rng.random() < 0.5:
        sentences.append(rng.choice(_CLOSINGS))
    if rng.random() < 0.1 and len(sentences) < 7:
        # A borrowed sentence: words of another subject, as real abstracts have them in passing.
        sentences.insert(2, rng.choice(rng.choice(SUBJECTS).facts))
    filled = [sentence.format_map(words) for sentence in sentences]
    text = " ".join(sentence[0].upper() + sentence[1:] for sentence in filled)
    return f"{MARK} {text}" if rng.random() < 0.5 else f"{text} {MARK}"


def _author(rng: random.Random) -> str:
    draw, number = rng.random(), rng.randint(1, 400)
    if draw < 0.06:
        return f"Author {number} ({rng.choice(_AFFILIATIONS)})"
    return f"{rng.choice(_ACCENTED) if draw < 0.1 else 'Author'} {number}"


def _verdict(rng: random.Random, subject: Subject, words: dict[str, Any], strength: float) -> dict[str, Any] | None:
    """What the judge recommends: nearly all of the reader's subjects and, by mistake, a few others."""
    if rng.random() >= (0.02 if subject.field is None else 0.55 + 0.35 * strength):
        return None
    field = subject.field if subject.field and rng.random() < 0.92 else rng.choice(FIELDS)
    score = 6 + round(4 * min(1, max(0, strength + rng.gauss(0, 0.15)))) if subject.field else 6
    return {"score": float(score), "field": field, "reason": rng.choice(_REASONS).format_map(words)}


def _hostile(number: int, **changes: str) -> dict[str, Any]:
    return {
        "id": f"2699.{number:05d}",
        "version": "1",
        "announce_type": "new",
        "title": f"Hostile Paper {number} (Synthetic)",
        "authors": "Author 1",
        "abstract": MARK,
        "primary_category": "cs.LG",
        "categories": ["cs.LG"],
    } | changes


# Papers that break what pastes text into XML, HTML, Markdown or TeX. All of them are invented.
HOSTILE = (
    _hostile(1, title="<script>alert(1)</script>", abstract=f"<script>alert(1)</script> ]]> <!-- {MARK}"),
    _hostile(2, title="# x **bold** | [a](javascript:alert(1)) `code", abstract=f"# x\n- a | b\n```\n{MARK}"),
    _hostile(3, title=r"A $\alpha$-Rate and a Lone $", abstract=rf"{MARK} Costs 5$ of $O(n^{{2}}"),
    _hostile(4, title="Left \u200fthgiR\u202e Mark", abstract=f"{MARK} \u202eReversed"),
    _hostile(5, authors=", ".join(f"Author {number}" for number in range(1, 3001))),
    _hostile(6, title="0", abstract=f"0. {MARK}"),
    _hostile(7, title="Long " + "word" * 5000, abstract=f"{MARK} {'word' * 5000}"),
    _hostile(8, title="Entities &amp;lt;b&amp;gt; & &lt;", abstract=f"{MARK} &amp;lt; &undefined; &#0;"),
    _hostile(9, abstract=f"  Leading blanks.\n\n  A second paragraph.\n\n{MARK}"),
    _hostile(10, title="Control \x00\x08\x1b Characters", abstract=f"{MARK} \x0b\ufffe"),
    _hostile(11, authors=r"Auth\'or 1 (Lab (West), Dept. \& Co, City), {\L}ast, B. (CERN) & Friends"),
)
