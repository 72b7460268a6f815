"""Who was announced on a day, category by category: nothing is missing without being named, nothing is new twice.

A category's feed is believed only where its date, its ids and, in doubt, the index agree. What cannot be had is
waited for within the reader's patience, then stood in for by the submission window and named; the next run asks
for it again.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

import arxiv

from digest_lib.announcements import feed_time, previous_announcement, submission_window
from digest_lib.arxiv_source import ArxivSource, Feed, FeedItem, paper_from_feed, paper_from_result
from digest_lib.errors import ArxivOffline, ArxivUnreachable
from digest_lib.history import Archive
from digest_lib.patience import Patience
from digest_lib.reader import Reader
from digest_lib.records import Announcement, AnnounceType, CategoryState, Manifest, Paper

FEED_CAP = 2000
"""Items at which arXiv cuts a feed, new papers first of all (seen in the code of arXiv/arxiv-feed)."""
LOOKBACK_DAYS = 14
"""How long moderation holds a paper at most, as a rule; what comes later is met by the feed alone."""
INDEX_LAG_HOURS = 24
"""How long after an announcement the index may still lack some of its papers; users report an hour and more."""
KNOWN_DAYS = 90
"""Stored days this far from a day are searched for papers that were new there."""
# Of several rows for one paper, the strongest announcement counts.
_STRENGTH: tuple[AnnounceType, ...] = ("new", "cross", "replace", "replace-cross")


@dataclass(frozen=True)
class Known:
    """What the stored days know already."""

    ids: Collection[str] = frozenset()
    """Papers announced as new on other stored days: they are not new today."""
    lookback: datetime | None = None
    """Papers submitted after this moment for an earlier stored day may have been held back when it was made."""

    @classmethod
    def of(cls, archive: Archive, day: date, categories: Collection[str], holidays: Collection[date]) -> Self:
        """What the days of an archive know that matters for `day` in the categories."""
        lookback, before = None, day
        while (before := previous_announcement(before, holidays)) >= day - timedelta(days=LOOKBACK_DAYS):
            manifest = archive.day(before).manifest()
            # Papers of a category that was not read then are that day's own, not held ones.
            if (
                manifest is None
                or not manifest.categories.keys() >= set(categories)
                or _has_met_the_held(manifest, day)
            ):
                break
            lookback = submission_window(before, holidays)[0]
        return cls(archive.new_ids(day, KNOWN_DAYS), lookback)


def _has_met_the_held(manifest: Manifest, day: date) -> bool:
    """Whether a stored day was made of submission windows after all that was announced on `day` was in the index.

    Then it holds what had been held back until then. A day that was only completed so late does not: what was settled
    before is not asked for again.
    """
    in_the_index = feed_time(day) + timedelta(hours=INDEX_LAG_HOURS)
    by_window = all(category.source == "window" for category in manifest.categories.values())
    return by_window and manifest.begun >= in_the_index


class Census:
    """The count of one announcement day in the reader's categories.

    Args:
        progress: hears how many papers each answer described.
    """

    def __init__(
        self,
        day: date,
        reader: Reader,
        source: ArxivSource,
        known: Known | None = None,
        progress: Callable[[int], None] = lambda count: None,
    ) -> None:
        self.day, self.reader, self.source, self.progress = day, reader, source, progress
        self.known = known or Known()
        self.window = submission_window(day, reader.silent_evenings)
        self._states: dict[str, CategoryState] = {}
        self._feeds: dict[str, Feed] = {}
        self._papers: dict[str, Paper] = {}
        self._faults: dict[str, ArxivUnreachable] = {}
        """What is wrong with each feed that cannot be had, and under `index` with the query API."""
        self._is_past = False

    def take(self, patience: Patience, stored: Announcement | None = None) -> Announcement:
        """What arXiv announced on the day; what `stored` has settled is not asked for again.

        Raises:
            ArxivUnreachable: there is nothing yet that the day could be made of.
        """
        if stored:
            wanted = set(self.reader.categories)  # they may have changed since
            self._states = {n: state for n, state in stored.categories.items() if state.is_settled and n in wanted}
            self._papers = {
                paper.id: paper
                for paper in stored.papers
                if paper.primary_category in wanted or (paper.announce_type != "new" and wanted & set(paper.categories))
            }
        while True:
            self._ask_feeds()
            self._describe(self._listed())
            self._settle_doubts()
            self._drop_unlisted()
            late = self._worth_waiting_for()
            if not late or not patience.wait(self._why() or ", ".join(late)):
                break
        self._stand_in()
        if not self._papers and not all(state.state == "quiet" for state in self._states.values()):
            raise ArxivUnreachable(f"There is no announcement of {self.day} to be had: {self._why()}.")
        hashes = (stored.feed_hash if stored else {}) | {name: feed.hash for name, feed in self._feeds.items()}
        return Announcement(
            day=self.day,
            papers=tuple(sorted(self._papers.values(), key=lambda paper: paper.id)),
            categories=self._counted(),
            feed_hash=hashes,
        )

    def _open(self) -> list[str]:
        states = self._states
        return [name for name in self.reader.categories if name not in states or not states[name].is_settled]

    def _worth_waiting_for(self) -> list[str]:
        """Categories that time may mend: not on a day that is past, without a network, or behind the feed's cap."""
        if self._is_past:
            return []
        late = [name for name in self._open() if self._states[name].state not in ("truncated", "quiet")]
        late = [name for name in late if not isinstance(self._faults.get(name), ArxivOffline)]
        if not isinstance(self._faults.get("index"), ArxivOffline):
            late += {p.home(self.reader.categories) for p in self._papers.values() if p.metadata == "feed"}
        return [name for name in self.reader.categories if name in late]

    def _ask_feeds(self) -> None:
        for name in self._open():
            try:
                feed = self.source.feed(name)
            except ArxivUnreachable as error:
                # All feeds are one service: where it cannot be reached, the other categories are not tried.
                failed = self._open() if isinstance(error, ArxivOffline) else [name]
                self._faults |= dict.fromkeys(failed, error)
                self._states |= {other: CategoryState(state="failed", why=str(error)) for other in failed}
                if isinstance(error, ArxivOffline):
                    return
                continue
            if feed.day > self.day:
                self._is_past = True  # no feed will ever list this day again
                return
            self._states[name] = self._read(feed)
            if self._states[name].state in ("announced", "quiet", "truncated"):
                self._feeds[name] = feed

    def _read(self, feed: Feed) -> CategoryState:
        """What a feed shows by itself; `_settle_doubts` has the last word."""
        if feed.day < self.day:
            return CategoryState(state="late", why=f"its feed is still that of {feed.day}")
        new = [item.id for item in feed.items if item.announce_type == "new"]
        repeated = sum(paper in self.known.ids for paper in new)
        if 2 * repeated > len(new):
            return CategoryState(state="stale", why="its feed still lists the last batch")
        if len(feed.items) >= FEED_CAP:
            return CategoryState(state="truncated", why=f"its feed was cut at {FEED_CAP} items")
        return CategoryState(
            state="announced" if feed.items else "quiet", feed="" if repeated else self.source.feed_url
        )

    def _listed(self) -> dict[str, FeedItem]:
        """The feeds' rows to be included, one a paper, the strongest announcement of each."""
        listed: dict[str, FeedItem] = {}
        for item in (item for feed in self._feeds.values() for item in feed.items):
            known = listed.get(item.id, item)
            listed[item.id] = min(known, item, key=lambda row: _STRENGTH.index(row.announce_type))
        return {
            paper: item
            for paper, item in listed.items()
            if item.announce_type in self.reader.include
            and not (item.announce_type == "new" and paper in self.known.ids)
        }

    def _describe(self, listed: Mapping[str, FeedItem]) -> None:
        """Metadata for every listed paper: the index's, or the feed's own where the index does not have it yet."""
        lacking = [paper for paper in listed if paper not in self._papers]
        lacking += [paper.id for paper in self._papers.values() if paper.metadata == "feed"]
        results: dict[str, arxiv.Result] = {}
        self._faults.pop("index", None)
        try:
            for batch in self.source.papers(lacking):
                results |= batch
                self.progress(len(batch))
        except ArxivUnreachable as error:
            self._faults["index"] = error
        for paper in lacking:
            known = self._papers.get(paper)
            if paper in results:
                announce_type = known.announce_type if known else listed[paper].announce_type
                self._papers[paper] = paper_from_result(results[paper], self.day, announce_type)
            elif not known:
                self._papers[paper] = paper_from_feed(listed[paper], self.day)

    def _settle_doubts(self) -> None:
        """Ask the index about feeds without a paper of today's window: are they right, empty too early, or stale?"""
        start, end = self.window
        settled = [feed for name, feed in self._feeds.items() if self._states[name].is_settled]
        doubtful = [feed.category for feed in settled if not self._lists_today(feed)]
        if not doubtful:
            return
        has_the_day = any(paper.submitted and start < paper.submitted <= end for paper in self._papers.values())
        try:
            submitted = self.source.submitted(doubtful, start, end)
            # An index without a single paper of the window is behind: its silence on a category means nothing.
            has_the_day = has_the_day or bool(submitted) or self.source.has_papers(start, end)
        except ArxivUnreachable as error:
            self._faults["index"] = error
            submitted = []
        waiting = Counter(paper_from_result(result, self.day, "new").primary_category for result in submitted)
        for name in doubtful:
            feed = self._feeds[name]
            shows = "lists no paper submitted for the day" if feed.items else "is empty"
            if waiting[name] and feed.items:
                state, why = "stale", f"its feed lists none of the {waiting[name]} papers submitted for the day"
            elif waiting[name]:
                state, why = "late", f"its feed is empty, but {waiting[name]} papers were submitted for the day"
            elif "index" in self._faults:
                state, why = "late", f"its feed {shows}, and the index cannot be asked whether that is right"
            elif not has_the_day and feed.items:
                state, why = "late", f"its feed {shows}, and the index does not have the day yet"
            elif not has_the_day:
                # A holiday that the calendar does not know, or a run that came before everything.
                state, why = (
                    "quiet",
                    "its feed is empty, and the index knows no paper of the day (a holiday, or too early)",
                )
            else:
                continue
            self._states[name] = CategoryState(state=state, why=why)
            del self._feeds[name]
            listed = {item.id for item in feed.items}
            self._papers = {p: paper for p, paper in self._papers.items() if p not in listed or p in self._listed()}

    def _drop_unlisted(self) -> None:
        """A feed that is believed names its category's new papers: what an earlier run took for them goes."""
        for name, feed in self._feeds.items():
            if self._states[name].is_settled:
                listed = {item.id for item in feed.items}
                self._papers = {
                    paper.id: paper
                    for paper in self._papers.values()
                    if paper.id in listed or paper.announce_type != "new" or paper.primary_category != name
                }

    def _lists_today(self, feed: Feed) -> bool:
        """Whether a feed itself lists a paper of today's window; what stood in for it earlier says nothing of it."""
        start, end = self.window
        listed = (self._papers[item.id] for item in feed.items if item.id in self._papers)
        return any(
            paper.home(self.reader.categories) == feed.category
            and (paper.submitted is None or start < paper.submitted <= end)
            for paper in listed
        )

    def _stand_in(self) -> None:
        """The submission window for every category whose feed is gone or was not to be had."""
        missing = self._open()
        if not missing:
            return
        start, end = self.window
        since = min(start, self.known.lookback or start) if self._is_past else start
        try:
            submitted = self.source.submitted(missing, since, end)
        except ArxivUnreachable as error:
            for name in missing:
                self._states.setdefault(name, CategoryState(state="failed", why=str(error)))
            return
        for result in submitted:
            paper = paper_from_result(result, self.day, "new")
            if paper.primary_category in missing and paper.id not in self.known.ids:
                self._papers.setdefault(paper.id, paper)
        self.progress(len(submitted))
        found = {paper.home(self.reader.categories) for paper in self._papers.values()}
        for name in missing:
            state = CategoryState(state="announced") if self._is_past else self._states[name]
            if name in found or state.state != "quiet":
                self._states[name] = state.model_copy(update={"source": "window"})

    def _counted(self) -> dict[str, CategoryState]:
        """Each category's state with its papers counted, and with the index's failure to describe them."""
        homes = {paper.id: paper.home(self.reader.categories) for paper in self._papers.values()}
        announced = Counter(homes.values())
        undescribed = Counter(homes[paper.id] for paper in self._papers.values() if paper.metadata == "feed")
        counted = {}
        for name in self.reader.categories:
            state = self._states[name]
            if state.is_settled:
                state = state.model_copy(update={"state": "announced" if announced[name] else "quiet"})
            if undescribed[name] and state.is_settled:
                unknown = f"arXiv's index does not know {undescribed[name]} of its papers yet"
                fault = self._faults.get("index")
                why = f"its papers are described by the feed alone: {fault}" if fault else unknown
                state = state.model_copy(update={"state": "late", "why": why})
            counts = {"announced": announced[name], "fetched": announced[name] - undescribed[name]}
            counted[name] = state.model_copy(update=counts)
        return counted

    def _why(self) -> str:
        reasons: dict[str, list[str]] = {}
        for name in self._open():
            reasons.setdefault(self._states[name].why, []).append(name)
        return "; ".join(f"{', '.join(names)}: {why}" for why, names in reasons.items())
