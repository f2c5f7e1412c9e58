"""A headless Chromium before a scripted server. Locators wait for conditions; no test sleeps."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.scripted import ScriptedApi
from tests.browser.serving import BrowserServer

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
AXE = next(Path(__file__).parent.glob("vendor/axe-core-*/axe.min.js"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # A busy machine can make a real browser miss a deadline; a defect fails three times.
            item.add_marker(pytest.mark.flaky(reruns=2))
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="no Chromium: install it or name it in CHROMIUM"))


@pytest.fixture(scope="session")
def browser_server() -> BrowserServer:
    return BrowserServer()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Ends with the last test of this folder: while it runs, its event loop occupies the main thread."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture
def server(browser_server: BrowserServer, transactional_db: None, settings: Any) -> Iterator[BrowserServer]:
    settings.CHAT_ANONYMOUS = True
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    # The files as they are in the repository, whatever `collectstatic` has left in STATIC_ROOT.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    browser_server.reset()
    yield browser_server
    browser_server.reset()


@pytest.fixture
def script(server: BrowserServer) -> ScriptedApi:
    return server.api


@pytest.fixture
def new_context(chromium: Browser, server: BrowserServer) -> Iterator[Callable[..., BrowserContext]]:
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = chromium.new_context(**{"base_url": server.url, "locale": "en-US", **options})
        context.set_default_timeout(8_000)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def problems() -> list[str]:
    """What the browser complained about: uncaught errors and violations of the content policy."""
    return []


@pytest.fixture
def page(new_context: Callable[..., BrowserContext], problems: list[str]) -> Iterator[Page]:
    page = new_context(viewport={"width": 1280, "height": 800}).new_page()
    watch(page, problems)
    yield page
    assert problems == []


def watch(page: Page, problems: list[str]) -> None:
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if "Content Security" in message.text else None)
