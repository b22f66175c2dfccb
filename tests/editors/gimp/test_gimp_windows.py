"""GIMP's user interface: menu, dialog, progress, Ctrl+Z, messages, as somebody sees them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from driven import SLOWNESS, end_daemon, environment
from gimp_process import ROOT, install_plugin
from gimp_user import CANCEL, DIALOG, MESSAGE, PICTURES, User, somebody
from PIL import Image

from selcolor_protocol import launch
from selcolor_protocol.client import Client
from selcolor_protocol.messages import JobState

pytestmark = pytest.mark.editors

NEVER_DONE = """
def write(*_):
    import time
    from pathlib import Path

    Path({begun!r}).touch()
    time.sleep(600)
"""


@pytest.fixture(scope="module", params=[1, 2], ids=["1x", "2x"])
def scale(request: pytest.FixtureRequest) -> int:
    """Pixels of the screen for one of the user interface, in each direction."""
    return int(request.param)


@pytest.fixture(scope="module")
def user(place: Path, scale: int) -> Iterator[User]:
    """A user of GIMP in a new home."""
    home = place / f"home-{scale}x"
    install_plugin(home)
    with somebody(environment(home, place / "run"), place / f"windows-{scale}x", scale) as user:
        yield user


def settings_file(user: User) -> Path:
    """What the dialog remembers."""
    return user.gimp.home / ".config/selective-colorize/settings.json"


@pytest.fixture(autouse=True)
def default_settings(user: User) -> None:
    """No test inherits what another one has chosen in the dialog."""
    settings_file(user).unlink(missing_ok=True)


@pytest.fixture
def only_once(scale: int) -> None:
    """For what does not depend on the size of things."""
    if scale != 1:
        pytest.skip("seen at 1x")


@pytest.fixture
def observer(
    user: User, photo: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    """Another client of the daemon that the plug-in has started."""
    user.gimp.run("daemon.colorize", photo=str(photo))
    monkeypatch.setenv("SELCOLOR_RUNTIME_DIR", str(runtime))
    client = launch.connect("test", "0")
    assert client is not None
    with client:
        yield client


def wait_until_working(user: User, client: Client) -> None:
    """Wait until a job runs."""

    def runs() -> bool:
        return any(job.state is JobState.RUNNING for job in client.status().jobs)

    user.screen.wait(runs, "a job that runs")


def test_menu_dialog_one_undo_and_one_redo(user: User, portrait: Path, scale: int) -> None:
    before = user.open(portrait)
    user.choose(picture=f"menu-{scale}x")
    dialog = user.screen.wait_for_window(DIALOG)
    user.shoot(f"dialog-{scale}x")
    user.screen.press("Return", window=dialog)
    done = user.wait_for_layers(2)
    colors = saturated(user.shoot(f"result-{scale}x"))
    assert colors > 5000, "the canvas shows no color"

    user.press("ctrl+z")
    undone = user.wait_for_layers(1)
    picture = f"undone-{scale}x"
    user.screen.wait(lambda: saturated(user.shoot(picture)) < colors / 10, "a gray canvas")
    user.press("ctrl+y")
    redone = user.wait_for_layers(2)
    picture = f"redone-{scale}x"
    user.screen.wait(lambda: saturated(user.shoot(picture)) > colors * 0.9, "a colored canvas")

    assert len(done["tree"][0]["children"]) == 3
    assert done["digest"] != before["digest"]
    assert undone == before
    assert redone == done


def saturated(picture: Path) -> int:
    """How many pixels of the canvas are colored."""
    pixels = np.asarray(Image.open(picture).convert("RGB")).astype(int)
    height, width, _ = pixels.shape
    canvas = pixels[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4]
    return int((np.ptp(canvas, axis=-1) > 12).sum())


@pytest.mark.usefixtures("only_once")
def test_a_gray_image_becomes_rgb_and_one_undo_takes_back_both(user: User, photo: Path) -> None:
    before = user.open(photo, is_gray=True)
    user.begin()
    done = user.wait_for_layers(2)
    user.press("ctrl+z")
    undone = user.wait_for_layers(1)

    assert (before["base"], done["base"]) == ("gray", "rgb")
    assert undone == before


@pytest.mark.usefixtures("only_once")
@pytest.mark.parametrize("painted", ["mask", "hints"])
def test_an_update_is_one_undo_step(user: User, photo: Path, painted: str) -> None:
    user.open(photo)
    user.begin()
    user.wait_for_layers(2)
    first = user.gimp.run(f"windows.paint_{painted}")
    again = user.update()
    user.press("ctrl+z")
    user.screen.wait(lambda: user.gimp.run("windows.look") == first, "the old Blended")
    user.press("ctrl+y")
    user.screen.wait(lambda: user.gimp.run("windows.look") == again, "the new Blended again")


@pytest.mark.usefixtures("only_once")
def test_the_dialogs_settings_are_remembered_for_both_editors(user: User, photo: Path) -> None:
    user.open(photo)
    user.choose()
    dialog = user.screen.wait_for_window(DIALOG)
    user.screen.press("alt+m", "alt+e", window=dialog)
    user.shoot("dialog-more-1x")
    user.screen.press("Return", window=dialog)
    user.wait_for_layers(2)

    assert json.loads(settings_file(user).read_text())["invert"] is True


@pytest.mark.usefixtures("only_once")
def test_an_image_behind_another_tab_gets_its_results(
    user: User, photo: Path, large_photo: Path, observer: Client
) -> None:
    user.open(large_photo)
    user.begin()
    wait_until_working(user, observer)
    user.gimp.run("windows.show_beside", photo=str(photo))
    user.wait_for_layers(2)
    user.press("alt+1")
    user.gimp.run("windows.paint_mask")
    old = user.gimp.run("windows.look")["blended"]
    user.choose(from_below=2)
    wait_until_working(user, observer)
    user.press("alt+2")
    user.wait_for_update(old)

    assert user.gimp.run("windows.count_beside") == 1


@pytest.mark.usefixtures("only_once")
def test_closing_the_dialog_changes_nothing_and_says_nothing(user: User, photo: Path) -> None:
    before = user.open(photo)
    user.choose()
    user.screen.press("Escape", window=user.screen.wait_for_window(DIALOG))
    user.screen.wait_until_gone(DIALOG)
    user.screen.still()

    assert user.gimp.run("windows.look") == before
    assert not user.screen.windows(MESSAGE)


@pytest.mark.usefixtures("only_once")
@pytest.mark.parametrize("change", ["make_indexed", "replace_layer"])
def test_what_is_done_while_the_dialog_is_open_is_noticed(
    user: User, photo: Path, change: str
) -> None:
    user.open(photo)
    user.choose()
    dialog = user.screen.wait_for_window(DIALOG)
    # Where a layer changes its format while a plug-in reads it, GIMP 3.0 ends the plug-in.
    user.screen.still()
    changed = user.gimp.run(f"windows.{change}")
    user.screen.press("Return", window=dialog)
    user.confirm_message(f"{change}-1x")

    assert user.gimp.run("windows.look") == changed


@pytest.mark.usefixtures("only_once")
def test_cancel_ends_the_work_and_leaves_the_image(
    user: User, large_photo: Path, observer: Client
) -> None:
    before = user.open(large_photo)
    user.begin()
    wait_until_working(user, observer)
    user.screen.shoot(PICTURES / "gimp-progress-1x.png")
    user.screen.click(*CANCEL)
    user.screen.wait(lambda: not observer.status().jobs, "the job's end", 15 * SLOWNESS)
    user.shoot("cancelled-1x")

    assert user.gimp.plugin_process() is None
    assert user.gimp.run("windows.look") == before


@pytest.mark.usefixtures("only_once")
def test_cancel_while_the_layers_are_made_leaves_the_image(
    user: User, photo: Path, place: Path
) -> None:
    before = user.open(photo)
    begun = place / "writing"
    with never_done_writing(user.gimp.home, begun):
        user.begin()
        user.screen.wait(begun.exists, "the first layer", 60 * SLOWNESS)
        user.screen.click(*CANCEL)
        user.screen.wait(lambda: user.gimp.plugin_process() is None, "the plug-in's end")
    user.shoot("cancelled-late-1x")

    assert user.gimp.run("windows.look") == before
    assert not user.screen.windows(MESSAGE)


@contextmanager
def never_done_writing(home: Path, begun: Path) -> Iterator[None]:
    """The plug-in comes to the pixels of its first layer, says so in a file, and no further."""
    plug_in = home / ".config/GIMP" / ROOT.gimp / "plug-ins/selective-colorize"
    module = plug_in / "selcolor_gimp/pixels.py"
    shipped = module.read_text()
    module.write_text(f"{shipped}\n\n{NEVER_DONE.format(begun=str(begun))}")
    try:
        yield
    finally:
        module.write_text(shipped)


@pytest.mark.usefixtures("only_once")
def test_a_killed_daemon_is_told_in_a_message(
    user: User, photo: Path, large_photo: Path, runtime: Path, observer: Client
) -> None:
    before = user.open(large_photo)
    user.begin()
    wait_until_working(user, observer)
    end_daemon(runtime)
    user.confirm_message("killed-1x")

    assert user.gimp.run("windows.look") == before
    user.open(photo)
    user.begin()
    user.wait_for_layers(2)


@pytest.mark.usefixtures("only_once")
def test_a_result_for_a_photo_that_was_edited_is_offered(
    user: User, large_photo: Path, observer: Client
) -> None:
    user.open(large_photo)
    user.begin()
    wait_until_working(user, observer)
    user.gimp.run("windows.edit_source")
    question = user.screen.wait_for_window(DIALOG, 120 * SLOWNESS)
    user.shoot("edited-1x")
    assert user.gimp.run("windows.count") == 1
    user.screen.press("Return", window=question)

    assert len(user.wait_for_layers(2)["tree"][0]["children"]) == 3


@pytest.mark.usefixtures("only_once")
def test_a_result_for_an_image_that_was_converted_keeps_its_colors(
    user: User, large_photo: Path, observer: Client
) -> None:
    user.open(large_photo)
    user.gimp.run("windows.use_profile")
    user.begin()
    wait_until_working(user, observer)
    user.gimp.run("windows.convert", name="float-linear")
    user.screen.press("Return", window=user.screen.wait_for_window(DIALOG, 120 * SLOWNESS))
    user.wait_for_layers(2)

    photo, colorized = user.gimp.run("windows.brightness")
    assert abs(photo - colorized) < 2.0


@pytest.mark.usefixtures("only_once")
def test_a_result_for_an_image_that_takes_no_layers_is_opened_anew(
    user: User, large_photo: Path, observer: Client
) -> None:
    user.open(large_photo)
    user.begin()
    wait_until_working(user, observer)
    indexed = user.gimp.run("windows.make_indexed")
    user.screen.press("Return", window=user.screen.wait_for_window(DIALOG, 120 * SLOWNESS))
    user.confirm_message("indexed-late-1x")
    assert user.gimp.run("windows.look") == indexed

    user.screen.wait(lambda: bool(user.gimp.run("windows.opened")), "a new image")


@pytest.mark.usefixtures("only_once")
def test_a_result_for_an_image_that_was_closed_is_opened_anew(
    user: User, large_photo: Path, observer: Client
) -> None:
    user.open(large_photo)
    user.begin()
    wait_until_working(user, observer)
    user.gimp.run("windows.close_window")
    question = user.screen.wait_for_window(DIALOG, 120 * SLOWNESS)
    user.screen.press("Return", window=question)
    user.screen.wait(lambda: bool(user.gimp.run("windows.opened")), "a new image")
    group, photo = user.gimp.run("windows.opened")

    assert photo["name"] == "Photo"
    assert group["children"][1]["name"] == "Blended"
