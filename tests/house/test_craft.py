"""What a reviewer would otherwise have to look for: lengths, floats, clocks, the environment, templates, licences."""

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.template.loader import get_template

from apps.invoices.models import Invoice
from apps.tenants.scope import scope
from dev.home import CLONE
from tests.house.ledger import fill

LONGEST_FUNCTION = 70
EDGES = ("api", "console", "portal", "demo")
"""Apps of views and commands: there, in tasks and in the admin, the clock is read. Elsewhere it comes in as `at=`."""
FLOATS_ALLOWED = {
    "apps/common/charts.py",  # places on a drawing
    "apps/common/templatetags/counterfoil.py",  # names them to refuse them
}
BINARY = {".woff2", ".png", ".jpg", ".pdf", ".ico", ".mo"}


def repository() -> list[Path]:
    """Every file of the repository, those not committed yet included, relative to its root."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    run = subprocess.run(listing, cwd=CLONE, capture_output=True, text=True, check=True)
    paths = {Path(name) for name in run.stdout.split("\0") if name}
    return sorted(path for path in paths if (CLONE / path).is_file())


FILES = repository()
CODE = [
    path
    for path in FILES
    if path.suffix == ".py" and path.parts[0] in ("apps", "config", "dev", "web") and "migrations" not in path.parts
]
TEMPLATES = [path for path in FILES if "templates" in path.parts and path.suffix in (".html", ".txt")]
LETTERS = [path for path in TEMPLATES if path.parent == Path("templates/email")]
MAILS = [path for path in LETTERS if not path.name.startswith(("silence", "invitation"))]
"""Those about documents; tests/events/test_silence.py and tests/console/test_invitations.py read the others."""
VENDORED = [
    path
    for path in FILES
    if path.parent in (Path("static/vendor"), Path("static/fonts")) and not path.name.startswith(("LICENSE", "README"))
]


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse((CLONE / path).read_text(), str(path)))


def lines(found: Iterable[ast.AST]) -> list[int]:
    return [node.lineno for node in found]  # type: ignore[attr-defined]


def dotted(node: ast.AST) -> str:
    """`timezone.now` of the expression timezone.now; empty for anything but a name or an attribute of one."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (owner := dotted(node.value)):
        return f"{owner}.{node.attr}"
    return ""


# Code


@pytest.mark.parametrize("path", CODE, ids=str)
def test_a_function_fits_a_screen(path: Path) -> None:
    functions = [node for node in nodes(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    too_long = [one for one in functions if (one.end_lineno or 0) - one.lineno + 1 >= LONGEST_FUNCTION]
    assert lines(too_long) == []


def is_float(node: ast.AST) -> bool:
    """A float literal, the word `float` (a call, an annotation), or a FloatField."""
    literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
    return literal or dotted(node).rpartition(".")[2] in ("float", "FloatField")


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in FILES
        if path.suffix == ".py"
        and path.parts[:2] in [("apps", name) for name in ("common", "plans", "invoices", "events")]
        and str(path) not in FLOATS_ALLOWED
    ],
    ids=str,
)
def test_what_bears_money_knows_no_float(path: Path) -> None:
    assert lines(node for node in nodes(path) if is_float(node)) == []


@pytest.mark.parametrize("path", [one for one in CODE if one.parts[0] in ("apps", "config", "web")], ids=str)
def test_only_config_environment_reads_the_environment(path: Path) -> None:
    if path == Path("config/environment.py"):
        return
    reads = [node for node in nodes(path) if dotted(node) in ("os.environ", "os.getenv", "os.putenv")]
    naming_the_settings = [
        node.func.value
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node) == "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')"
    ]
    assert len(reads) == len(naming_the_settings) * (path.parts[0] == "config"), lines(reads)


CLOCKS = {"timezone.now", "datetime.now", "datetime.utcnow", "date.today", "clock.now", "time.time"}


def is_edge(path: Path) -> bool:
    named = path.name in ("admin.py", "tasks.py", "clock.py")
    return named or path.parts[1] in EDGES or "commands" in path.parts


@pytest.mark.parametrize(
    "path", [one for one in CODE if one.parts[0] == "apps" and len(one.parts) > 2 and not is_edge(one)], ids=str
)
def test_the_clock_is_read_at_the_edge(path: Path) -> None:
    """A model may name it as a field's default; domain code is told the time."""
    found = [node for node in nodes(path) if dotted(node) in CLOCKS]
    imported = [node for node in nodes(path) if isinstance(node, ast.ImportFrom) and node.module == "apps.common.clock"]
    defaults = [
        node
        for node in nodes(path)
        if isinstance(node, ast.keyword) and node.arg == "default" and dotted(node.value) == "timezone.now"
    ]
    allowed = len(defaults) if "models" in (path.stem, path.parent.name) else 0
    assert lines(imported) == []
    assert len(found) == allowed, lines(found)


def test_the_migrations_are_in_step_with_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


# Files

ABOUT_A_MACHINE = {
    "a registry's host": re.compile(
        r"pypi[.]org/simple|files[.]pythonhosted|registry[.]npmjs|proxy[.]golang|index[.]crates"
        r"|artifactory|--(?:extra-)?index-url|--trusted-host"
    ),
    "a path of one machine": re.compile(r"(?<![\w.$}])/(?:work|root|home/\w+|Users/\w+)(?=/)"),
}


@pytest.mark.parametrize("path", [one for one in FILES if one.suffix not in BINARY], ids=str)
def test_a_file_says_nothing_of_the_machine_it_was_written_on(path: Path) -> None:
    text = (CLONE / path).read_text()
    if path.name != Path(__file__).name:
        assert {name: found[0] for name, shape in ABOUT_A_MACHINE.items() if (found := shape.search(text))} == {}


@pytest.mark.parametrize("path", VENDORED, ids=str)
def test_what_others_made_has_its_licence_beside_it(path: Path) -> None:
    table = (CLONE / "static/vendor/README.md").read_text().splitlines()
    row = next((line for line in table if path.name in line), "")
    licence = re.search(r"LICENSE-[\w.-]+\.txt", row)
    assert licence, f"static/vendor/README.md names no licence of {path.name}"
    assert (CLONE / path).with_name(licence[0]).stat().st_size > 0


# Templates


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_a_template_compiles(path: Path) -> None:
    get_template("/".join(path.parts[path.parts.index("templates") + 1 :]))


FOR_MACHINES = ("c", "Y-m-d")
"""Formats of `date` for attributes and addresses. What is read is written by `when`: one way to write September."""


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_a_template_writes_days_as_their_reader_does(path: Path) -> None:
    formats = re.findall(r"\|(?:date|time):[\"']([^\"']*)", (CLONE / path).read_text())
    assert set(formats) <= set(FOR_MACHINES)


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_a_template_asks_no_mapping_for_its_items(path: Path) -> None:
    """Of one with a key "items", as an event may have, it would get what stands under it: `pairs` is right."""
    assert not re.findall(r"[\w.]+\.items\b", "".join(re.findall(r"\{[%{].*?[%}]\}", (CLONE / path).read_text())))


INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*="),
    "a script without a file": re.compile(r"<script(?![^>]*\ssrc=)[^>]*>"),
    "a handler": re.compile(r"<[^>]*\s(?:on[a-z]+|hx-on[\w:-]*)\s*="),
    "a script in a link": re.compile(r"javascript:"),
    "a style element without the nonce": re.compile(r"<style(?![^>]*nonce)"),
}
NO_MARKUP = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


@pytest.mark.parametrize(
    "path",
    [one for one in TEMPLATES if one.suffix == ".html" and one.parent.name != "email"],  # mail has no style sheet
    ids=str,
)
def test_a_template_passes_the_content_security_policy(path: Path) -> None:
    text = NO_MARKUP.sub(lambda found: "nonce" if "nonce" in found[0] else "", (CLONE / path).read_text())
    assert {name: found[0] for name, shape in INLINE.items() if (found := shape.search(text))} == {}


@pytest.fixture(scope="module")
def invoice(django_db_setup: None, django_db_blocker: Any) -> Invoice:
    with django_db_blocker.unblock():
        vendor = fill("Northwind Support AI")
        with scope(vendor.tenant.pk):
            found: Invoice = Invoice.objects.get()
            return found


@pytest.mark.parametrize("path", MAILS, ids=str)
def test_a_mail_of_a_document_renders_and_names_its_invoice(path: Path, invoice: Invoice) -> None:
    """It is about an invoice, or about a credit on one."""
    amounts = dict.fromkeys(["due", "total", "applied", "balance"], "1.00") | {"currency": "USD"}
    context = {
        "document": invoice.document,
        "invoice": invoice,
        "number": invoice.number,
        "url": "https://example.org/",
    }
    mail = get_template(f"email/{path.name}").render(context | amounts)
    assert invoice.number in mail
