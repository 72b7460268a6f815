"""`make schedule` and `make unschedule`: show what is to be done, ask, do it, and say what to know of it."""

import os
import re
import sys
from collections.abc import Mapping
from datetime import datetime
from textwrap import indent

from dotenv import dotenv_values

from digest_lib.announcements import NEW_YORK, feed_time
from digest_lib.errors import ParametersError
from digest_lib.moments import LOOKS, next_run
from digest_lib.schedulers import Job, Where, fitting, installed, scheduler

ADVICE: dict[Where, str] = {
    "systemd": "It starts while you are logged in, or at any time after `loginctl enable-linger`; what was slept "
    "through is made up for on waking. The log: journalctl --user --unit 'arxiv-digest*'",
    "launchd": "What was slept through is made up for on waking. The log: outputs/schedule.log",
    "cron": "cron knows this machine's clock alone, so it also starts an hour early or late, which ends at once; after "
    "a change of the machine's time zone, schedule again. What was slept through waits for the next run, which makes "
    "every missed day. The log: outputs/schedule.log",
    "github": "Commit and push the file; its head says what to set in the repository.",
}
_SETTING = re.compile(r"(OPENAI|DIGEST|ARXIV)_\w+|\w+_proxy", re.IGNORECASE)


def schedule(job: Job, where: Where | None, now: datetime, *, is_agreed: bool) -> None:
    """Install a job with one scheduler (None: the one this machine has), once a person agrees.

    Raises:
        ParametersError: there is no scheduler, or no one to ask.
        DigestError: the scheduler refuses.
    """
    where = where or fitting()
    one = scheduler(where, job, now.date())
    midnight = feed_time(now.date()).astimezone(NEW_YORK)
    times = " and ".join(f"{midnight + look:%H:%M}" for look in LOOKS)
    print(f"For {where}, to start a run at {times} in New York on every day that may bring an announcement:\n")
    _show(one.wanted)
    if one.present not in ({}, one.wanted):
        print("That takes the place of:\n")
        _show(one.present)
    if not _agrees(is_agreed):
        return
    one.install()
    print(f"Scheduled; due next on {next_run(now):%A, %Y-%m-%d at %H:%M %Z}. {ADVICE[where]}")
    known = dotenv_values(job.root / ".env")
    unknown = sorted(name for name in os.environ if _SETTING.fullmatch(name) and name not in known)
    if unknown and where != "github":
        print(f"Set here but not in .env, so unknown to a scheduled run: {', '.join(unknown)}.")


def unschedule(job: Job, where: Where | None, now: datetime, *, is_agreed: bool) -> None:
    """Remove what `schedule` put with one scheduler (None: with any), once a person agrees; raises as it does."""
    found = [one for one in installed(job, now.date()) if where in (None, one)]
    if not found:
        print("Nothing is scheduled.")
    for name in found:
        one = scheduler(name, job, now.date())
        print(f"To be removed from {name}:\n")
        _show(one.present)
        if _agrees(is_agreed):
            one.remove()
            print("Removed.")


def _show(texts: Mapping[str, str]) -> None:
    for place, text in texts.items():
        print(f"{place}\n{indent(text, '    ')}")


def _agrees(is_agreed: bool) -> bool:
    if not is_agreed and not sys.stdin.isatty():
        raise ParametersError("Nobody is there to be asked; YES=1 agrees beforehand.")
    return is_agreed or input("Go on? [y/N] ").strip().lower() in ("y", "yes")
