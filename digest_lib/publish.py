"""The executed notebook becomes two documents through nbconvert: cells tagged `digest` and cells tagged `report`.

The tags are an allow-list: an untagged cell is published nowhere, and no document shows code.
"""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import nbformat
from nbconvert.exporters import HTMLExporter, MarkdownExporter, TemplateExporter
from nbformat import NotebookNode
from plotly.offline import get_plotlyjs
from traitlets.config import Config

from digest_lib.wording import wording

E = TypeVar("E", bound=TemplateExporter)
TEMPLATES = Path(__file__).parent / "templates"
PLOTLY_MIMETYPE = "application/vnd.plotly.v1+json"
SCRIPTS = ("theme", "cards", "figures")


def documents(notebook: Path, title: str, language: str) -> tuple[str, str]:
    """The Markdown digest and the HTML report of an executed notebook."""
    executed = nbformat.read(notebook, as_version=4)
    # Stock nbconvert prefers HTML for Markdown output and drops plotly's figures from HTML output.
    digest, _ = _exporter(MarkdownExporter, "digest", ["text/markdown"]).from_notebook_node(executed)
    return digest.strip() + "\n", page(executed, title, language)


def page(executed: NotebookNode, title: str, language: str) -> str:
    """The cells of an executed notebook that are tagged `report`, as one HTML page that needs no network.

    plotly.js stands in it once, from the installed package. Its policy names its scripts by their hashes, so that a
    browser runs no other, whatever an abstract may have smuggled in.
    """
    scripts = {name: (TEMPLATES / "report" / f"{name}.js").read_text(encoding="utf8") for name in SCRIPTS}
    scripts["plotly"] = get_plotlyjs()
    resources = {
        "title": title,
        "language": language,
        "words": wording(language).page,
        "scripts": scripts,
        "hashes": " ".join(map(_hash, scripts.values())),
    }
    exporter = _exporter(HTMLExporter, "report", [PLOTLY_MIMETYPE, "text/html"])
    return exporter.from_notebook_node(executed, resources=resources)[0]


def _hash(script: str) -> str:
    """A script's name in a Content-Security-Policy (https://www.w3.org/TR/CSP3/#grammardef-hash-source)."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


def _exporter(exporter: type[E], template: str, priority: list[str]) -> E:
    config = Config({"NbConvertBase": {"display_data_priority": priority}})
    return exporter(config=config, template_name=template, extra_template_basedirs=[str(TEMPLATES)])
