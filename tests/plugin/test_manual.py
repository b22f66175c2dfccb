"""The manual is where both editors look for it, is up to date, and speaks of what is there."""

from __future__ import annotations

import configparser
import html
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import manual_page
import pytest
from manual_page import GUIDE
from plugin_zips import EVERY_PYTHON, make_gimp_zip, make_krita_zip

from selcolor_installer.vendor import fill_vendor
from selcolor_plugin import choices, texts
from selcolor_plugin.manual import manual_file, manual_folder

PLUGIN = Path(__file__).parents[2] / "plugin"
NOT_FOR_USERS = ("daemon", "cpu", "segmenter", "selcolor ", "terminal", "hash", "recomposit")


def page() -> str:
    """The manual."""
    return manual_file().read_text(encoding="utf-8")


def words() -> str:
    """What the manual says, in pictures and without."""
    seen = re.sub(r"<style>.*?</style>|src=\"[^\"]*\"", "", page(), flags=re.DOTALL)
    return html.unescape(seen)


def emphasized() -> str:
    """What the manual says in bold or italics: names of layers, menus, buttons and fields."""
    return "\n".join(re.findall(r"<(?:strong|em)>([^<]+)</", words()))


def test_the_page_is_made_of_the_guide() -> None:
    assert page() == manual_page.page(), "`make manual` makes it anew"


def test_every_page_of_the_guide_is_in_it() -> None:
    parts = set(re.findall(r'<h2 id="([^"]+)">', page()))

    assert parts == {path.stem for path in GUIDE.glob("*.md")} - {"README"}


def test_every_link_leads_to_a_part_of_the_page() -> None:
    links = re.findall(r'href="([^"]+)"', page())

    assert links
    for link in links:
        assert f'id="{link.removeprefix("#")}"' in page(), link


def test_its_pictures_are_in_it_and_none_is_left_over() -> None:
    sources = re.findall(r'src="([^"]+)"', page())

    assert len(sources) >= 12
    assert all(source.startswith(("data:image/png;", "data:image/jpeg;")) for source in sources)
    assert len(sources) == len(set(sources)) == len(list((GUIDE / "pictures").iterdir()))


def test_every_picture_is_described() -> None:
    assert all(re.findall(r'alt="([^"]*)"', page()))


def test_it_is_small() -> None:
    assert manual_file().stat().st_size < 900_000


def test_krita_finds_it_where_the_installer_puts_it(tmp_path: Path) -> None:
    desktop = configparser.ConfigParser(interpolation=None)
    desktop.read(PLUGIN / "krita/selective_colorize.desktop", encoding="utf-8")
    fill_vendor(tmp_path / "vendor", EVERY_PYTHON)

    installed = tmp_path / desktop["Desktop Entry"]["X-Krita-Manual"]
    assert installed.read_bytes() == manual_file().read_bytes()


@pytest.mark.parametrize(
    ("make", "plugin"),
    [(make_krita_zip, "selective_colorize"), (make_gimp_zip, "selective-colorize")],
)
def test_a_published_zip_has_it(make: Callable[[Path], Path], plugin: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(make(tmp_path)) as packed:
        folder = f"{plugin}/vendor/{manual_folder().relative_to(PLUGIN).as_posix()}/en"
        assert packed.read(f"{folder}/manual.html") == manual_file().read_bytes()
        assert f"{folder}/gimp-help.xml" in packed.namelist()
        assert sum(entry.compress_size for entry in packed.infolist()) < 1_500_000


def test_gimp_finds_it_for_both_procedures() -> None:
    labels = (PLUGIN / "gimp/selective-colorize/selcolor_gimp/labels.py").read_text()
    items = ElementTree.parse(manual_folder() / "en/gimp-help.xml").getroot().findall("help-item")

    assert {item.attrib["id"] for item in items} == set(re.findall(r'"(plug-in-[a-z-]+)"', labels))
    for item in items:
        assert (manual_folder() / "en" / item.attrib["ref"]).samefile(manual_file())


def test_fields_and_buttons_have_the_names_that_the_editors_show() -> None:
    fields, docker = texts.field_texts(), texts.docker_texts()
    names = ("classes", "find_anew", "beside", "gain", "saturation", "feather", "background")
    shown = [
        *(choice.label for choice in choices.subject_choices(has_selection=True)),
        *(fields[name].label for name in names),
        *(texts.colorize_action(), texts.update_action(), texts.more_button()),
        *(texts.colorize_button(), texts.manual_button(), texts.title()),
        *(docker.edit_mask, docker.paint_hints),
    ]

    for name in shown:
        assert name in emphasized()


@pytest.mark.parametrize("word", NOT_FOR_USERS)
def test_it_has_no_programmers_words(word: str) -> None:
    assert word not in words().lower()
