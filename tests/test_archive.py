"""The calendar of all days: one line each, inert in a real browser, shown to this machine alone."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from lxml import etree

from digest_lib.delivery import archive as calendar
from digest_lib.delivery import files
from digest_lib.durable import write_atomically
from digest_lib.errors import ParametersError
from digest_lib.history import Archive
from digest_lib.older_digests import import_digests
from digest_lib.reader import Reader
from digest_lib.wording import wording
from tests.test_older_digests import DIGEST

ROOT = Path(__file__).parents[1]
MONDAY = date(2026, 2, 9)
HOSTILE = (
    '<script>document.title="taken"</script><img src=x onerror="document.title=1"> [a](javascript:alert(1)) &lt;b&gt; '
    '</span></li><style>*{display:none}</style>" onmouseover="document.title=2 \u202e深度 '
)


@pytest.fixture
def archive(tmp_path: Path, stored: Callable) -> Archive:
    """Days of two years: a whole one with documents, a partial one, a quiet one, hostile ones."""
    stored(date(2025, 12, 30), [], [], best="Last Year's $O(n^2)$ Bound")
    stored(date(2026, 1, 29), [], [], state="quiet", model="-")
    stored(date(2026, 1, 30), [], [], state="partial", best="A & B", papers_read=360, recommended=93)
    stored(MONDAY, [], [], best=HOSTILE, model=HOSTILE)
    day = stored(date(2026, 2, 10), [], [], best="word" * 5000)
    for name in ("report.html", "digest.md"):
        write_atomically(day.path / name, name)
    return Archive(tmp_path / "outputs")


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """Debian's Chromium, without a network."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: `make test` does it")
    path = shutil.which("chromium")
    if not path:
        pytest.skip("there is no Chromium on the PATH; on Debian, install the package chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def lines(archive: Archive) -> list[list[str]]:
    """The texts of every day's line, as an HTML parser sees them."""
    page = etree.HTML((archive.root / calendar.INDEX).read_text(encoding="utf8"))
    return [[" ".join("".join(part.itertext()).split()) for part in line] for line in page.iter("li")]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_day_has_one_line_newest_first(archive: Archive, reader: Reader, language: str):
    """Date, state, counts, best title and judge in the language of the reader, and links to what is there."""
    calendar.write(archive, reader.model_copy(update={"language": language}))
    words = wording(language).archive
    found = lines(archive)
    assert ["02-10", "02-09", "01-30", "01-29", "12-30"] == [line[0] for line in found]
    counts = words["counts"].format(360, 93)
    assert ["01-30", words["partial"], counts, "", "A & B", "synthetic-1"] == found[2]
    assert f"{words['report']} {words['digest']}" == found[0][3]
    assert "$" not in found[4][4]
    page = (archive.root / calendar.INDEX).read_text(encoding="utf8")
    assert page.count("<math") == 1
    assert {"feed.xml", "2026-02-10/report.html", "2026-02-10/digest.md"} == set(re.findall('href="([^"]+)"', page))


def test_imported_days_are_marked(tmp_path: Path, reader: Reader):
    """What older digests tell of is called imported, with their counts, their judge and their best paper."""
    archive = Archive(tmp_path / "outputs")
    (tmp_path / "digests").mkdir()
    (tmp_path / "digests" / "0001").write_text(DIGEST, encoding="utf8")
    import_digests(tmp_path / "digests", archive, pytest.fail)
    calendar.write(archive, reader)
    assert ["02-06", "imported", "1264 read, 2 recommended", ""] == lines(archive)[0][:4]
    assert ["Widgets: On the Synthetic Theory of Widgets", "synthetic-judge-1"] == lines(archive)[0][4:]


def test_the_same_days_give_the_same_page(archive: Archive, reader: Reader):
    """Nothing on the page depends on the moment of writing; an archive without a day says so."""
    calendar.write(archive, reader)
    before = (archive.root / calendar.INDEX).read_bytes()
    calendar.write(archive, reader)
    assert before == (archive.root / calendar.INDEX).read_bytes()
    empty = Archive(archive.root.parent / "empty")
    empty.root.mkdir()
    calendar.write(empty, reader)
    assert "No day is stored yet." in (empty.root / calendar.INDEX).read_text()


def test_a_file_that_fails_is_told_and_keeps_no_other(archive: Archive, reader: Reader):
    """One line names the file that could not be written; the others are."""
    (archive.root / "feed.xml").mkdir()
    said = StringIO()
    files.rebuild(archive, reader, {}, said, archive.days()[-1])
    assert "feed.xml is not up to date (IsADirectoryError" in said.getvalue()
    assert len(said.getvalue().splitlines()) == 1
    assert (archive.days()[-1].path / "papers.bib").exists()
    assert "2026-02-10/papers.bib" in (archive.root / calendar.INDEX).read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_hostile_titles_do_nothing_in_a_browser(browser, archive: Archive, reader: Reader, scheme: str, width: int):
    """No script runs, no request leaves, no title is wider than the page, and every line stays visible."""
    calendar.write(archive, reader)
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((archive.root / calendar.INDEX).as_uri())
    page.locator("summary").nth(1).click()
    page.hover("text=02-09")
    assert page.title() == "All days"
    assert [page.url] == asked
    assert not said
    assert page.locator("li:visible").count() == 5
    assert page.locator(".best").nth(1).inner_text().startswith('<script>document.title="taken"</script><img')
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelectorAll('script, img, [onmouseover], [href^=javascript]').length") == 0
    page.close()


def test_serve_shows_the_archive_on_loopback(archive: Archive):
    """`serve` prints an address on this machine, shows calendar and reports there, and nothing above them."""
    command = [sys.executable, "-m", "digest_lib", "serve", "--port", "0", "--reader", "parameters/smoke.yml"]
    command += ["--outputs", str(archive.root)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        address = server.stdout.readline().split()[0]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/index\.html", address)
        base = address.removesuffix("index.html")
        assert b"02-10" in urlopen(address).read()
        assert urlopen(base + "2026-02-10/report.html").read() == b"report.html"
        (archive.root.parent / "secret").write_text("secret")
        with pytest.raises(HTTPError) as refused:
            urlopen(base + "..%2fsecret")
        refused.value.close()
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 130


def test_a_port_that_is_taken_is_told(archive: Archive):
    """Where something else listens, or nothing can, `serve` says so in a sentence and ends."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "digest_lib", "serve", "--port", port, "--outputs", str(archive.root)]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ)
    assert ran.returncode == 2
    assert f"PORT {port} cannot be had" in ran.stderr
    with pytest.raises(ParametersError, match="PORT 99999 cannot be had"):
        calendar.serve(archive, 99_999)
