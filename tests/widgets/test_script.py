"""/widget.js and the panel: small, cached, and shown only where they may be."""

import gzip
import re
from pathlib import Path

import pytest

from chat.widgets.pages import MODULES
from chat.widgets.script import PARTS
from chat.widgets.services.changes import switch_widget
from tests.widgets.conftest import SHOP

ROOT = Path(__file__).resolve().parent.parent.parent / "static"
BUDGET = 40 * 1024


def test_the_script_is_small(client):
    packed = client.get("/widget.js", headers={"accept-encoding": "gzip"})
    plain = client.get("/widget.js")
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < BUDGET / 4
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in packed["Vary"]


def test_the_script_is_cached_for_a_while_and_asked_for_again_by_its_tag(client):
    first = client.get("/widget.js")
    assert "max-age=300" in first["Cache-Control"]
    assert first["Content-Type"].startswith("text/javascript")
    assert client.get("/widget.js", headers={"if-none-match": first["ETag"]}).status_code == 304


def test_every_part_is_in_it_once_and_nothing_is_imported():
    assert {path.stem for path in (ROOT / "widget").glob("*.js")} == set(PARTS)
    for number, part in enumerate(PARTS):
        source = (ROOT / "widget" / f"{part}.js").read_text()
        imported = re.findall(r'^import [^;]+ from "\./(\w+)\.js";$', source, re.MULTILINE)
        assert len(imported) == source.count("\nimport ")
        assert set(imported) <= set(PARTS[:number])


def test_no_two_parts_use_one_name(client):
    names = re.findall(
        r"^(?:async )?(?:const|let|class|function\*?) (\w+)", client.get("/widget.js").content.decode(), re.M
    )
    assert sorted(names) == sorted(set(names))


def test_the_panel_preloads_every_module_that_it_loads_at_once():
    seen: set[str] = set()
    waiting = ["js/panel/panel.js"]
    while waiting:
        name = waiting.pop()
        for target in re.findall(r"""^(?:import|\}) [^;]*?from ["'](\.[^"']+)["'];""", (ROOT / name).read_text(), re.M):
            path = str((ROOT / name).parent.joinpath(target).resolve().relative_to(ROOT))
            if path not in seen:
                seen.add(path)
                waiting.append(path)
    assert seen | {"js/panel/panel.js"} == set(MODULES)


@pytest.mark.django_db
def test_browsers_show_the_panel_on_the_widgets_sites_alone(client, widget):
    widget.origins = [SHOP, "https://*.example.org"]
    widget.save()
    answer = client.get(f"/widget/{widget.key}/")
    policy = answer["Content-Security-Policy"]
    assert f"frame-ancestors 'self' {SHOP} https://*.example.org" in policy
    assert "X-Frame-Options" not in answer
    assert "unsafe-inline" not in policy
    assert not answer.cookies


@pytest.mark.django_db
@pytest.mark.parametrize(("lang", "said"), [("en", "Chat with us"), ("ru", "Напишите нам"), ("xx", "Chat with us")])
def test_the_panel_speaks_the_visitors_language(client, widget, lang, said):
    text = client.get(f"/widget/{widget.key}/?lang={lang}").content.decode()
    assert f'<h1 id="title" dir="auto">{said}</h1>' in text


@pytest.mark.django_db
def test_what_staff_write_is_text(client, widget):
    widget.greeting_en = "<script>alert(1)</script>"
    widget.save()
    assert "<script>alert" not in client.get(f"/widget/{widget.key}/").content.decode()


@pytest.mark.django_db
def test_no_panel_for_an_unknown_or_switched_off_widget(client, widget):
    assert client.get("/widget/w_nothing/").status_code == 404
    switch_widget(widget, enabled=False, actor=None)
    assert client.get(f"/widget/{widget.key}/").status_code == 404
