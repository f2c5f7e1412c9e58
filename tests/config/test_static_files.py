"""Static files: hashed, cached for ever, with the headers of every other response."""

import gzip

import pytest
from django.conf import settings
from django.test import AsyncClient
from django.utils.module_loading import import_string
from whitenoise.storage import CompressedManifestStaticFilesStorage

SCRIPT = "console.log('a file of some length, so that compressing it is worth the while');\n" * 50


@pytest.fixture
def collected(settings, tmp_path):  # noqa: F811 - pytest-django's, which undoes what is set
    """A static root with one file, its hashed copy and their compressed forms; the URL of the hashed one."""
    (tmp_path / "page.js").write_text(SCRIPT)
    settings.STATIC_ROOT = tmp_path
    storage = CompressedManifestStaticFilesStorage(location=tmp_path, base_url="/static/")
    list(storage.post_process({"page.js": (storage, "page.js")}))
    return f"/static/{storage.stored_name('page.js')}"


@pytest.fixture
def client_of(collected):
    """A client whose handler has seen the collected files."""
    return AsyncClient()


async def test_a_file_is_served_with_trace_and_cors(client_of, collected):
    answer = await client_of.get(collected, headers={"origin": "https://n8n.example"})
    assert (answer.status_code, answer.content.decode()) == (200, SCRIPT)
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert {"X-TRACE-ID", "X-PROCESS-TIME", "X-Content-Type-Options"} <= set(answer.headers)


async def test_it_is_compressed_for_those_who_take_it(client_of, collected):
    answer = await client_of.get(collected, headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content).decode() == SCRIPT
    assert int(answer["Content-Length"]) == len(answer.content)


async def test_it_is_not_sent_again_to_those_who_have_it(client_of, collected):
    first = await client_of.get(collected)
    again = await client_of.get(collected, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_part_of_it_can_be_asked_for(client_of, collected):
    answer = await client_of.get(collected, headers={"range": "bytes=0-10"})
    assert (answer.status_code, answer.content.decode()) == (206, SCRIPT[:11])


async def test_only_reading_is_allowed(client_of, collected):
    assert (await client_of.head(collected)).content == b""
    assert (await client_of.post(collected)).status_code == 405


@pytest.mark.parametrize("path", ["/static/none.js", "/static/../manage.py", "/static/%2e%2e/manage.py"])
async def test_nothing_else_is_served(client_of, path):
    assert (await client_of.get(path)).status_code == 404


@pytest.mark.parametrize("name", settings.MIDDLEWARE)
def test_no_middleware_holds_a_thread_while_an_answer_is_awaited(name):
    assert import_string(name).async_capable
