"""Notebooks call, show and explain; logic belongs in the package."""

import ast
from pathlib import Path

import nbformat
import papermill
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Try, ast.For, ast.While)


@pytest.fixture(params=NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def notebook(request) -> nbformat.NotebookNode:
    """Each committed notebook in turn."""
    return nbformat.read(request.param, as_version=4)


def code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The code cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_notebooks_are_committed_without_outputs(notebook):
    """No cell carries an output or an execution count."""
    assert not [cell for cell in code(notebook) if cell.outputs or cell.execution_count]


def test_notebooks_hold_no_logic(notebook):
    """No cell defines a function or a class, catches an error or loops."""
    found = [node for cell in code(notebook) for node in ast.walk(ast.parse(cell.source)) if isinstance(node, LOGIC)]
    assert not found


def test_the_first_cell_says_what_the_notebook_is_for(notebook):
    """A notebook opens with a title, its purpose, its inputs and its outputs."""
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    assert all(f"**{part}.**" in first.source for part in ("Purpose", "Inputs", "Outputs"))


def test_parameters_are_literals_with_type_and_comment(notebook):
    """The second cell holds the parameters: one literal default a line, its type and what it means beside it."""
    cell = notebook.cells[1]
    assert "parameters" in cell.metadata.tags
    for line, node in zip(cell.source.splitlines(), ast.parse(cell.source).body, strict=True):
        assert isinstance(node, ast.Assign)
        assert ast.literal_eval(node.value) is not None
        kind, _, meaning = line.partition("  # ")[2].partition(": ")
        assert kind == type(ast.literal_eval(node.value)).__name__
        assert meaning


def test_papermill_sees_the_parameters(notebook, tmp_path: Path):
    """Papermill finds exactly the names that the parameters cell assigns."""
    path = tmp_path / "notebook.ipynb"
    nbformat.write(notebook, path)
    names = {line.split(" = ")[0] for line in notebook.cells[1].source.splitlines()}
    assert names == set(papermill.inspect_notebook(str(path)))
