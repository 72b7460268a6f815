"""The executed notebook becomes two documents through nbconvert: cells tagged `digest` and cells tagged `report`.

The tags are an allow-list: an untagged cell is published nowhere, and no document shows code.
"""

from pathlib import Path
from typing import TypeVar

import nbformat
from nbconvert.exporters import HTMLExporter, MarkdownExporter, TemplateExporter
from plotly.offline import get_plotlyjs
from traitlets.config import Config

E = TypeVar("E", bound=TemplateExporter)
TEMPLATES = Path(__file__).parent / "templates"
PLOTLY_MIMETYPE = "application/vnd.plotly.v1+json"


def documents(notebook: Path, title: str, language: str) -> tuple[str, str]:
    """The Markdown digest and the HTML report of an executed notebook.

    The report is one file that needs no network: plotly.js stands in it once, from the installed package.
    """
    executed = nbformat.read(notebook, as_version=4)
    # Stock nbconvert prefers HTML for Markdown output and drops plotly's figures from HTML output.
    digest, _ = _exporter(MarkdownExporter, "digest", ["text/markdown"]).from_notebook_node(executed)
    page, _ = _exporter(HTMLExporter, "report", [PLOTLY_MIMETYPE, "text/html"]).from_notebook_node(
        executed, resources={"plotlyjs": get_plotlyjs(), "title": title, "language": language}
    )
    return digest.strip() + "\n", page


def _exporter(exporter: type[E], template: str, priority: list[str]) -> E:
    config = Config({"NbConvertBase": {"display_data_priority": priority}})
    return exporter(config=config, template_name=template, extra_template_basedirs=[str(TEMPLATES)])
