"""The Atom feed: valid, stable, bounded, and inert whatever stands in a title."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import feedparser
import pytest
from lxml import etree

from digest_lib.delivery import feed
from digest_lib.history import FEED, Archive
from digest_lib.reader import Reader

MONDAY = date(2026, 2, 9)
SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).parent / "atom.rng"))
HOSTILE = '<script>alert(1)</script> & <img src=x onerror=alert(1)> ]]> &lt;b> "深度" \ud7ff\ufffe\x00'


@pytest.fixture
def archive(tmp_path: Path, stored: Callable, paper: Callable, verdict: Callable) -> Archive:
    """Ten days of three papers each, of which the third is not recommended; the last day's are hostile."""
    for number in range(10):
        day, ids = MONDAY + timedelta(days=number), range(3 * number, 3 * number + 3)
        hostile = {"title": HOSTILE, "authors": (HOSTILE, "")} if number == 9 else {}
        papers = [paper(one, announced=day, **(hostile if one == ids[0] else {})) for one in ids]
        stored(day, papers, [verdict(one, 9 - 2 * place, reason=HOSTILE) for place, one in enumerate(ids)])
    return Archive(tmp_path / "outputs")


def written(archive: Archive, reader: Reader) -> bytes:
    """The bytes of the feed, written anew."""
    feed.write(archive, reader)
    return (archive.root / FEED).read_bytes()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_feed_is_valid(archive: Archive, reader: Reader, language: str):
    """A feed parser has nothing to complain of, the RFC's demands are met, and no id comes twice."""
    body = written(archive, reader.model_copy(update={"language": language}))
    SCHEMA.assertValid(etree.fromstring(body))
    parsed = feedparser.parse(body)
    assert not parsed.bozo
    assert ("atom10", language) == (parsed.version, parsed.feed.language)
    assert len({entry.id for entry in parsed.entries}) == len(parsed.entries)


def test_the_schema_is_no_rubber_stamp(archive: Archive, reader: Reader):
    """A feed without its id, or with an entry that says no time, does not pass."""
    for path in ("{*}id", "{*}author", "{*}entry/{*}updated", "{*}entry/{*}title"):
        tree = etree.fromstring(written(archive, reader))
        broken = tree.find(path)
        broken.getparent().remove(broken)
        assert not SCHEMA.validate(tree)


def test_recommended_papers_of_the_newest_days_best_first(archive: Archive, reader: Reader):
    """Seven days, newest first, what reaches the threshold, with link, score, field, reason and announcement."""
    entries = feedparser.parse(written(archive, reader)).entries
    assert 2 * feed.DAYS == len(entries)
    assert ["Synthetic Paper 24", "Synthetic Paper 25"] == [entry.title for entry in entries[2:4]]
    assert ("https://arxiv.org/abs/2613.00024", "2026-02-17T05:00:00+00:00") == (entries[2].link, entries[2].published)
    assert entries[2].content[0].value.startswith("<p><b>9.0</b> Theory</p>")
    assert ["Theory"] == [tag.term for tag in entries[2].tags]
    assert ["Author 24"] == [author.name for author in entries[2].authors]


def test_a_feed_is_bounded(archive: Archive, reader: Reader, stored: Callable, paper: Callable, verdict: Callable):
    """A day of many recommendations does not make the feed longer than its bound."""
    numbers, day = range(1000, 1000 + 2 * feed.MOST_ENTRIES), archive.days()[-1].date
    stored(day, [paper(one, announced=day) for one in numbers], [verdict(one, 8) for one in numbers])
    assert feed.MOST_ENTRIES == len(feedparser.parse(written(archive, reader)).entries)


def test_the_same_days_give_the_same_bytes(archive: Archive, reader: Reader):
    """Nothing in a feed depends on the moment of writing; a day made again keeps its ids and is newly updated."""
    before = written(archive, reader)
    assert before == written(archive, reader)
    day = archive.days()[-1]
    later = datetime(2026, 3, 1, tzinfo=UTC)
    day.store_manifest(day.manifest().model_copy(update={"updated": later}))
    old, new = feedparser.parse(before), feedparser.parse(written(archive, reader))
    assert [entry.id for entry in old.entries] == [entry.id for entry in new.entries]
    assert new.feed.updated == new.entries[0].updated == later.isoformat()
    assert old.entries[5].updated == new.entries[5].updated


def test_hostile_text_stays_text(archive: Archive, reader: Reader):
    """A title is plain text and a reason escaped HTML, so that the feed reader that shows both runs nothing."""
    entry = etree.fromstring(written(archive, reader)).find("{*}entry")
    shown = HOSTILE.replace("\ufffe", "").replace("\x00", "")
    assert shown == entry.findtext("{*}title")
    content = etree.HTML(entry.findtext("{*}content"))
    assert {"html", "body", "p", "b"} == {element.tag for element in content.iter()}
    assert shown == "".join(content.itertext()).removeprefix("9.0 Theory")


def test_an_empty_archive_has_no_feed(tmp_path: Path, reader: Reader):
    """Before the first day there is nothing to subscribe to."""
    feed.write(Archive(tmp_path), reader)
    assert not list(tmp_path.iterdir())
