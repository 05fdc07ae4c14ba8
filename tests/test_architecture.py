"""The shape of the code: who may import whom, what is pure, what is declared, how big it gets."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
CODE = sorted([*(ROOT / "rag").rglob("*.py"), *(ROOT / "eval").rglob("*.py"), ROOT / "ui.py"])

# Imports go from the right to the left: nouns, then stages, then the assistant, then the faces.
NOUNS = {"errors", "types", "settings", "shown"}
ASSISTANT = {"assistant"}
FACES = {
    *("__init__", "__main__", "article_list", "asking", "blocks", "cases", "chat_parts", "cli"),
    *("conversations", "desk", "eval", "export", "feedback", "flags", "guard", "library"),
    *("keeping", "notebook", "owner", "page", "plain", "reading", "render", "suggest", "tools"),
    *("terminal", "turn", "ui", "visit"),
}

PURE = {
    *("boilerplate", "chunk", "cite", "clean", "dates", "fuse", "highlight", "history"),
    *("instructions", "plain", "rerank"),
}
DOES_IO = {
    *("asyncio", "glob", "http", "httpx", "io", "logging", "os", "pathlib", "random", "requests"),
    *("shutil", "socket", "sqlite3", "subprocess", "tempfile", "threading", "time", "urllib"),
    *("chromadb", "gradio", "llama_index", "sentence_transformers", "torch", "xllamacpp"),
}

LONGEST_FILE = 420
LONGEST_FUNCTION = 60


def module_name(path: Path) -> str:
    """ "rag.load.text" for rag/load/text.py, and "rag.load" for its __init__.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def part(module: str) -> str:
    """Which file or folder of the package a module belongs to: "load" for "rag.load.text"."""
    names = module.split(".")
    return "__init__" if names == ["rag"] else names[1] if names[0] == "rag" else names[0]


def rank(name: str) -> int:
    return 0 if name in NOUNS else 2 if name in ASSISTANT else 3 if name in FACES else 1


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module imported anywhere in the tree, `from a import b` as "a" and as "a.b"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports_when_loaded(tree: ast.Module) -> Iterator[str]:
    """What is imported as soon as the module is: not in a function, not for types alone."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imports(node)


class WithoutTypeImports(ast.NodeTransformer):
    """Takes out what is imported for the type checker alone."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        for_types = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        return None if for_types else node


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


TREES = {path: parse(path) for path in CODE if path.exists()}
MODULES = {module_name(path) for path in TREES}


def test_imports_go_from_nouns_to_stages_to_the_assistant_to_the_faces() -> None:
    # They show themselves in a notebook: the one place where nouns know of a face.
    allowed = {("types", "notebook"), ("shown", "notebook")}
    wrong = {
        f"{module_name(path)} imports {imported}"
        for path in TREES
        for imported in set(imports(WithoutTypeImports().visit(parse(path)))) & MODULES - {"rag"}
        if rank(part(imported)) > rank(part(module_name(path)))
        and (part(module_name(path)), part(imported)) not in allowed
    }
    assert not wrong


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    graph = {
        module_name(path): set(imports_when_loaded(tree)) & MODULES - {module_name(path), "rag"}
        for path, tree in TREES.items()
    }
    # A folder's modules may be loaded through the folder that names them.
    for module in graph:
        graph[module] -= {module.rpartition(".")[0]}
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle


@pytest.mark.parametrize(
    ("library", "homes"), [("chromadb", {"rag.vectors"}), ("gradio", {"ui", "rag.blocks"})]
)
def test_a_library_is_known_to_few_modules(library: str, homes: set[str]) -> None:
    importers = {
        module_name(path)
        for path, tree in TREES.items()
        if any(name.split(".")[0] == library for name in imports(tree))
    }
    assert importers == homes


def test_no_model_brings_code_of_its_own() -> None:
    for path, tree in TREES.items():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            trusted = given.get("trust_remote_code")
            name = (
                call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
            )
            if name in ("from_pretrained", "SentenceTransformer", "Loaded"):
                assert trusted is not None, f"{path.name}:{call.lineno}"
            assert trusted is None or ast.unparse(trusted) == "False", f"{path.name}:{call.lineno}"


def test_the_pure_modules_do_no_input_and_no_output() -> None:
    for path, tree in TREES.items():
        if part(module_name(path)) in PURE:
            names = {name.split(".")[0] for name in imports(tree)}
            assert not names & DOES_IO, path.name
            calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
            called = {call.id for call in calls if isinstance(call, ast.Name)}
            assert not called & {"open", "print", "input"}, path.name


def test_no_file_and_no_function_grows_out_of_hand() -> None:
    for path, tree in TREES.items():
        assert len(path.read_text("utf-8").splitlines()) <= LONGEST_FILE, path.name
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                assert length <= LONGEST_FUNCTION, f"{path.name}: {node.name}"


# -- What is installed ------------------------------------------------------------------------

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    found = (re.match(r"([\w.-]+)==([^\s;]+)", line) for line in lines)
    return {canonicalize_name(pin[1]): pin[2] for pin in found if pin}


def needed(requirements: list[str]) -> dict[str, str]:
    """Every installed distribution that the requirements lead to, with its version."""
    found: dict[str, str] = {}
    done: set[tuple[str, str]] = set()
    waiting = [(Requirement(text), "") for text in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        for wanted in {"", *requirement.extras}:
            if name != "footnote" and (name, wanted) not in done:
                done.add((name, wanted))
                found[name] = metadata.version(name)
                waiting += [(Requirement(r), wanted) for r in metadata.requires(name) or ()]
    return found


def test_every_package_that_gets_installed_is_pinned_to_the_version_in_use() -> None:
    everything = [*PROJECT["dependencies"], *(r for extra in EXTRAS.values() for r in extra)]
    pinned = pins()
    # "+cpu" says how torch was built, not which version it is. NVIDIA's packages and triton
    # come with the ordinary build for Linux, which pins them itself.
    installed = {
        name: version.partition("+")[0]
        for name, version in needed(everything).items()
        if not name.startswith(("nvidia-", "cuda-", "triton"))
    }
    assert {name: pinned.get(name) for name in installed} == installed


def test_the_package_imports_only_what_it_declares() -> None:
    declared = {canonicalize_name(Requirement(text).name) for text in PROJECT["dependencies"]}
    owners = metadata.packages_distributions()
    undeclared = set()
    for path, tree in TREES.items():
        for name in {imported.split(".")[0] for imported in imports(tree)}:
            if name in sys.stdlib_module_names or name in {"rag", "ui", "eval"}:
                continue
            ours = {canonicalize_name(owner) for owner in owners.get(name, [])}
            owner = part(module_name(path))
            extra = EXTRAS.get("mcp" if owner == "tools" else owner, [])
            if not ours & (declared | {canonicalize_name(Requirement(r).name) for r in extra}):
                undeclared.add(f"{module_name(path)}: {name}")
    assert not undeclared


def test_every_direct_dependency_has_its_licence_listed() -> None:
    third_party = (ROOT / "THIRD_PARTY.md").read_text("utf-8")
    direct = [*PROJECT["dependencies"], *(r for extra in EXTRAS.values() for r in extra)]
    names = {Requirement(text).name for text in direct} - {"footnote"}
    assert not {name for name in names if not re.search(rf"^\| {name}\b", third_party, re.M)}
