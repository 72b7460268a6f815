"""The HTML blocks of the report that are no charts; the templates beside the page's own say how they look.

The templates escape what they are given; TeX passes through `formulas`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from markupsafe import Markup

from digest_lib.canvas import COLOURS
from digest_lib.digest import Recommendation, best_first, by_field, header, notes, recommended, remarks
from digest_lib.follow import followed
from digest_lib.judging.watch import Alarm
from digest_lib.pages import templates
from digest_lib.reader import Reader
from digest_lib.records import CategoryState, Manifest, Paper, Verdict
from digest_lib.second_opinions import SecondOpinions
from digest_lib.wording import wording

BEST = 3
AUTHORS = 8
"""Names shown; the others are folded."""
NEAR = 1.0
"""Points under the threshold, at most, of a near miss."""
APART = 2.0
"""Points between model and local judge from which they disagree."""
MOST = 10

_templates = templates("report")


@dataclass(frozen=True)
class Card:
    """One paper as the page shows it."""

    paper: Paper
    verdict: Verdict
    field: str
    category: str
    """Which of the reader's categories it counts under."""
    colour: str
    """The field's, as in the charts."""
    local_score: float | None
    notes: list[str]
    is_followed: bool
    """Whether it stands above every threshold."""


def masthead(
    manifest: Manifest,
    papers: Sequence[Paper],
    verdicts: Mapping[str, Verdict],
    reader: Reader,
    unusual_rate: tuple[float, ...] = (),
    alarms: Sequence[Alarm] = (),
) -> str:
    """What matters today on one screen: how many papers to read, which first, what is complete, what is unusual.

    Args:
        unusual_rate: that of `trends.unusual_rate`.
        alarms: days on which the judge was noticed to have changed; today's is said here.
    """
    words = wording(reader.language)
    updated, _, model, *_ = header(manifest, reader)
    doubts = [
        name + words.bracketed.format(one.why or words.states.get(one.state) or f"{one.judged}/{one.announced}")
        for name, one in manifest.categories.items()
        if not _is_whole(one)
    ]
    strange = [words.page["rate"].format(*unusual_rate)] if unusual_rate else []
    strange += [_said(alarm, reader) for alarm in alarms if alarm.day == manifest.date]
    sections = by_field(papers, verdicts, reader)
    best = recommended(papers, verdicts, reader)
    return _block(
        "masthead.html.j2",
        reader,
        title=words.title.format(manifest.date),
        facts=(updated, model),
        read=manifest.papers_read,
        categories=[(name, category, _is_whole(category)) for name, category in manifest.categories.items()],
        fields={field: len(pairs) for field, pairs in sections.items()},
        recommended=len(best),
        best=_cards(best[:BEST], reader),
        unusual=[*doubts, *remarks(manifest, reader), *strange],
    )


def paper_cards(papers: Sequence[Paper], verdicts: Mapping[str, Verdict], reader: Reader) -> str:
    """Every judged paper as a card: those of the digest in its order, then the others, folded away."""
    cards = {card.paper.id: card for card in _cards(best_first(papers, verdicts), reader)}
    sections = by_field(papers, verdicts, reader).values()
    above = {cards[pairs[0][0].id].field: [cards[paper.id] for paper, _ in pairs] for pairs in sections}
    shown = {paper.id for pairs in sections for paper, _ in pairs}
    below = [card for card in cards.values() if card.paper.id not in shown]
    above |= {card.field: [] for card in below if card.field not in above}  # a lower threshold may fill them
    return _block(
        "papers.html.j2",
        reader,
        above=above,
        below=below,
        categories=sorted({card.category for card in cards.values()}),
        total=len(cards),
        has_local=any(card.local_score is not None for card in cards.values()),
        authors=AUTHORS,
    )


def second_looks(papers: Sequence[Paper], verdicts: Mapping[str, Verdict], reader: Reader) -> str:
    """The papers that just miss the threshold, and those on which model and local judge are furthest apart.

    Nothing at all where there are neither.
    """
    words = wording(reader.language).page
    pairs = best_first(papers, verdicts)
    near = [pair for pair in pairs if reader.threshold - NEAR <= pair[1].score < reader.threshold]
    apart = sorted((pair for pair in pairs if _distance(pair) >= APART), key=_distance, reverse=True)
    lists = [
        (words["close"], words["close_hint"], _cards(near[:MOST], reader)),
        (words["disputed"], words["disputed_hint"], _cards(apart[:MOST], reader)),
    ]
    return _block("second_looks.html.j2", reader, lists=[each for each in lists if each[2]])


def second_opinions(opinions: SecondOpinions, reader: Reader) -> str:
    """How steady the judge is, what the papers not sent may hold, and when it changed, as far as is known."""
    words = wording(reader.language).second_opinions
    steady, missed = opinions.stability, opinions.missed
    sentences = []
    if steady.pairs:
        sentences.append(words["again"].format(steady.pairs, steady.again, *steady.again_interval))
    if not math.isnan(steady.spread):
        sentences.append(words["scores"].format(steady.apart, steady.spread))
        sentences.append(words["fields"].format(steady.same_field, *steady.same_field_interval))
    if missed:
        sentences.append(words["missed"].format(missed.not_sent, missed.low, missed.high, missed.audited, missed.found))
    sentences += [_said(alarm, reader) for alarm in opinions.alarms]
    return _block("second_opinions.html.j2", reader, sentences=sentences)


def term_papers(terms: pd.DataFrame, reader: Reader) -> str:
    """The papers of each of `newness.rising_terms`, folded under the term."""
    folded = [(row.term, list(zip(row.ids, row.titles, strict=True))) for row in terms.itertuples()]
    return _block("terms.html.j2", reader, terms=folded)


def trends_heading(first: date, last: date, reader: Reader) -> str:
    """The heading of the page of trends."""
    title = wording(reader.language).charts.page.format(first, last)
    return Markup("<header><h1>{}</h1></header>").format(title)


def _said(alarm: Alarm, reader: Reader) -> str:
    words = wording(reader.language).second_opinions
    return words["changed"].format(alarm.day, words[alarm.what])


def _distance(pair: Recommendation) -> float:
    """Points between model and local judge; below zero where only one gave a score."""
    local = pair[1].local_score
    return -1.0 if local is None else abs(pair[1].score - local)


def _is_whole(category: CategoryState) -> bool:
    return category.is_settled and category.judged >= category.announced


def _cards(pairs: Iterable[Recommendation], reader: Reader) -> list[Card]:
    listed = [field.name for field in reader.fields]
    return [
        Card(
            paper,
            verdict,
            verdict.field or wording(reader.language).no_field,
            paper.home(reader.categories),
            COLOURS[listed.index(verdict.field) % len(COLOURS)] if verdict.field in listed else "var(--line)",
            verdict.local_score,
            notes(paper, verdict, reader),
            bool(followed(paper, reader.follow)),
        )
        for paper, verdict in pairs
    ]


def _block(template: str, reader: Reader, **values: object) -> str:
    return _templates.get_template(template).render(words=wording(reader.language), reader=reader, **values)
