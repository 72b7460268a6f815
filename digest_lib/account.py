"""What a day came to: the account that the digest shows and `run.json` keeps."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from digest_lib.history import Day
from digest_lib.reader import Reader
from digest_lib.records import SETTLED, Announcement, Manifest, Verdict


def account(
    day: Day, announcement: Announcement, verdicts: Mapping[str, Verdict], reader: Reader, now: datetime
) -> Manifest:
    """What the day came to; it is `complete` only where every announced paper has a verdict."""
    judged = Counter(paper.home(reader.categories) for paper in announcement.papers if paper.id in verdicts)
    categories = {
        name: category.model_copy(update={"judged": judged[name]}) for name, category in announcement.categories.items()
    }
    unjudged = tuple(paper.id for paper in announcement.papers if paper.id not in verdicts)
    whole = not unjudged and all(category.state in SETTLED for category in categories.values())
    first = next(iter(verdicts.values()), None)
    earlier = day.manifest()
    return Manifest(
        date=day.date,
        state="partial" if not whole else "complete" if announcement.papers else "quiet",
        categories=categories,
        papers_read=len(announcement.papers) - len(unjudged),
        recommended=sum(verdict.score >= reader.threshold for verdict in verdicts.values()),
        unjudged=unjudged,
        judge=first.judge if first else "",
        model=first.model if first else "-",
        reader_hash=reader.hash,
        feed_hash=announcement.feed_hash,
        updated=now,
        history=earlier.history if earlier else (),
    )
