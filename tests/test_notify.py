"""Handing over, to real receivers on loopback: mail by SMTP, chat by webhook. All papers are synthetic."""

import email
import email.policy
import random
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from apprise import Apprise
from apprise.conversion import convert_between

from digest_lib.announcements import announcement_days
from digest_lib.delivery.message import MOST_PAPERS, failure, incomplete, morning
from digest_lib.delivery.notify import Messenger
from digest_lib.errors import ArxivUnreachable, DigestError, Locked, ParametersError
from digest_lib.history import DELIVERIES, Archive
from digest_lib.reader import Reader
from digest_lib.records import Announcement, CategoryState
from digest_lib.wording import LANGUAGES, wording
from tests.conftest import MONDAY
from tests.servers.arxiv import ArxivServer
from tests.servers.webhook import WebhookServer
from tests.test_run import command

NOON = datetime(2026, 2, 9, 12, tzinfo=UTC)


class Mailbox:
    """An SMTP server's handler that keeps what arrives."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        """Take a mail."""
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def mail_address(port: int) -> str:
    """Mail to a reader through the SMTP server on that port."""
    return f"mailto://127.0.0.1:{port}/reader%40example.org?from=digest%40example.org"


@pytest.fixture
def hook() -> Iterator[WebhookServer]:
    """A webhook receiver that takes everything until a test says otherwise."""
    with WebhookServer() as server:
        yield server


@pytest.fixture
def store(tmp_path: Path, paper, verdict):
    """Stores a day with recommended papers, `late` or complete; returns its archive."""

    def make(day: date = MONDAY, papers: int = 3, why: str = "", **changes: object) -> Archive:
        archive = Archive(tmp_path / "outputs")
        state = CategoryState(state="late" if why else "announced", announced=papers, why=why)
        announced = tuple(paper(number, announced=day, **changes) for number in range(1, papers + 1))
        folder = archive.day(day)
        folder.store(Announcement(day=day, papers=announced, categories={"cs.CV": state}), NOON)
        folder.append([verdict(number, 9 - number / 100) for number in range(1, papers + 1)])
        done = {"state": "partial" if why else "complete", "papers_read": papers, "recommended": papers}
        folder.store_manifest(folder.manifest().model_copy(update=done))
        return archive

    return make


def hand_over(archive: Archive, addresses: str, reader: Reader, made=(MONDAY,), now=NOON, **failed: Exception) -> None:
    """One run's hand-over."""
    Messenger(addresses, archive, now).hand_over(reader, made, {date.fromisoformat(d): e for d, e in failed.items()})


def test_mail_arrives_as_html_and_plain_with_all_texts_escaped(store, reader: Reader):
    """A mail has subject, score, title, reason and link in both forms, and no tag of a title or reason is alive."""
    archive, mailbox = store(title="<script>alert(1)</script> & A*"), Mailbox()
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        for _ in range(2):
            hand_over(archive, mail_address(server.port), reader)
    finally:
        server.stop()
    (mail,) = mailbox.mails
    assert mail["Subject"] == "ArXiv Daily Digest - 2026-02-09"
    assert mail["To"] == "reader@example.org"
    page, plain = (mail.get_body((kind,)).get_content() for kind in ("html", "plain"))
    assert "<script>" not in page
    assert "9.0 &nbsp;&lt;script&gt;alert(1)&lt;/script&gt; &amp; A*" in page
    assert '<a href="https://arxiv.org/abs/2613.00001">' in page
    for part in ("<script>alert(1)</script> & A*", "Synthetic reason.", "https://arxiv.org/abs/2613.00001"):
        assert part in plain
    assert "3 papers read, 3 recommended." in plain


def test_a_chinese_reader_is_told_in_chinese(store, hook: WebhookServer, reader: Reader):
    """The phrases around the papers are the reader's language."""
    hand_over(store(), f"{hook.address}?format=text", reader.model_copy(update={"language": "zh"}))
    (message,) = hook.messages
    assert message["title"] == "ArXiv 每日推荐 - 2026-02-09"
    assert message["message"].startswith("已阅读 3 篇，推荐 3 篇。")


@pytest.mark.parametrize(
    ("address", "least"),
    [
        ("json://127.0.0.1", MOST_PAPERS),
        ("tgram://123456789:abcdefghijklmnopqrstuvwxyz_123456789/1", 10),
        ("gchat://workspace/key/token", 10),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", 5),
        ("wecombot://abcdef-0123-4567-89ab-0123456789ab", 5),
        ("bulksms://user:password@15551231234", 0),
    ],
)
def test_a_long_day_is_shortened_at_whole_papers(store, reader: Reader, address: str, least: int):
    """Each service gets as many whole papers as its limit holds, in bytes, and is told how many more there are."""
    day = store(papers=60, title="一篇关于合成数据的论文").day(MONDAY)
    service = Apprise.instantiate(address)
    message = morning(day, day.manifest(), reader)
    body, source = message.fitted(service)
    shown = body.count("一篇关于合成数据的论文")
    assert body.count("Synthetic reason.") == shown
    assert least <= shown <= MOST_PAPERS
    assert f"... and {60 - shown} more in the digest" in body
    sent = convert_between(source, service.resolve_format(source), body)
    assert len(f"{message.title}{sent}".encode()) <= service.body_maxlen or not least


def test_nothing_is_sent_twice_and_nothing_is_lost_over_random_failures(store, reader: Reader, hook: WebhookServer):
    """Ten mornings with receivers that refuse at random: each gets each digest once, some of them late."""
    chance = random.Random(7)
    days = list(announcement_days(date(2026, 2, 2), date(2026, 2, 13)))
    with WebhookServer() as other:
        hook.refuses = other.refuses = lambda: chance.random() < 0.4
        for day in days:
            archive, evening = store(day), datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            for run in range(chance.randint(1, 2)):
                made = (day,) if run == 0 else ()
                hand_over(archive, f"{hook.address}, {other.address}", reader, made, evening)
        hook.refuses = other.refuses = lambda: False
        hand_over(archive, f"{hook.address} {other.address}", reader, (), evening)
        assert hook.refused
        assert other.refused
        for receiver in (hook, other):
            told = [message["title"] for message in receiver.messages]
            assert sorted(told) == [f"ArXiv Daily Digest - {day}" for day in days]


def test_trouble_is_one_line_told_once_and_the_digest_follows(store, reader: Reader, hook: WebhookServer):
    """A failed, then partial, then complete day: a line, a line, the digest, and nothing more whatever comes."""
    archive = Archive(store().root.parent / "empty")
    unreachable = ArxivUnreachable("arXiv (127.0.0.1) cannot be reached.")
    for _ in range(2):
        hand_over(archive, hook.address, reader, now=NOON, **{"2026-02-09": unreachable})
    (line,) = hook.messages
    assert (
        "arXiv digest of 2026-02-09: arXiv (127.0.0.1) cannot be reached. What to do: check the network"
        in line["message"]
    )

    archive.root.rename(archive.root.with_name("first"))
    for why in ("its feed is still that of 2026-02-06", "its feed is still that of 2026-02-06", "", ""):
        archive = store(why=why)
        hand_over(archive, f"{hook.address}?format=text", reader)
    assert len(hook.messages) == 3
    assert "incomplete so far. 3 papers read, 3 recommended. cs.CV: its feed is still" in hook.messages[1]["message"]
    assert "\n" not in hook.messages[1]["message"]
    assert "Synthetic reason." in hook.messages[2]["message"]
    store(why="its feed was cut")
    hand_over(archive, f"{hook.address}?format=text", reader, **{"2026-02-09": unreachable})
    assert len(hook.messages) == 3


def test_what_goes_wrong_while_handing_over_fails_nothing(store, reader: Reader, hook: WebhookServer, capsys):
    """A damaged record, or another run at work, is said in a sentence, and nothing is sent."""
    archive = store()
    with archive.locked():
        hand_over(archive, hook.address, reader)
    assert "Another run is at work" in capsys.readouterr().err
    (archive.root / DELIVERIES).write_text("damaged\n")
    hand_over(archive, hook.address, reader)
    assert "deliveries.jsonl was changed or damaged" in capsys.readouterr().err
    assert not hook.messages


def test_each_kind_of_trouble_has_a_remedy_in_each_language(store):
    """Every error of the tree, a foreign one and a missing model service name what to do, in one line."""
    manifest = store(why="x").day(MONDAY).manifest()
    no_service = manifest.model_copy(update={"stood_in": {"service": 3}})
    for words in map(wording, LANGUAGES):
        errors = (ParametersError("a"), ArxivUnreachable("b"), Locked("c"), DigestError("d"), OSError("disk\nfull"))
        messages = [failure(MONDAY, error, words) for error in errors] + [incomplete(no_service, words)]
        assert all(len(message.lines) == 1 and "\n" not in message.lines[0] for message in messages)
        assert len({message.lines[0].rpartition(words.trouble.split("{}")[2])[2] for message in messages}) == 5
        assert "OPENAI_API_KEY" in messages[-1].lines[0]


def test_old_days_and_days_before_an_address_was_named_are_no_news(store, reader: Reader, hook: WebhookServer):
    """Only what was made now is sent to a new address, and nothing that is older than a week to anyone."""
    archive = store(date(2026, 2, 6))
    store(date(2026, 1, 5))
    store()
    hand_over(archive, hook.address, reader, (MONDAY, date(2026, 1, 5)))
    assert [message["title"] for message in hook.messages] == ["ArXiv Daily Digest - 2026-02-09"]


def test_the_record_hides_the_addresses(store, reader: Reader, hook: WebhookServer):
    """No part of an address stands in the archive, and the same address has another mark in another archive."""
    archive = store()
    hand_over(archive, hook.address, reader)
    other = Archive(archive.root.parent / "other")
    Messenger(hook.address, other, NOON).fail(ParametersError("daily.yml is not valid YAML."))
    assert len(hook.messages) == 2
    assert "127.0.0.1" not in (archive.root / DELIVERIES).read_text()
    assert archive.deliveries()[0].target != other.deliveries()[0].target


def test_a_run_hands_over_and_no_receiver_fails_it(arxiv: ArxivServer, hook: WebhookServer, tmp_path: Path):
    """Bad parameters are told; a dead mail server changes no exit code, says so, and gets the digest next run."""
    wrong, outputs, mailbox = tmp_path / "wrong.yml", tmp_path / "outputs", Mailbox()
    wrong.write_text("catagories: [cs.CV]")
    port, secret = free_port(), "recognisable-0123456789"
    addresses = f"{hook.address}?+X-Key={secret} {mail_address(port)}&name={secret} nonsense://{secret}"

    def run(*arguments: str) -> subprocess.CompletedProcess:
        told = command(arxiv, outputs, "smoke", *arguments, DIGEST_NOTIFY=addresses)
        return subprocess.run(**told, check=False)

    assert run("--reader", str(wrong)).returncode == 2
    (line,) = hook.messages
    assert "did you mean &#x27;categories&#x27;?" in line["message"]

    dead = run()
    assert dead.returncode == 0, dead.stderr
    assert len(hook.messages) == 2
    assert (
        "E-Mail, address 2 of DIGEST_NOTIFY, took no message about 2026-02-09; the next run tries again" in dead.stderr
    )
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        again = run()
    finally:
        server.stop()
    assert again.returncode == 0
    assert [mail["Subject"] for mail in mailbox.mails] == ["ArXiv Daily Digest - 2026-02-09"]
    assert len(hook.messages) == 2
    written = b"".join(path.read_bytes() for path in outputs.rglob("*") if path.is_file()).decode(errors="replace")
    for text in (dead.stdout, dead.stderr, again.stderr, written):
        assert secret not in text
        assert "reader@example.org" not in text
