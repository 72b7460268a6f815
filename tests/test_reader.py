"""The reader file and its error sentences."""

from pathlib import Path

import pytest
import yaml

from digest_lib.errors import ParametersError
from digest_lib.reader import load_reader

PARAMETERS = Path(__file__).parents[1] / "parameters"


@pytest.mark.parametrize("name", ["daily", "demo", "smoke"])
def test_the_readers_that_come_with_it_load(name: str):
    """Every reader file of the repository is valid."""
    assert load_reader(PARAMETERS / f"{name}.yml").fields


def test_the_daily_reader_is_the_seeds(tmp_path: Path):
    """The daily reader follows the seeds' seven fields in four categories, in Chinese, from 6 points on."""
    reader = load_reader(PARAMETERS / "daily.yml")
    assert reader.categories == ("cs.CV", "cs.LG", "cs.AI", "cs.RO")
    assert (reader.language, reader.time_zone, reader.threshold) == ("zh", "Asia/Shanghai", 6)
    assert [field.name for field in reader.fields] == [
        "深度学习理论",
        "深度学习可解释性",
        "原生多模态大模型",
        "高效大模型训练与推理",
        "多模态智能体",
        "大模型安全与对齐",
        "大模型新技术",
    ]
    assert all(15 <= len(field.phrases) <= 30 for field in reader.fields)


GOOD = {"categories": ["cs.CV"], "fields": [{"name": "Theory", "phrases": ["optimizers"]}]}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"catagories": ["cs.LG"]}, "me.yml: unknown key 'catagories' (did you mean 'categories'?)."),
        (
            {"fields": [{"name": "Theory", "phrase": []}]},
            "me.yml: unknown key 'fields[Theory].phrase' (did you mean 'phrases'?).",
        ),
        ({"fields": [{"name": "A"}, {"name": "A"}]}, "me.yml: 'fields' names 'A' twice."),
        ({"fields": [{"name": "A"}, {"name": "B", "aliases": ["A"]}]}, "me.yml: 'fields' names 'A' twice."),
        ({"fields": []}, "me.yml: 'fields' is empty."),
        ({"fields": [{"phrases": ["x"]}]}, "me.yml: the key 'fields[1].name' is missing."),
        ({"threshold": 11}, "me.yml: 'threshold' is 11: input should be less than or equal to 10."),
        ({"threshold": "six"}, "me.yml: 'threshold' is 'six': input should be a valid number."),
        ({"threshold": True}, "me.yml: 'threshold' is True: input should be a valid number."),
        (
            {"time_zone": "Asia/Shanghi"},
            "me.yml: 'time_zone' is 'Asia/Shanghi': no such time zone (did you mean 'Asia/Shanghai'?).",
        ),
        (
            {"categories": ["cs.CV", "computer vision"]},
            "me.yml: 'categories[2]' is 'computer vision', which is no arXiv category (like cs.CV, math.OC or hep-th).",
        ),
        ({"language": "english"}, "me.yml: 'language' is 'english'; it can be 'zh' or 'en'."),
        ({"categories": "cs.CV"}, "me.yml: 'categories' is 'cs.CV'; it should be a list."),
    ],
)
def test_a_mistake_is_named_in_one_sentence(tmp_path: Path, change: dict, sentence: str):
    """Every mistake yields one sentence with the file, the key and, for a misspelling, the nearest right word."""
    path = tmp_path / "me.yml"
    path.write_text(yaml.safe_dump(GOOD | change, allow_unicode=True), encoding="utf8")
    with pytest.raises(ParametersError) as caught:
        load_reader(path)
    assert sentence == str(caught.value)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "fields: [", "\tx: 1"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str):
    """An empty file, a list and broken YAML each yield a sentence with the file's name."""
    path = tmp_path / "me.yml"
    path.write_text(text)
    with pytest.raises(ParametersError, match=r"^me\.yml (holds no keys|is not valid YAML)"):
        load_reader(path)


def test_a_missing_file_is_named(tmp_path: Path):
    """A reader file that is not there is named with its path."""
    with pytest.raises(ParametersError, match="there is no such reader file"):
        load_reader(tmp_path / "nobody.yml")


def test_the_hash_follows_the_meaning(tmp_path: Path):
    """Comments and layout leave the reader's hash alone; a changed phrase changes it."""
    first, second, third = (tmp_path / f"{name}.yml" for name in "abc")
    first.write_text(yaml.safe_dump(GOOD))
    second.write_text("# a comment\n" + yaml.safe_dump(GOOD, indent=8))
    third.write_text(yaml.safe_dump(GOOD).replace("optimizers", "kernels"))
    assert load_reader(first).hash == load_reader(second).hash != load_reader(third).hash
