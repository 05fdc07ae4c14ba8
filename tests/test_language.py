"""The web chat in English, German, Spanish and Chinese: every word of it, in whole catalogs."""

from __future__ import annotations

import ast
import datetime
import re
import threading
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from rag import language, render
from rag.language import LANGUAGES, catalog, choose, gettext, ngettext, speaking, translate

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted(set(render.WEB.glob("*.html")) - {render.WEB / "conversation.html"})
CODE = [ROOT / "ui.py", *sorted((ROOT / "rag").glob("*.py"))]
OTHERS = [language for language in LANGUAGES if language != "en"]
NAMES = ("JSON", "Markdown", "https://…")  # the same in every language
FORMS = {"de": 2, "es": 2, "zh": 1}


def messages_of_templates() -> set[tuple[str, ...]]:
    environment = Environment(extensions=["jinja2.ext.i18n"])
    found = [
        message if isinstance(message, tuple) else (message,)
        for path in TEMPLATES
        for _, _, message in environment.extract_translations(path.read_text("utf-8"))
    ]
    return {tuple(part for part in message if part) for message in found}


def messages_of_code() -> set[tuple[str, ...]]:
    found = set()
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id not in ("gettext", "ngettext", "mark"):
                    continue
                texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
                if texts:
                    found.add(tuple(texts))
    return found


MESSAGES = messages_of_templates() | messages_of_code()


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", text))


@pytest.mark.parametrize("name", OTHERS)
def test_a_catalog_has_every_message_and_nothing_else(name: str) -> None:
    assert sorted(catalog(name)) == sorted({message[0] for message in MESSAGES})


@pytest.mark.parametrize("name", OTHERS)
def test_a_translation_has_the_forms_and_the_placeholders_of_its_message(name: str) -> None:
    for message in MESSAGES:
        found = catalog(name)[message[0]]
        forms = found if isinstance(found, list) else [found]
        assert isinstance(found, list) == (len(message) == 2), message
        assert len(forms) == (FORMS[name] if len(message) == 2 else 1), message
        for form in forms:
            assert form.strip(), message
            assert placeholders(form) == placeholders(message[0]), message
            assert "%" not in re.sub(r"%\(\w+\)s", "", form), message


class Texts(HTMLParser):
    """What a reader sees or hears of a page: its text, and the attributes that hold words."""

    SAID = frozenset({"aria-label", "placeholder", "title", "alt", "data-done"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.found += [value for name, value in attributes if name in self.SAID and value]

    def handle_data(self, data: str) -> None:
        if self.inside not in ("code", "h1"):  # a command, and the name of the whole
            self.found.append(data)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_word_of_a_template_stands_there_untranslated(path: Path) -> None:
    source = path.read_text("utf-8")
    # what is said in an expression is said through _() or ngettext()
    for text in re.findall(
        r"(?<![\w(])\"([A-Z][a-z]+[^\"]*)\"",
        "".join(
            re.findall(
                r"{{.*?}}|{%.*?%}",
                re.sub(r"_\(\"[^\"]*\"|ngettext\(\"[^\"]*\", \"[^\"]*\"", "", source),
            )
        ),
    ):
        pytest.fail(f"{path.name}: {text!r}")
    bare = re.sub(r"{{.*?}}|{%.*?%}|{#.*?#}", "", source, flags=re.DOTALL)
    words = [text for text in Texts(bare).found if re.search(r"[A-Za-z]{2}", text)]
    assert [word.strip() for word in words if word.strip() not in NAMES] == []


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr-FR,fr;q=0.9,es;q=0.5,en;q=0.4", "es"),
        ("en;q=0.4, zh-Hant-TW;q=0.9", "zh"),
        ("de;q=0, es;q=0.1", "es"),
        ("fr, *;q=0.5, de;q=0.3", "en"),
        ("ES ; q=1.0", "es"),
        ("de;q=many, zh;q=0.1", "zh"),
        ("fr,ja", "en"),
        ("de;q=0.5,es;q=0.5", "de"),
    ],
)
def test_the_browser_chooses_the_language(accepted: str, expected: str) -> None:
    assert choose(accepted) == expected


@given(st.text(max_size=80))
def test_any_header_gives_a_language(accepted: str) -> None:
    assert choose(accepted) in LANGUAGES


def test_each_thread_speaks_its_own_language() -> None:
    said: dict[str, set[str]] = {}
    together = threading.Barrier(len(LANGUAGES))

    def say(name: str) -> None:
        with speaking(name):
            for _ in range(50):
                together.wait(10)
                said.setdefault(name, set()).add(gettext("Ask"))

    threads = [threading.Thread(target=say, args=(name,)) for name in LANGUAGES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {name: {catalog(name).get("Ask", "Ask")} for name in LANGUAGES}
    assert said == expected
    assert len({word for words in said.values() for word in words}) == len(LANGUAGES)
    assert gettext("Ask") == "Ask"


def test_dates_numbers_and_plurals_have_the_form_of_the_language() -> None:
    date = datetime.date(2024, 7, 26)
    expected = {
        "en": ("26 July 2024", "1,234.5", "1 article", "2 articles"),
        "de": ("26. Juli 2024", "1.234,5", "1 Artikel", "2 Artikel"),
        "es": ("26 de julio de 2024", "1234,5", "1 artículo", "2 artículos"),
        "zh": ("2024年7月26日", "1,234.5", "1 篇文章", "2 篇文章"),
    }
    for name, forms in expected.items():
        with speaking(name):
            one, two = (
                ngettext("%(count)s article", "%(count)s articles", n) % {"count": n}
                for n in (1, 2)
            )
            said = (language.day(date), language.decimal(1234.5, 1), one, two)
            assert said == forms or (name == "es" and said[1] == "1.234,5"), name


def test_what_retrieval_says_is_translated_where_it_is_known() -> None:
    with speaking("de"):
        assert "30" in translate("not among the 30 reranked")
        assert translate("not among the 30 reranked") != "not among the 30 reranked"
        assert translate("something new") == "something new"


def test_the_page_is_in_the_language_that_is_spoken() -> None:
    for name in LANGUAGES:
        with speaking(name):
            assert f'lang="{name}"' in render.show_masthead("ready")
            assert gettext("Ask the articles") in render.show_welcome("ready")
            # what the script fills in stays a place to fill in
            assert 'data-most="' in render.show_library_tools()
            assert "%(number)s" in render.show_library_tools()
