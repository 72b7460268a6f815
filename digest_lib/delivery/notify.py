"""Handing over: tells every address of DIGEST_NOTIFY what became of the days, once.

The archive's `deliveries.jsonl` records each attempt before it is made and each success after it. So the next run
tries again what a service did not take, and nothing is sent twice; only a run killed between the two, or a service that
takes a message and says that it did not, can lead to a second copy.
"""

import hashlib
import logging
import secrets
import sys
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from functools import cache, partial

from apprise import Apprise, AppriseAsset, OverflowMode
from apprise.plugins import NotifyBase
from apprise.utils.parse import parse_urls

from digest_lib.announcements import NEW_YORK
from digest_lib.delivery.message import Message, failure, incomplete, morning
from digest_lib.errors import Locked
from digest_lib.history import Archive
from digest_lib.reader import Reader
from digest_lib.records import Delivery
from digest_lib.wording import wording

REACH_DAYS = 7
"""What is older is no news: it is neither sent nor tried again."""
# What apprise logs may name addresses; what became of a message is said here.
logging.getLogger("apprise").disabled = True


class Messenger:
    """Tells every address of DIGEST_NOTIFY what became of the days, once.

    Args:
        addresses: apprise's URLs, separated by white space or commas; they are secrets and are shown nowhere.
    """

    def __init__(self, addresses: str, archive: Archive, now: datetime) -> None:
        self.archive, self.now, self.today = archive, now, now.astimezone(NEW_YORK).date()
        self._services: list[tuple[str, NotifyBase]] = []
        asset = AppriseAsset(app_id="arXiv digest", async_mode=False)
        for number, url in enumerate(parse_urls(addresses), 1):
            if service := Apprise.instantiate(url, asset=asset):
                service.overflow_mode = OverflowMode.TRUNCATE  # the last resort where a line alone is too much
                self._services.append((url, service))
            else:
                print(f"DIGEST_NOTIFY: address {number} is none that apprise knows.", file=sys.stderr)

    def hand_over(self, reader: Reader, made: Collection[date], failed: Mapping[date, Exception]) -> None:
        """Send the digests that are due, then one line about the newest day that failed or is incomplete.

        Due are the complete days among those `made`, and those since the first that an address was to hear of.
        """
        self._apart(partial(self._hand_over, reader, made, failed))

    def fail(self, error: Exception) -> None:
        """Send one line about a run that came to nothing: what happened, and what to do; once a day and cause."""
        line = partial(failure, self.today, error, wording("en"))
        self._apart(partial(self._send, self.today, type(error).__name__, line))

    def _is_news(self, day: date) -> bool:
        return day > self.today - timedelta(days=REACH_DAYS)

    def _apart(self, act: Callable[[], None]) -> None:
        """Keep other runs out meanwhile; whatever goes wrong is said, and no run fails for it."""
        try:
            with self.archive.locked():
                act()
        except Locked:
            print("Another run is at work; the next one hands over what is due.", file=sys.stderr)
        except Exception as error:  # noqa: BLE001 - a hundred services' code is at work here
            print(f"Not everything was handed over ({error}); the next run tries again.", file=sys.stderr)

    def _hand_over(self, reader: Reader, made: Collection[date], failed: Mapping[date, Exception]) -> None:
        words = wording(reader.language)
        stored = {day: day.manifest() for day in self.archive.days() if self._is_news(day.date)}
        for day, manifest in stored.items():
            if manifest.state == "complete":
                self._send(day.date, "digest", partial(morning, day, manifest, reader), is_due=day.date in made)
        lines = {
            manifest.date: ("partial", partial(incomplete, manifest, words))
            for manifest in stored.values()
            if manifest.state == "partial" and manifest.date in made
        }
        lines |= {
            day: (type(error).__name__, partial(failure, day, error, words))
            for day, error in failed.items()
            if self._is_news(day)
        }
        if lines:
            newest = max(lines)
            self._send(newest, *lines[newest])

    def _send(self, day: date, kind: str, compose: Callable[[], Message], is_due: bool = True) -> None:
        """Send a message to every address that lacks it; one that does not take it keeps nobody else from it."""
        known = self.archive.deliveries()
        salt = known[0].target.partition("-")[0] if known else secrets.token_hex(8)
        for number, (url, service) in enumerate(self._services, 1):
            delivery = Delivery(day=day, message=kind, target=_fingerprint(url, salt), at=self.now)
            mine = [one for one in known if one.target == delivery.target]
            told = {one.message for one in mine if one.day == day and one.sent}
            is_late = any(one.day <= day for one in mine)
            if (is_due or is_late) and not told & {kind, "digest"}:
                self.archive.append_delivery(delivery)
                if _notify(service, compose()):
                    self.archive.append_delivery(delivery.model_copy(update={"sent": True}))
                else:
                    whose = f"{service.service_name}, address {number} of DIGEST_NOTIFY,"
                    print(f"{whose} took no message about {day}; the next run tries again.", file=sys.stderr)


def _notify(service: NotifyBase, message: Message) -> bool:
    """Whether a service took the message."""
    body, body_format = message.fitted(service)
    one = Apprise()
    one.add(service)
    return bool(one.notify(body, message.title, body_format=body_format))


@cache
def _fingerprint(url: str, salt: str) -> str:
    """Tells an address from others and hides it, slow to guess at as many addresses hold nothing that is secret."""
    return f"{salt}-{hashlib.scrypt(url.encode(), salt=salt.encode(), n=2**14, r=8, p=1, dklen=8).hex()}"
