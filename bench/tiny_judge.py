"""What `make test-model` runs beside a real server with a real, tiny model: the judge, and what had to be asked again.

The model is far too small to judge anything; that every paper ends with a verdict or a named stand-in, from software
that nobody here wrote, is the point.
"""

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

from openai import OpenAI
from tqdm import tqdm

from bench.days import load_days
from digest_lib.judging.model import ModelJudge
from digest_lib.judging.prompt import load_prompt
from digest_lib.reader import load_reader
from digest_lib.records import Answer, Tokens

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Judge some papers and print the account; 1 if one of them is unaccounted for."""
    parser = argparse.ArgumentParser(prog="make test-model", description=__doc__.split("\n")[0])
    parser.add_argument("--days", type=Path, metavar="DIR", help="a folder of day files; default: synthetic papers")
    parser.add_argument("--papers", type=int, default=30, help="how many (default: %(default)s)")
    options = parser.parse_args()
    papers = load_days(options.days)[-1].papers[: options.papers]
    reader = load_reader(ROOT / "parameters" / "demo.yml")
    judge = {"model": "tiny", "temperature": 0.0, "batch": 4, "in_flight": 2}
    reader = type(reader).model_validate(reader.model_dump() | {"judge": judge})
    bills: list[Answer] = []
    client = OpenAI(base_url=os.environ["OPENAI_BASE_URL"], api_key=os.environ["OPENAI_API_KEY"], timeout=45)
    prompt = load_prompt(ROOT / "parameters" / "prompt.md", reader)
    relevance = dict.fromkeys((paper.id for paper in papers), 0.0)
    asked = ModelJudge(client, reader, prompt, relevance, Tokens(), lambda verdicts, bill: bills.append(bill))
    with tqdm(total=len(papers), desc="papers judged") as bar:
        outcome = asked.judge(papers, bar.update)
    tokens = asked.budget.spent
    print(f"{len(papers)} papers: {len(outcome.verdicts)} verdicts, {len(outcome.left)} left to the local judge")
    counts = f"prompt {tokens.prompt} ({tokens.cached} cached), completion {tokens.completion}"
    print(f"{len(bills)} answers; tokens: {counts}")
    print(f"answers of which something could not be used: {sum(bool(bill.wrong) for bill in bills)}")
    for wrong, times in Counter(bill.wrong.split(". ")[0][:100] for bill in bills if bill.wrong).most_common(8):
        print(f"  {times} x {wrong}")
    return int(len(outcome.verdicts) + len(outcome.left) != len(papers))


if __name__ == "__main__":
    sys.exit(main())
