"""Krita 5 has Qt 5 and Krita 6 has Qt 6: the plugin's source fits both, and one file knows which.

How it runs under Qt 6 is tested in test_krita_qt6.py, which `make krita-qt6` runs.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[2] / "plugin/krita/selective_colorize"
FILES = sorted(PLUGIN.glob("*.py"))


def names_a_binding(node: ast.AST) -> bool:
    """Whether something is imported from PyQt or PySide."""
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").startswith(("PyQt", "PySide"))
    if isinstance(node, ast.Import):
        return any(name.name.startswith(("PyQt", "PySide")) for name in node.names)
    return False


def binding_imports(source: str) -> list[int]:
    """Lines in which a binding is named."""
    return [node.lineno for node in ast.walk(ast.parse(source)) if names_a_binding(node)]


def unscoped_enums(source: str) -> list[str]:
    """Values such as `Qt.Checked`, which Qt 6 knows as `Qt.CheckState.Checked` only."""
    tree = ast.parse(source)
    scopes = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    } | in_annotations(tree)
    return [
        f"{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id.startswith(("Q", "Dock"))
        and node.attr[0].isupper()
        and id(node) not in scopes
    ]


def in_annotations(tree: ast.AST) -> set[int]:
    """What only says of which type something is."""
    marked = [
        getattr(node, name)
        for node in ast.walk(tree)
        for name in ("annotation", "returns")
        if getattr(node, name, None) is not None
    ]
    return {id(part) for annotation in marked for part in ast.walk(annotation)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_only_one_file_names_a_binding(path: Path) -> None:
    found = binding_imports(path.read_text(encoding="utf-8"))

    assert bool(found) == (path.stem == "qt"), f"{path.name}, lines {found}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_enum_is_written_with_its_scope(path: Path) -> None:
    assert unscoped_enums(path.read_text(encoding="utf-8")) == []


def test_an_unscoped_enum_and_another_binding_are_seen() -> None:
    assert unscoped_enums("item.setCheckState(Qt.Checked)") == ["1: Qt.Checked"]
    assert unscoped_enums("def f(icon: QMessageBox.Icon): g(Qt.CheckState.Checked)") == []
    assert binding_imports("import os\nfrom PyQt6.QtCore import Qt\nimport PyQt5.sip") == [2, 3]


def test_both_bindings_give_the_same_names() -> None:
    tree = ast.parse((PLUGIN / "qt.py").read_text(encoding="utf-8"))
    (choice,) = (node for node in tree.body if isinstance(node, ast.If))

    newer, older = (
        {name.name for node in body if isinstance(node, ast.ImportFrom) for name in node.names}
        for body in (choice.body, choice.orelse)
    )
    assert newer == older


def test_lists_of_layers_are_asked_for_in_one_place_only() -> None:
    """What is in them is held for ever, unless that place takes it over."""
    asking = [path.name for path in FILES if "childNodes" in path.read_text(encoding="utf-8")]

    assert asking == ["reading.py"]
