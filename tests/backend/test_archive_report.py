"""The report of an archive, opened and clicked in a headless browser, where there is one."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from selcolor_backend.archive import manifest
from selcolor_backend.archive.entry import Entry, Look, State
from selcolor_backend.archive.report import write_report

pytestmark = pytest.mark.slow

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


def picture(color: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (160, 120), color).save(file, "JPEG")
    return file.getvalue()


LOOK = Look(picture("gray"), picture("olive"), picture("teal"))
GOOD = Entry(
    photo="c.jpg",
    source="/scans/c.jpg",
    state=State.DONE,
    folder=".",
    subject="person",
    mask_share=0.4,
    colorfulness=20.0,
    look=LOOK,
)
ENTRIES = (
    GOOD,
    replace(GOOD, photo="a.jpg", subject="cat", raggedness=0.9),
    replace(GOOD, photo="d.jpg", subject="", mask_share=0.0, notes=("nothing_found",)),
    replace(GOOD, photo="b.jpg", state=State.FAILED, sentence="b.jpg is empty.", look=None),
)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Any]:
    """The page, open."""
    playwright = pytest.importorskip("playwright.sync_api")
    if BROWSER is None:
        pytest.skip("no browser: apt install chromium, or `make report-browser`")
    with manifest.opened(manifest.manifest_path(tmp_path)) as kept:
        manifest.write_all(kept, ENTRIES)
    with playwright.sync_playwright() as driver:
        options = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
        browser = driver.chromium.launch(executable_path=BROWSER, args=options)
        opened = browser.new_page()
        opened.problems = []
        opened.on("console", lambda message: opened.problems.append(message.text))
        opened.on("pageerror", lambda error: opened.problems.append(str(error)))
        opened.on("requestfailed", lambda request: opened.problems.append(request.url[:80]))
        opened.goto(write_report(tmp_path).as_uri())
        yield opened
        browser.close()


def shown(page: Any) -> list[str]:
    return [each.strip() for each in page.locator("article:visible h2").all_inner_texts()]


def test_the_page_shows_first_what_deserves_a_look_and_filters_it(page: Any) -> None:
    assert shown(page) == ["b.jpg", "d.jpg", "a.jpg", "c.jpg"]
    assert page.locator("header p").inner_text() == "4 photos, 3 done, 1 failed."
    assert page.locator("article", has_text="b.jpg").inner_text().count("is empty") == 1

    page.select_option("#state", "failed")
    assert (shown(page), page.locator("#shown").inner_text()) == (["b.jpg"], "1")
    page.select_option("#state", "")
    page.select_option("#note", "nothing_found")
    assert shown(page) == ["d.jpg"]
    page.select_option("#note", "ragged_mask")
    assert shown(page) == ["a.jpg"]
    page.select_option("#note", "")
    page.select_option("#subject", "person")
    assert "c.jpg" in shown(page)
    assert "a.jpg" not in shown(page)
    page.select_option("#subject", "")
    page.select_option("#order", "photo")
    assert shown(page) == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    page.select_option("#order", "doubt")
    assert shown(page) == ["b.jpg", "d.jpg", "a.jpg", "c.jpg"]
    assert page.problems == []


def test_the_page_has_its_pictures_in_it(page: Any) -> None:
    pictures = page.locator("article", has_text="c.jpg").locator("img")
    assert pictures.count() == 3
    widths = [pictures.nth(number).evaluate("image => image.naturalWidth") for number in range(3)]
    assert widths == [160, 160, 160]
