"""The report in a browser without a network: what a reader clicks, sees and prints; hostile papers do nothing."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import plotly.graph_objects as go
import pytest
from axe_playwright_python.sync_playwright import Axe
from markdown_it import MarkdownIt
from nbformat.v4 import new_code_cell, new_notebook, new_output
from playwright.sync_api import Browser, Page, expect, sync_playwright

from digest_lib import publish, report
from digest_lib.reader import Reader
from digest_lib.records import Paper, Verdict
from tests.conftest import MONDAY
from tests.hostile import MARKUP
from tests.servers.arxiv import ArxivServer
from tests.servers.synthetic import HOSTILE, synthetic_days
from tests.test_run import command

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
OPEN_ALL = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium or Chrome, or the one that playwright installed."""
    with sync_playwright() as playwright:
        known = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
        path = next(filter(None, known), playwright.chromium.executable_path)
        if not Path(path).exists():
            pytest.skip("no Chromium: `apt-get install chromium` or `playwright install chromium`, and this is tested")
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a file; at the end nothing was said in the console, no dialog opened, nothing but the file asked for."""
    contexts, told, asked = [], [], []

    def open_page(path: Path, **options: object) -> Page:
        contexts.append(browser.new_context(**({"viewport": DESK, "offline": True} | options)))
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("dialog", lambda dialog: (told.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: asked.append(request.url) if request.url != path.as_uri() else None)
        page.goto(path.as_uri())
        for figure in page.locator("figure").all() if options.get("java_script_enabled", True) else ():
            figure.locator(".main-svg").first.wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert (told, asked) == ([], [])


@pytest.fixture(scope="module")
def morning(tmp_path_factory) -> Path:
    """The folder of a morning on which every third paper is hostile: from the stand-in's feed to the documents."""
    days = synthetic_days(MONDAY, 2, papers=16)
    wanted = (
        " We study the convergence rate of stochastic optimization, its training dynamics and generalization bounds."
    )
    wild = [
        HOSTILE[0] | {"id": f"2699.{number:05d}", "title": text, "abstract": text + wanted}
        for number, text in enumerate(MARKUP, 100)
    ]
    days[MONDAY]["papers"] = [*days[MONDAY]["papers"], *HOSTILE, *wild]
    outputs = tmp_path_factory.mktemp("outputs")
    with ArxivServer(days, MONDAY) as server:
        ran = subprocess.run(**command(server, outputs, "smoke"), check=False)
    assert ran.returncode == 0, ran.stderr
    return outputs / MONDAY.isoformat()


@pytest.fixture
def day(tmp_path: Path, paper: Callable[..., Paper], verdict: Callable[..., Verdict], reader: Reader) -> Path:
    """A page of five papers that are known to the letter, and a figure."""
    papers = [
        paper(1, title=r"Norms in $\ell_p$", authors=("Erwin Schrödinger",)),
        paper(2, title="Zebras", primary_category="cs.LG", categories=("cs.LG",)),
        paper(3, title="Apples", abstract="About pears."),
        paper(4, title="Dull", abstract="A hidden gem."),
        paper(5, title="Duller"),
    ]
    judged = [
        verdict(1, 8, field="Theory", reason="Clear proofs."),
        verdict(2, 9, field="Multimodal"),
        verdict(3, 7, field="Multimodal"),
        verdict(4, 5, field=""),
        verdict(5, 2, field=""),
    ]
    verdicts = {one.paper: one for one in judged}
    figure = go.Figure(go.Bar(x=["a"], y=[1]), layout={"title": {"text": "How many?"}, "template": "plotly_white"})
    blocks = [
        {"text/html": report.paper_cards(papers, verdicts, reader)},
        {publish.PLOTLY_MIMETYPE: json.loads(figure.to_json())},
    ]
    outputs = [new_output("display_data", block) for block in blocks]
    cell = new_code_cell("", metadata={"tags": ["report"]}, outputs=outputs)
    nbformat.write(new_notebook(cells=[cell]), tmp_path / "run.ipynb")
    page = tmp_path / "report.html"
    page.write_text(publish.documents(tmp_path / "run.ipynb", "A day", "en")[1], encoding="utf8")
    return page


def shown(page: Page) -> list[str]:
    """The numbers of the papers that can be seen, from top to bottom."""
    return [card.get_attribute("id")[-1] for card in page.locator(".card").all() if card.is_visible()]


def test_the_page_opens_as_the_digest_reads(visit, day: Path):
    """Recommended papers by field, best first; the others folded away, with their number."""
    page = visit(day)
    assert shown(page) == ["2", "3", "1"]
    assert page.locator(".group:visible").all_inner_texts() == ["Multimodal", "Theory"]
    expect(page.locator("#below > summary")).to_have_text("Below the threshold: 2")
    page.locator("#below > summary").click()
    assert shown(page) == ["2", "3", "1", "4", "5"]


def test_search_finds_what_stands_anywhere_in_a_paper(visit, day: Path):
    """Title, authors without accents, TeX, abstract, reason: every word must occur; also below the threshold."""
    page = visit(day)
    for typed, found in (
        ("zebra", ["2"]),
        ("SCHRODINGER norms", ["1"]),
        (r"\ell_p", ["1"]),
        ("proofs", ["1"]),
        ("pears", ["3"]),
        ("hidden gem", ["4"]),
        ("synthetic reason", ["2", "3", "4", "5"]),
        ("<script> (.*[", []),
    ):
        page.get_by_role("searchbox").fill(typed)
        assert shown(page) == found
        words = f"Papers shown: {len(found)} of 5" if found else "No paper fits."
        expect(page.locator("#shown")).to_have_text(words)


def test_filters_and_orders_work_together(visit, day: Path):
    """Field, category and words narrow each other; by score, id or title there is one list, by field the digest's."""
    page = visit(day)
    words, field, category, order = (page.locator(f"[name={name}]") for name in ("query", "field", "category", "order"))
    field.select_option("Multimodal")
    assert shown(page) == ["2", "3"]
    words.fill("apples")
    assert shown(page) == ["3"]
    words.fill("")
    field.select_option("")
    category.select_option("cs.LG")
    assert shown(page) == ["2"]
    category.select_option("")
    for key, found in (("score", "213"), ("id", "321"), ("title", "312"), ("field", "231")):
        order.select_option(key)
        assert shown(page) == list(found)
        assert page.locator(".group:visible").count() == (2 if key == "field" else 0)


def test_the_threshold_can_be_moved(visit, day: Path):
    """The slider moves papers above or below, and says how many each threshold gives; the keyboard moves it, too."""
    page = visit(day)
    slider, count = page.get_by_role("slider"), page.locator("#at-threshold")
    expect(count).to_have_text("papers at this threshold: 3")
    slider.fill("5")
    expect(count).to_have_text("papers at this threshold: 4")
    assert shown(page) == ["2", "3", "1", "4"]
    slider.press("End")
    expect(count).to_have_text("papers at this threshold: 0")
    assert shown(page) == []


def test_the_page_can_be_used_with_the_keyboard(visit, day: Path):
    """The first stop is a link to the papers; from there the next is the search, and each stop can be seen."""
    page = visit(day)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#papers"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "query"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_theme_follows_the_system_until_it_is_chosen(visit, day: Path):
    """Page and figures turn with the system; the button turns them the other way, which outlasts a reload."""

    def colours() -> tuple[str, str]:
        script = "([what, key]) => getComputedStyle(document.querySelector(what))[key]"
        return page.evaluate(script, ["body", "color"]), page.evaluate(script, [".xtick text", "fill"])

    page = visit(day, color_scheme="light")
    button = page.get_by_role("button", name="Dark")
    dark, light = "rgb(27, 31, 36)", "rgb(230, 237, 243)"
    assert (button.get_attribute("aria-pressed"), *colours()) == ("false", dark, dark)
    page.emulate_media(color_scheme="dark")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert colours() == (light, light)
    button.click()
    assert colours() == (dark, dark)
    page.reload()
    page.locator(".xtick text").first.wait_for()
    assert (button.get_attribute("aria-pressed"), *colours()) == ("false", dark, dark)


def test_paper_is_light_and_without_controls(visit, day: Path):
    """Printed, the page has no form and no button, and dark text whatever the theme."""
    page = visit(day, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator("#controls").is_visible()
    assert not page.locator("#theme").is_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 31, 36)"


def test_without_its_script_the_page_shows_every_paper(visit, day: Path):
    """Where scripts are off, the cards stand there, and no form that would do nothing."""
    page = visit(day, java_script_enabled=False)
    assert shown(page) == ["2", "3", "1"]
    assert not page.locator("#controls").is_visible()


def test_every_chart_names_what_is_under_the_mouse(visit, morning: Path):
    """A label appears over the marks of each figure of the morning that has any."""
    page = visit(morning / "report.html")
    plots = page.locator(".js-plotly-plot")
    assert plots.count() == page.locator("figure").count() > 1
    for plot in plots.all():
        plot.scroll_into_view_if_needed()
        marks = plot.locator(".points path, .point path, .heatmaplayer image, .hm").all()[:8]
        boxes = [box for mark in marks if (box := mark.bounding_box()) and box["width"] * box["height"]]
        found = False
        for box in boxes:  # a bar of height zero has none
            if not found:
                page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
                page.wait_for_timeout(120)
                found = plot.locator(".hovertext, .hoverlayer .legend").count() > 0
        assert found or not boxes
    assert page.locator(".points path, .point path").count() > 0


def test_everyone_can_use_the_page(visit, morning: Path):
    """No fault of accessibility that axe-core calls serious, and no scrolling sideways: desk and phone, both themes."""
    page = visit(morning / "report.html")
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            violations = Axe().run(page).response["violations"]
            faults = [fault for fault in violations if fault["impact"] in ("serious", "critical")]
            assert [] == [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in faults]
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def hostile_elements(page: Page) -> list[str]:
    """What markup in a paper would have left in the page: elements, event handlers, links that are no paper's."""
    return page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter((element) =>
          ["IMG", "IFRAME", "OBJECT", "EMBED", "BASE", "META"].includes(element.tagName)
          || (element.tagName === "SCRIPT" && element.textContent.includes("alert(") && element.type === "")
          || [...element.attributes].some((one) => one.name.startsWith("on") || one.value.startsWith("javascript:"))
          || (element.tagName === "A" && element.hasAttribute("href")
              && !/^(https:\\/\\/arxiv\\.org\\/abs\\/[\\d.]+$|#)/.test(element.getAttribute("href")))
        ).map((element) => element.outerHTML.slice(0, 200))"""
    )


def test_hostile_papers_do_nothing_in_the_report(visit, morning: Path):
    """Scripts, handlers, links, entities and endless words are text; each paper has its card, and can be found."""
    page = visit(morning / "report.html", viewport=PHONE)
    page.evaluate(OPEN_ALL)
    assert hostile_elements(page) == []
    assert page.locator(".card").count() == len((morning / "papers.jsonl").read_text().splitlines())
    page.get_by_role("searchbox").fill("<script>alert(1)</script>")
    assert page.locator(".card:visible h3").first.text_content() in MARKUP


def test_hostile_papers_do_nothing_in_the_digest_and_the_notebook(visit, morning: Path, tmp_path: Path):
    """Neither the digest, shown by a Markdown reader that lets HTML pass, nor a cell's output obeys a paper."""
    digest = MarkdownIt("commonmark", {"html": True}).render((morning / "digest.md").read_text(encoding="utf8"))
    executed = nbformat.read(morning / "run.ipynb", as_version=4)
    shown_cells = [
        output.data["text/html"]
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    assert len(shown_cells) > 2
    for name, content in (("digest", digest), ("cells", "".join(shown_cells))):
        path = tmp_path / f"{name}.html"
        path.write_text(f"<!doctype html><meta charset=utf-8><body>{content}</body>", encoding="utf8")
        page = visit(path)
        assert page.get_by_text("alert(1)").count() > 0
        assert hostile_elements(page) == []
