"""The walls of the house: floors, budgets and manners of `nmt`, read off its source.

A rule is a function from the modules of the package to a list of faults, "file:line: what". Each
rule is tested twice: on the package, which must be without fault, and on small synthetic sources,
which show that the rule can fail.
"""

import ast
import graphlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

FLOORS = {
    "cli": 7, "web": 7,
    "report": 6,
    "training": 5, "diversification": 5, "minimum_bayes_risk": 5,
    "translator": 4,
    "engine": 3, "model_directory": 3,
    "corpus": 2, "model": 2, "search": 2,
    "text": 1, "layers": 1, "evaluation": 1,
    "errors": 0, "settings": 0, "config": 0, "recipes": 0, "setting_errors": 0, "atomic": 0,
    "text.vocabulary": 0,
}  # fmt: skip
# Of floor 1, each unit of floor 2 knows only this. Of floor 0 it may know all.
FLOOR_2_KNOWS = {"corpus": {"text"}, "model": {"layers"}, "search": set[str]()}

FILE_LINES, FUNCTION_LINES, PARAMETERS = 250, 50, 6
TERMINAL = ("print", "exit", "quit", "SystemExit", "os._exit")
TERMINAL += ("sys.exit", "sys.stdout", "sys.stderr", "typer", "click", "rich", "tqdm")
PICKLES = ("pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal")
PICKLES += ("torch.load", "torch.save")
IMPORTS_BY_STRING = ("importlib.import_module", "__import__", "eval", "exec")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file of the package."""

    path: str  # from the root of the repository, as in nmt/text/tokenizer.py
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source, self.path)

    @cached_property
    def name(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def unit(self) -> str:
        return unit_of(self.name)

    @property
    def is_package(self) -> bool:
        return self.path.endswith("/__init__.py")

    @property
    def is_top(self) -> bool:
        """Whether it is the facade `nmt` or `python -m nmt`, which stand above all floors."""
        return self.path in ("nmt/__init__.py", "nmt/__main__.py")

    def functions(self) -> Iterator[Function]:
        """Every function and method, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))


@dataclass(frozen=True)
class Import:
    """One imported name, in full: `from nmt.errors import NmtError` is nmt.errors.NmtError."""

    name: str
    line: int
    at_load: bool  # False inside a function or under TYPE_CHECKING


Rule = Callable[[list[Module]], list[str]]


def unit_of(name: str) -> str:
    """The part of the house that a dotted name is in: what comes below nmt, or text.vocabulary."""
    parts = name.split(".")[1:]
    return "text.vocabulary" if parts[:2] == ["text", "vocabulary"] else "".join(parts[:1])


def imports(module: Module) -> list[Import]:
    """All imports of a module, also those inside functions, relative ones made absolute."""
    package = module.name.split(".")[: None if module.is_package else -1]
    found: list[Import] = []

    def visit(node: ast.AST, at_load: bool) -> None:
        if isinstance(node, ast.Import):
            found.extend(Import(alias.name, node.lineno, at_load) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = [*base, node.module] if node.module else base
            for alias in node.names:
                found.append(Import(".".join([*base, alias.name]), node.lineno, at_load))
        typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in ast.iter_child_nodes(node):
            visit(child, at_load and not typing_only and not isinstance(node, Function))

    visit(module.tree, True)
    return found


def references(module: Module) -> list[tuple[str, int]]:
    """Every name imported or used, in full: after `import torch as t`, `t.save` is torch.save."""
    found = [(item.name, item.line) for item in imports(module)]
    full: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            full |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            full |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute):
            head, dot, rest = ast.unparse(node).partition(".")
            found.append((f"{full.get(head, head)}{dot}{rest}", node.lineno))
    return found


def uses(module: Module, forbidden: Iterable[str]) -> list[str]:
    """The faults of a module that refers to one of the forbidden names or to anything in it."""
    found = {
        (line, bad)
        for name, line in references(module)
        for bad in forbidden
        if name == bad or name.startswith(f"{bad}.")
    }
    return [f"{module.path}:{line}: uses {bad}" for line, bad in sorted(found)]


# --- the rules ---


def floors(modules: list[Module]) -> list[str]:
    """A module imports only lower floors and its own package."""
    faults = []
    for module in modules:
        if module.is_top:
            continue
        if module.unit not in FLOORS:
            faults.append(f"{module.path}: has no floor")
            continue
        for item in imports(module):
            other = unit_of(item.name)
            if item.name.split(".")[0] != "nmt" or item.name == "nmt.__version__":
                continue
            if other not in FLOORS or not may_import(module.unit, other):
                name = f"nmt.{other}" if other in FLOORS else f"{item.name}, the facade"
                faults.append(f"{module.path}:{item.line}: nmt.{module.unit} imports {name}")
    return faults


def may_import(unit: str, other: str) -> bool:
    """Whether a unit of the house may know another."""
    if unit == other or FLOORS[unit] == FLOORS[other] == 0:
        return True
    if FLOORS[unit] == 2:
        return FLOORS[other] == 0 or other in FLOOR_2_KNOWS[unit]
    return FLOORS[other] < FLOORS[unit]


def cycles(modules: list[Module]) -> list[str]:
    """No module imports itself by a detour while it is loaded."""
    names = {module.name for module in modules}
    graph: dict[str, set[str]] = {}
    for module in modules:
        graph[module.name] = set()
        for item in imports(module):
            parts = item.name.split(".")
            prefixes = (".".join(parts[:length]) for length in range(len(parts), 1, -1))
            known = next((prefix for prefix in prefixes if prefix in names), None)
            if item.at_load and known:
                graph[module.name].add(known)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return [" <- ".join(error.args[1])]
    return []


def file_budget(modules: list[Module]) -> list[str]:
    """A file has at most 250 lines."""
    sizes = {module.path: len(module.source.splitlines()) for module in modules}
    return [f"{path}: {size} lines" for path, size in sizes.items() if size > FILE_LINES]


def function_budget(modules: list[Module]) -> list[str]:
    """A function has at most 50 lines from its `def` on, its docstring included."""
    faults = []
    for module in modules:
        for function in module.functions():
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > FUNCTION_LINES:
                faults.append(f"{module.path}:{function.lineno}: {function.name}: {lines} lines")
    return faults


def parameter_budget(modules: list[Module]) -> list[str]:
    """A function has at most 6 parameters; a command has one for each of its options."""
    faults = []
    for module in modules:
        commands = module.tree.body if module.unit == "cli" else []
        for function in module.functions():
            if function in commands and not function.name.startswith("_"):
                continue
            arguments = function.args
            names = [a.arg for a in arguments.posonlyargs + arguments.args + arguments.kwonlyargs]
            count = len(names) + bool(arguments.vararg) - (names[:1] in (["self"], ["cls"]))
            if count > PARAMETERS:
                where = f"{module.path}:{function.lineno}: {function.name}"
                faults.append(f"{where}: {count} parameters")
    return faults


def forwarded_keywords(modules: list[Module]) -> list[str]:
    """No function takes `**kwargs`."""
    return [
        f"{module.path}:{node.lineno}: takes **{node.args.kwarg.arg}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, Function | ast.Lambda) and node.args.kwarg
    ]


def shapeless_names(modules: list[Module]) -> list[str]:
    """No file or package is named for being useful only."""
    shapeless = {"utils", "util", "helpers", "helper"}
    return [m.path for m in modules if shapeless & set(m.name.split("."))]


def package_files(modules: list[Module]) -> list[str]:
    """The `__init__.py` of a package below the top is empty."""
    packages = [m for m in modules if m.is_package and not m.is_top]
    return [f"{m.path}: is not empty" for m in packages if m.source.strip()]


def distribution(modules: list[Module]) -> list[str]:
    """Only nmt/training/distributed.py knows torch.distributed."""
    others = [m for m in modules if m.path != "nmt/training/distributed.py"]
    return [fault for m in others for fault in uses(m, ["torch.distributed"])]


def terminal(modules: list[Module]) -> list[str]:
    """Only the command line and the web service print or exit."""
    quiet = [m for m in modules if m.unit not in ("cli", "web", "__main__")]
    return [fault for m in quiet for fault in uses(m, TERMINAL)]


def pickles(modules: list[Module]) -> list[str]:
    """Nothing is pickled: a file from a stranger must not be able to run code."""
    return [fault for m in modules for fault in uses(m, PICKLES)]


def imports_by_string(modules: list[Module]) -> list[str]:
    """Only the facade and the command line import by string: it would hide from `floors`."""
    others = [m for m in modules if not m.is_top and m.unit != "cli"]
    return [fault for m in others for fault in uses(m, IMPORTS_BY_STRING)]


def docstrings(modules: list[Module]) -> list[str]:
    """Every public module, class and function says what it is."""
    faults = []
    for module in modules:
        if not module.source.strip():
            continue
        if not ast.get_docstring(module.tree):
            faults.append(f"{module.path}:1: the module has no docstring")
        for node in module.tree.body:
            if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
                continue
            if not ast.get_docstring(node):
                faults.append(f"{module.path}:{node.lineno}: {node.name} has no docstring")
    return faults


ADVICE: dict[Rule, str] = {
    floors: "see the table in CONTRIBUTING.md; pass the thing in, or move it",
    cycles: "move what both modules need into a third",
    file_budget: "divide the file by subject",
    function_budget: "give a part of the function a name of its own",
    parameter_budget: "group what belongs together in a dataclass",
    forwarded_keywords: "name each parameter",
    shapeless_names: "name the file after what is in it",
    package_files: "import from the module that defines a name",
    distribution: "call nmt/training/distributed.py",
    terminal: "return, raise an NmtError or call back; nmt/cli prints and exits",
    pickles: "write safetensors, JSON, Arrow or text",
    imports_by_string: "write an import statement, inside the function if it must be late",
    docstrings: "say in a line what it is",
}


# --- the package ---


@pytest.fixture(scope="module")
def modules() -> list[Module]:
    """All modules of the package."""
    paths = sorted((ROOT / "nmt").rglob("*.py"))
    return [Module(p.relative_to(ROOT).as_posix(), p.read_text(encoding="utf-8")) for p in paths]


def report(faults: list[str], advice: str) -> None:
    """Fail if there are faults, with all of them and what to do."""
    if faults:
        pytest.fail("\n  ".join([f"{advice}:", *faults]), pytrace=False)


@pytest.mark.parametrize("rule", ADVICE, ids=lambda rule: rule.__name__)
def test_package_keeps(rule: Rule, modules: list[Module]) -> None:
    report(rule(modules), f"{rule.__doc__} To mend it, {ADVICE[rule]}")


def mirror(path: str) -> str:
    """The test file of a module."""
    folder, _, name = path.removeprefix("nmt/").rpartition("/")
    return "/".join(part for part in ("tests", folder, f"test_{name}") if part)


def untested(modules: list[Module], test_files: set[str]) -> list[str]:
    """The modules without a test file of the same path."""
    tested = [m for m in modules if not m.is_package and not m.is_top]
    return [f"{m.path}: no {f}" for m in tested if (f := mirror(m.path)) not in test_files]


def test_tests_mirror_the_package(modules: list[Module]) -> None:
    files = {p.relative_to(ROOT).as_posix() for p in (ROOT / "tests").rglob("test_*.py")}
    report(untested(modules, files), "each module nmt/a/b.py has its tests in tests/a/test_b.py")


# --- the rules can fail ---

BROKEN = [
    (floors, "nmt/model/encoder.py", "from nmt.search import beam", ":1: nmt.model imports"),
    (floors, "nmt/corpus/check.py", "import nmt.layers.attention", "nmt.layers"),
    (floors, "nmt/corpus/check.py", "from nmt.evaluation.metrics import evaluate", "evaluation"),
    (floors, "nmt/search/beam.py", "from nmt.text.tokenizer import Tokenizer", "nmt.text"),
    (floors, "nmt/layers/attention.py", "def f():\n    from nmt import model", ":2:"),
    (floors, "nmt/layers/attention.py", "from ..text import tokenizer", "nmt.text"),
    (floors, "nmt/text/vocabulary.py", "from nmt.text import tokenizer", "nmt.text"),
    (floors, "nmt/engine/scorer.py", "from nmt.model_directory import load", "model_directory"),
    (floors, "nmt/model_directory.py", "import nmt.engine.scorer", "nmt.engine"),
    (floors, "nmt/training/trainer.py", "from nmt import load", "facade"),
    (floors, "nmt/training/trainer.py", "import nmt", "facade"),
    (floors, "nmt/extras/thing.py", "", "has no floor"),
    (file_budget, "nmt/errors.py", "x = 1\n" * 251, "251 lines"),
    (function_budget, "nmt/errors.py", "def f():\n" + "    x = 1\n" * 50, "f: 51 lines"),
    (parameter_budget, "nmt/errors.py", "def f(a, b, c, /, d, *, e, g, h): ...", "7 parameters"),
    (parameter_budget, "nmt/cli/main.py", "def _f(a, b, c, d, e, g, h): ...", "7 parameters"),
    (forwarded_keywords, "nmt/errors.py", "def f(**options): ...", "**options"),
    (shapeless_names, "nmt/text/utils.py", "", "nmt/text/utils.py"),
    (shapeless_names, "nmt/helpers/text.py", "", "nmt/helpers/text.py"),
    (package_files, "nmt/text/__init__.py", "x = 1", "not empty"),
    (distribution, "nmt/training/trainer.py", "from torch import distributed", ":1:"),
    (distribution, "nmt/engine/scorer.py", "import torch\ntorch.distributed.barrier()", ":2:"),
    (terminal, "nmt/training/trainer.py", "print(1)", "uses print"),
    (terminal, "nmt/training/trainer.py", "import sys as s\ns.exit(1)", "uses sys.exit"),
    (terminal, "nmt/training/trainer.py", "from typer import Exit", "uses typer"),
    (terminal, "nmt/report/html.py", "from rich import print as p", "uses rich"),
    (terminal, "nmt/report/html.py", "raise SystemExit(1)", "uses SystemExit"),
    (pickles, "nmt/model_directory.py", "import torch as t\nt.save(1, 'f')", ":2: uses torch.save"),
    (pickles, "nmt/model_directory.py", "from torch import load", "uses torch.load"),
    (pickles, "nmt/cli/main.py", "def f():\n    import pickle", ":2: uses pickle"),
    (imports_by_string, "nmt/layers/cells.py", "from importlib import import_module", "importlib"),
    (docstrings, "nmt/errors.py", "x = 1", "the module"),
    (docstrings, "nmt/errors.py", '"""M."""\nclass C: ...\n', ":2: C"),
    (docstrings, "nmt/errors.py", '"""M."""\ndef f(): ...\n', ":2: f"),
]


@pytest.mark.parametrize(("rule", "path", "source", "message"), BROKEN)
def test_rule_flags(rule: Rule, path: str, source: str, message: str) -> None:
    faults = rule([Module(path, source)])
    assert len(faults) == 1
    assert path in faults[0]
    assert message in faults[0]


SOUND = [
    (floors, "nmt/config.py", "from nmt.errors import ConfigError"),
    (floors, "nmt/text/tokenizer.py", "from nmt.text.vocabulary import PAD\nimport nmt.errors"),
    (floors, "nmt/text/tokenizer.py", "from .normalization import normalize"),
    (floors, "nmt/search/beam.py", "from nmt.text.vocabulary import EOS\nfrom nmt.search import x"),
    (floors, "nmt/corpus/check.py", "from nmt.text.tokenizer import Tokenizer"),
    (floors, "nmt/engine/scorer.py", "from nmt.model import encoder\nimport nmt.search.beam"),
    (floors, "nmt/model_directory.py", "from nmt import __version__"),
    (floors, "nmt/cli/main.py", "def f():\n    from nmt.training import trainer"),
    (file_budget, "nmt/errors.py", "x = 1\n" * 250),
    (function_budget, "nmt/errors.py", "def f():\n" + "    x = 1\n" * 49),
    (parameter_budget, "nmt/errors.py", "class C:\n    def f(self, a, b, c, d, e, g): ..."),
    (parameter_budget, "nmt/cli/main.py", "def translate(a, b, c, d, e, g, h): ..."),
    (distribution, "nmt/training/distributed.py", "import torch.distributed"),
    (terminal, "nmt/cli/main.py", "print(1)\nimport sys\nsys.exit(0)"),
    (terminal, "nmt/report/html.py", "import sys\nblueprint = sys.platform"),
    (pickles, "nmt/model_directory.py", "import torch\nfrom safetensors.torch import load_file"),
    (docstrings, "nmt/errors.py", '"""M."""\ndef _f(): ...\n'),
]


@pytest.mark.parametrize(("rule", "path", "source"), SOUND)
def test_rule_passes(rule: Rule, path: str, source: str) -> None:
    assert rule([Module(path, source)]) == []


def test_cycles_are_found_through_the_imports_at_load_only() -> None:
    one = Module("nmt/text/one.py", "from nmt.text.two import x")
    late = Module("nmt/text/two.py", "def f():\n    from nmt.text.one import y")
    typed = Module("nmt/text/two.py", "if TYPE_CHECKING:\n    from nmt.text import one")
    now = Module("nmt/text/two.py", "from nmt.text import one")
    assert cycles([one, late]) == cycles([one, typed]) == []
    assert "nmt.text.one" in cycles([one, now])[0]


def test_a_module_without_tests_is_named() -> None:
    sources = [Module("nmt/errors.py", ""), Module("nmt/text/tokenizer.py", "")]
    top = [Module("nmt/__init__.py", ""), Module("nmt/text/__init__.py", "")]
    assert untested(sources + top, {"tests/test_errors.py", "tests/text/test_tokenizer.py"}) == []
    assert untested(sources, {"tests/test_errors.py"}) == [
        "nmt/text/tokenizer.py: no tests/text/test_tokenizer.py"
    ]


# --- the rest of the repository, and the start of the command ---

MACHINE_PATH = re.compile(r"(?<![\w.}$])/(?:work|tmp|root|home)/")


def machine_paths(path: str, text: str) -> list[str]:
    """The lines that name a folder of one machine."""
    return [
        f"{path}:{number}: {line.strip()[:80]}"
        for number, line in enumerate(text.split("\n"), start=1)
        if MACHINE_PATH.search(line)
    ]


def test_no_file_names_a_folder_of_one_machine() -> None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    faults: list[str] = []
    for name in sorted(set(listing.decode().split("\0")) - {""}):
        if (ROOT / name).is_file():
            content = (ROOT / name).read_bytes()
            if b"\0" not in content:
                faults += machine_paths(name, content.decode("utf-8", errors="replace"))
    report(faults, "write paths from the root of the repository, or take them from the user")


def test_a_folder_of_one_machine_is_found() -> None:
    folder = "/" + "home" + "/"
    assert machine_paths("README.md", f"first\nsee {folder}anna/corpus") == [
        f"README.md:2: see {folder}anna/corpus"
    ]
    assert machine_paths("README.md", f"example.org{folder}page and data{folder}x") == []


SLOW_TO_IMPORT = ("torch", "datasets", "pyarrow", "sacrebleu", "matplotlib")


@pytest.mark.parametrize("arguments", [["-c", "import nmt"], ["-m", "nmt", "--help"]])
def test_start_imports_nothing_slow(arguments: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr.splitlines()[-1]
    imported = set(re.findall(r"^import time:.*\| +([\w.]+)$", done.stderr, re.MULTILINE))
    assert "nmt" in imported
    slow = [name for name in SLOW_TO_IMPORT if name in imported]
    report(slow, "import it where it is used, inside the function that needs it; slow to import")
