"""The HTML blocks of the report that are no charts. Whatever came from arXiv or a judge is escaped here."""

from collections.abc import Mapping, Sequence
from html import escape

from digest_lib.digest import best_first, header
from digest_lib.reader import Reader
from digest_lib.records import Manifest, Paper, Verdict
from digest_lib.wording import WORDINGS


def masthead(manifest: Manifest, reader: Reader) -> str:
    """The page's heading: the digest's own title and header lines."""
    words = WORDINGS[reader.language]
    lines = "".join(f"<li>{escape(line)}</li>" for line in header(manifest, reader))
    return f"<header><h1>{escape(words.title.format(manifest.date))}</h1><ul>{lines}</ul></header>"


def paper_table(papers: Sequence[Paper], verdicts: Mapping[str, Verdict], reader: Reader) -> str:
    """Every paper of the day, best first, as a table; recommended rows are marked."""
    words = WORDINGS[reader.language]
    if not papers:
        return f"<p>{escape(words.nothing_announced)}</p>"
    heads = "".join(f"<th>{escape(words.columns[key])}</th>" for key in ("score", "title", "field", "category"))
    rows = []
    for paper, verdict in best_first(papers, verdicts):
        mark = ' class="recommended"' if verdict.score >= reader.threshold else ""
        rows.append(
            f'<tr{mark}><td>{verdict.score:.1f}</td><td><a href="{escape(paper.link)}">{escape(paper.title)}</a></td>'
            f"<td>{escape(verdict.field)}</td><td>{escape(paper.primary_category)}</td></tr>"
        )
    return (
        f"<section><h2>{escape(words.papers_title)}</h2><div class='scroll'><table><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div></section>"
    )
