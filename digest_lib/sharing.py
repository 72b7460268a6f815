"""What another reader of the same outputs was told already: two readers of one category ask arXiv once."""

from collections.abc import Collection, Sequence

from digest_lib.reader import Reader
from digest_lib.records import Announcement


def shared(
    stored: Announcement | None,
    others: Sequence[Announcement],
    reader: Reader,
    feed_url: str,
    known: Collection[str],
) -> Announcement | None:
    """What is stored of a day, with each open category that another reader has settled from the same feeds.

    Shared is what is the same for all readers: the new papers that a category's feed lists. Which cross-lists and
    replacements count depends on what else a reader reads, and what a submission window gives on the days that it has
    stored: whoever needs these asks.

    Args:
        others: the same day in other readers' archives.
        known: ids announced as new on the reader's other days.
    """
    if set(reader.include) != {"new"}:
        return stored
    states = dict(stored.categories) if stored else {}
    papers = {paper.id: paper for paper in stored.papers} if stored else {}
    hashes = dict(stored.feed_hash) if stored else {}
    for other in others:
        for name, state in other.categories.items():
            is_open = name in reader.categories and not (name in states and states[name].is_settled)
            if not is_open or not state.is_settled or state.feed != feed_url:
                continue
            listed = {
                paper.id: paper
                for paper in other.papers
                if paper.announce_type == "new" and paper.home(list(other.categories)) == name
            }
            new = {paper: listed[paper] for paper in listed.keys() - known}
            # What stood in for them until now goes.
            papers = {paper.id: paper for paper in papers.values() if paper.primary_category != name} | new
            states[name] = state.model_copy(update={"feed": feed_url if len(new) == len(listed) else ""})
            hashes |= {name: other.feed_hash[name]} if name in other.feed_hash else {}
    if not states:
        return None
    day = stored.day if stored else others[0].day
    return Announcement(day=day, papers=tuple(papers.values()), categories=states, feed_hash=hashes)
