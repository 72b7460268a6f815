"""Who was announced on a day, category by category: nothing is missing without being named, nothing is new twice.

A category's feed is believed only where its date, its ids and, in doubt, the index agree. What cannot be had is
waited for within the reader's patience, then stood in for by the submission window and named; the next run asks
for it again.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

import arxiv

from digest_lib.announcements import HOLIDAYS, feed_time, previous_announcement, submission_window
from digest_lib.arxiv_source import ArxivSource, Feed, FeedItem, paper_from_feed, paper_from_result
from digest_lib.errors import ArxivOffline, ArxivUnreachable
from digest_lib.history import Archive
from digest_lib.reader import Reader
from digest_lib.records import SETTLED, Announcement, AnnounceType, CategoryState, Paper

FEED_CAP = 2000
"""Items at which arXiv cuts a feed, new papers first of all (seen in the code of arXiv/arxiv-feed)."""
LOOKBACK_DAYS = 14
"""How long moderation holds a paper at most, as a rule; what comes later is met by the feed alone."""
KNOWN_DAYS = 90
"""Stored days this far from a day are searched for papers that were new there."""
# Of several rows for one paper, the strongest announcement counts.
_STRENGTH: tuple[AnnounceType, ...] = ("new", "cross", "replace", "replace-cross")


class Patience:
    """How long a run waits for what arXiv has not got ready, with the countdown shown.

    Args:
        minutes: in all; 0 waits for nothing.
    """

    def __init__(self, minutes: float) -> None:
        self.left = minutes * 60

    def wait(self, what: str) -> bool:
        """Wait until it is time to ask again (a minute, or a fifth of what is left); False once it is used up."""
        if self.left < 1:
            return False
        pause = min(60.0, max(self.left / 5, 1.0))
        until = time.monotonic() + pause
        while (rest := until - time.monotonic()) > 0:
            left = self.left - pause + rest
            print(
                f"\rwaiting for {what}: {left // 60:.0f}:{left % 60:02.0f} left", end=" ", file=sys.stderr, flush=True
            )
            time.sleep(min(1.0, rest))
        print(file=sys.stderr)
        self.left -= pause
        return True


@dataclass(frozen=True)
class Known:
    """What the stored days know already."""

    ids: Collection[str] = frozenset()
    """Papers announced as new on other stored days: they are not new today."""
    lookback: datetime | None = None
    """Papers submitted after this moment for an earlier stored day may have been held back when it was made."""

    @classmethod
    def of(cls, archive: Archive, day: date, holidays: Collection[date]) -> Self:
        """What the days of an archive know that matters for `day`."""
        lookback, before = None, day
        while (before := previous_announcement(before, holidays)) >= day - timedelta(days=LOOKBACK_DAYS):
            manifest = archive.day(before).manifest()
            # A day made after this one was announced has met what had been held back by then.
            if manifest is None or manifest.updated >= feed_time(day):
                break
            lookback = submission_window(before, holidays)[0]
        return cls(archive.new_ids(day, KNOWN_DAYS), lookback)


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
        self.window = submission_window(day, HOLIDAYS | frozenset(reader.holidays))
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
            self._states = {name: state for name, state in stored.categories.items() if state.state in SETTLED}
            self._papers = {paper.id: paper for paper in stored.papers}
        while True:
            self._ask_feeds()
            self._describe(self._listed())
            self._settle_doubts()
            late = self._worth_waiting_for()
            if not late or not patience.wait(", ".join(late)):
                break
        self._stand_in()
        if self._open() and not self._papers:
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
        return [name for name in self.reader.categories if name not in states or states[name].state not in SETTLED]

    def _worth_waiting_for(self) -> list[str]:
        """Categories that time may mend: not on a day that is past, without a network, or behind the feed's cap."""
        if self._is_past:
            return []
        late = [name for name in self._open() if self._states[name].state != "truncated"]
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
            if self._states[name].state in (*SETTLED, "truncated"):
                self._feeds[name] = feed

    def _read(self, feed: Feed) -> CategoryState:
        """What a feed shows by itself; `_settle_doubts` has the last word."""
        if feed.day < self.day:
            return CategoryState(state="late", why=f"its feed is still that of {feed.day}")
        new = [item.id for item in feed.items if item.announce_type == "new"]
        if 2 * sum(paper in self.known.ids for paper in new) > len(new):
            return CategoryState(state="stale", why="its feed still lists the last batch")
        if len(feed.items) >= FEED_CAP:
            return CategoryState(state="truncated", why=f"its feed was cut at {FEED_CAP} items")
        return CategoryState(state="announced" if feed.items else "quiet")

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
        fresh = {
            paper.home(self.reader.categories)
            for paper in self._papers.values()
            if paper.submitted is None or start < paper.submitted <= end
        }
        doubtful = [name for name in self._feeds if self._states[name].state in SETTLED and name not in fresh]
        if not doubtful:
            return
        try:
            submitted = self.source.submitted(doubtful, start, end)
        except ArxivUnreachable as error:
            self._faults["index"] = error
            submitted = []
        waiting = Counter(paper_from_result(result, self.day, "new").primary_category for result in submitted)
        for name in doubtful:
            feed = self._feeds[name]
            if waiting[name] and feed.items:
                state, why = "stale", f"its feed lists none of the {waiting[name]} papers submitted for the day"
            elif waiting[name]:
                state, why = "late", f"its feed is empty, but {waiting[name]} papers were submitted for the day"
            elif "index" in self._faults and not feed.items:
                state, why = "late", "its feed is empty, and the index cannot be asked whether that is right"
            else:
                continue
            self._states[name] = CategoryState(state=state, why=why)
            del self._feeds[name]
            listed = {item.id for item in feed.items}
            self._papers = {p: paper for p, paper in self._papers.items() if p not in listed or p in self._listed()}

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
        for name in missing:
            state = CategoryState(state="announced") if self._is_past else self._states[name]
            self._states[name] = state.model_copy(update={"source": "window"})

    def _counted(self) -> dict[str, CategoryState]:
        """Each category's state with its papers counted, and with the index's failure to describe them."""
        homes = {paper.id: paper.home(self.reader.categories) for paper in self._papers.values()}
        announced = Counter(homes.values())
        undescribed = Counter(homes[paper.id] for paper in self._papers.values() if paper.metadata == "feed")
        counted = {}
        for name in self.reader.categories:
            state = self._states[name]
            if state.state in SETTLED:
                state = state.model_copy(update={"state": "announced" if announced[name] else "quiet"})
            if undescribed[name] and state.state in SETTLED:
                why = str(
                    self._faults.get("index") or f"arXiv's index does not know {undescribed[name]} of its papers yet"
                )
                state = state.model_copy(update={"state": "late", "why": why})
            counts = {"announced": announced[name], "fetched": announced[name] - undescribed[name]}
            counted[name] = state.model_copy(update=counts)
        return counted

    def _why(self) -> str:
        reasons: dict[str, list[str]] = {}
        for name in self._open():
            reasons.setdefault(self._states[name].why, []).append(name)
        return "; ".join(f"{', '.join(names)}: {why}" for why, names in reasons.items())
