"""The four templates: their data fits their schemas, gets into the page as inert JSON, and no part ends another."""

import json

import jsonschema
import lxml.html
import pytest

from chat.artifacts.catalog import TEMPLATES, schema_of
from chat.artifacts.composing import document_of
from chat.artifacts.models import Artifact
from tests.chat.artifacts.conftest import drafted

EVERY = pytest.mark.parametrize("key", list(TEMPLATES))
HOSTILE = '</script><script>document.title="taken"</script><!-- <script> </style> \u2028 "\' &amp; مرحبا'


def island(html: str) -> object:
    return json.loads(lxml.html.fromstring(f"<div>{html}</div>").get_element_by_id("page-data").text)


@EVERY
def test_a_schema_is_one_and_strict_mode_takes_it(key):
    from integrations.providers.openai_wire import is_strict

    jsonschema.Draft202012Validator.check_schema(schema_of(key))
    assert is_strict(schema_of(key))


@EVERY
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_defaults_fit(key, language):
    assert TEMPLATES[key].problem_of(TEMPLATES[key].defaults(language)) == ""


@EVERY
def test_markup_passes_the_rules_for_models_pages(key):
    from chat.artifacts.checking import page_problem

    template = TEMPLATES[key]
    markup = template.markup(template.defaults("en"), language="en").partition("<script")[0]
    assert page_problem({"html": markup, "css": template.css, "js": template.js}) == ""


async def test_data_is_inert_whatever_it_says():
    data = {**TEMPLATES["tictactoe"].defaults("en"), "title": HOSTILE[:60]}
    draft = await drafted("x", template="tictactoe", data=data)
    assert island(draft.html) == data
    scripts = lxml.html.fromstring(f"<div>{draft.html}</div>").findall(".//script")
    assert [script.get("type") for script in scripts] == ["application/json"]
    assert lxml.html.fromstring(draft.html).findtext(".//h1") == HOSTILE[:60]


def test_no_part_of_a_page_ends_another_ones_element():
    page = Artifact(title=HOSTILE, html="<p>x</p>", css=HOSTILE, js=f"const a = {json.dumps(HOSTILE)};", task="x")
    root = lxml.html.document_fromstring(document_of(page))
    assert [child.tag for child in root.find("body")] == ["p", "script"]
    assert len(root.findall(".//style")) == len(root.findall(".//script")) == 1
    assert root.findtext(".//title") == HOSTILE


@pytest.mark.parametrize(("key", "place"), [("items", "items"), ("gold", "gold")])
def test_a_problem_names_the_place(key, place):
    data = {**TEMPLATES["rpg_inventory"].defaults("en"), key: "much"}
    assert TEMPLATES["rpg_inventory"].problem_of(data).startswith(f"{place}: ")


async def test_a_page_is_in_the_language_of_its_task():
    draft = await drafted("Крестики-нолики", language="ru")
    page = Artifact(title=draft.title, html=draft.html, language=draft.wish.language, task="x")
    assert lxml.html.document_fromstring(document_of(page)).get("lang") == "ru"
