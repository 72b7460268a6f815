"""Runs are due after arXiv's announcement in New York, whatever clock a scheduler goes by."""

import os
import re
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from cronsim import CronSim

from digest_lib.announcements import HOLIDAYS, NEW_YORK, announcement_days, newest_announcement
from digest_lib.moments import moments, next_run
from digest_lib.schedulers import Job, scheduler

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
"""New York changes to summer time on 2026-03-08 and back on 2026-11-01."""
ZONES = (
    "UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
    "America/Bogota", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Kiritimati",
)  # fmt: skip


def due(hour: int) -> set[datetime]:
    """35 minutes past an hour in New York, on every weekday of the year: what a person would write down."""
    days = announcement_days(*YEAR, holidays=())
    return {datetime(day.year, day.month, day.day, hour, 35, tzinfo=NEW_YORK).astimezone(UTC) for day in days}


def fired(lines: list[str], zone: str) -> set[datetime]:
    """When a cron that goes by the clock of `zone` starts these lines in the course of the year."""
    first, last = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in YEAR)
    moments: set[datetime] = set()
    for line in lines:
        for moment in CronSim(line, (first - timedelta(days=1)).astimezone(ZoneInfo(zone))):
            if moment.astimezone(UTC) > last + timedelta(days=1):
                break
            moments.add(moment.astimezone(UTC))
    return moments


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """The daily run in a folder whose name holds what schedulers take for something else."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    root = tmp_path / 'a "folder" of 100 % $HOME'
    (root / "outputs").mkdir(parents=True)
    return Job(root, root / "parameters" / "daily.yml")


@pytest.mark.parametrize("zone", ZONES)
def test_cron_starts_a_run_on_time_all_year_in_any_zone(zone: str):
    """At 00:35 and 04:35 in New York on every weekday, both changes included; beside that, off by the changes alone."""
    lines = [one.cron for one in moments(ZoneInfo(zone), date(2026, 6, 1))]
    moments_fired = fired(lines, zone)
    on_time = due(0) | due(4)
    assert on_time <= moments_fired
    early_or_late = [moment for moment in moments_fired - on_time if YEAR[0] < moment.date() < YEAR[1]]
    assert all(min(abs(moment - one) for one in on_time) <= timedelta(hours=1.5) for moment in early_or_late)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai"])
def test_the_lines_do_not_depend_on_the_season(zone: str):
    """What is installed in winter is what would be installed in summer, so that nothing looks out of date."""
    assert len({str(moments(ZoneInfo(zone), date(2026, month, 1))) for month in range(1, 13)}) == 1


def test_systemd_starts_a_run_on_time_all_year(job: Job):
    """systemd's own calendar finds 00:35 and 04:35 in New York on every weekday of a year, and nothing else."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    timer = next(text for name, text in scheduler("systemd", job, YEAR[0]).wanted.items() if name.endswith(".timer"))
    found = set()
    for line in re.findall("^OnCalendar=(.*)$", timer, re.MULTILINE):
        command = ["systemd-analyze", "calendar", "--iterations=530", "--base-time=2025-12-31 12:00:00 UTC", line]
        ran = subprocess.run(command, env={**os.environ, "TZ": "UTC"}, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        times = re.findall(r"(?:Next elapse|Iter\D*\d+): \w+ ([\d-]+ [\d:]+) UTC", ran.stdout)
        found |= {datetime.fromisoformat(time).replace(tzinfo=UTC) for time in times}
    assert due(0) | due(4) == {moment for moment in found if moment.astimezone(NEW_YORK).year == YEAR[0].year}


def test_the_workflow_names_new_york(job: Job):
    """GitHub is given the time of day in New York, and the zone."""
    (text,) = scheduler("github", job, YEAR[0]).wanted.values()
    schedule = yaml.load(text, yaml.BaseLoader)["on"]["schedule"]
    assert {one["timezone"] for one in schedule} == {"America/New_York"}
    assert fired([one["cron"] for one in schedule], "America/New_York") >= due(0) | due(4)


def test_a_run_that_is_due_finds_the_feed_of_its_day():
    """The next run after any hour of a week comes after an announcement that no earlier run could have seen."""
    for hour in range(7 * 24):
        now = datetime(2026, 3, 5, tzinfo=UTC) + timedelta(hours=hour)
        moment = next_run(now)
        assert now < moment <= now + timedelta(days=3)
        assert newest_announcement(moment, HOLIDAYS) == moment.astimezone(NEW_YORK).date()
