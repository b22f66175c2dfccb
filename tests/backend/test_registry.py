import os
import subprocess
import sys
from pathlib import Path

import pytest

from selcolor_backend import folders
from selcolor_backend.models import store
from selcolor_backend.models.digest import Fingerprint
from selcolor_backend.models.registry import (
    MODELS_FILE,
    Kind,
    all_models,
    find_model,
    installed_path,
    read_models,
    summaries,
)
from selcolor_backend.models.seal import seal, seal_entry
from selcolor_protocol.errors import ModelError, ModelNotInstalled, UnknownModel
from selcolor_protocol.messages import ModelState
from selcolor_protocol.options import DEFAULT_COLORIZER, DEFAULT_SEGMENTER


@pytest.fixture(autouse=True)
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setenv(folders.MODELS_DIR_VARIABLE, str(folder))
    return folder


def test_the_default_models_are_embedded_and_of_the_right_kind() -> None:
    assert find_model(DEFAULT_COLORIZER, Kind.COLORIZER).embedded
    assert find_model(DEFAULT_SEGMENTER, Kind.SEGMENTER).embedded


def test_the_digest_of_deeplabv3_agrees_with_its_file_name() -> None:
    model = find_model("deeplabv3-resnet101")
    assert model.file.endswith(f"-{model.sha256[:8]}.pth")
    assert len(model.sha256) == 64


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownModel) as caught:
        find_model("vit-gan")
    assert "vit-gan" in caught.value.sentence
    assert all(name in caught.value.hint for name in all_models())


def test_a_segmenter_is_no_colorizer() -> None:
    with pytest.raises(UnknownModel) as caught:
        find_model("foreground-lite", Kind.COLORIZER)
    assert "vit-lsgan-lite" in caught.value.hint
    assert "deeplabv3" not in caught.value.hint


def test_every_segmenter_names_its_classes_and_no_colorizer_does() -> None:
    for model in all_models().values():
        assert bool(model.classes) == (model.kind is Kind.SEGMENTER)
        assert model.classes[:1] in ((), ("background",))


def test_summaries_say_what_editors_can_offer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "embedded_weights_folder", lambda: tmp_path)
    (tmp_path / find_model("foreground-lite").file).touch()
    found = {summary.name: summary for summary in summaries()}
    assert list(found) == list(all_models())
    assert found["vit-lsgan-lite"].state is ModelState.MISSING
    assert found["foreground-lite"].state is ModelState.EMBEDDED
    assert found["deeplabv3-resnet101"].state is ModelState.AVAILABLE
    assert "dog" in found["deeplabv3-resnet101"].classes


def test_only_classes_that_a_segmenter_tells_well_are_offered() -> None:
    model = find_model("foreground-lite")
    assert "cow" in model.classes
    assert "cow" not in model.offered
    assert {"person", "cat", "dog", "horse", "object"} < set(model.offered)
    assert set(model.unsure) <= set(model.classes)
    assert next(each for each in summaries() if each.name == model.name).classes == model.offered


def test_states_follow_the_files(models_dir: Path) -> None:
    assert find_model("deeplabv3-resnet101").state is ModelState.AVAILABLE
    assert find_model("vit-lsgan").state is ModelState.LOCAL_ONLY
    models_dir.mkdir()
    (models_dir / find_model("vit-lsgan").file).touch()
    assert find_model("vit-lsgan").state is ModelState.INSTALLED


def test_an_embedded_model_whose_file_is_gone_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "embedded_weights_folder", lambda: tmp_path)
    model = find_model("foreground-lite")
    assert model.state is ModelState.MISSING
    (tmp_path / model.file).touch()
    assert model.state is ModelState.EMBEDDED


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("deeplabv3-resnet101", "`selcolor models get deeplabv3-resnet101`"),
        ("vit-lsgan", "`selcolor models get vit-lsgan --file PATH`"),
    ],
)
def test_a_model_that_is_not_here_says_how_to_get_it(name: str, step: str) -> None:
    with pytest.raises(ModelNotInstalled) as caught:
        installed_path(find_model(name))
    assert step in caught.value.hint


def test_models_without_published_weights_say_so() -> None:
    for model in all_models().values():
        published = model.embedded or model.url is not None
        assert published != ("No weights are published yet" in model.description)


def test_the_mirror_replaces_the_folder_of_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    model = find_model("deeplabv3-resnet101")
    assert store.download_url(model) == model.url
    monkeypatch.setenv(store.MIRROR_VARIABLE, "http://mirror.test/weights/")
    assert store.download_url(model) == f"http://mirror.test/weights/{model.file}"


def test_getting_a_model_without_an_address_explains_the_import() -> None:
    with pytest.raises(ModelNotInstalled) as caught:
        store.get_model("unet-resnet18")
    assert "--file PATH" in caught.value.hint


def test_embedded_models_are_neither_removed_nor_replaced(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        store.remove_model("vit-lsgan-lite")
    with pytest.raises(ModelError):
        store.import_model("vit-lsgan-lite", tmp_path / "other.safetensors")


def test_removing_a_model_takes_its_record_and_its_broken_off_download_too(
    models_dir: Path,
) -> None:
    model = find_model("vit-lsgan")
    models_dir.mkdir()
    for suffix in ("", ".json", ".part"):
        (models_dir / (model.file + suffix)).write_bytes(b"12345")
    removal = store.remove_model("vit-lsgan")
    assert removal.bytes == 15
    assert list(models_dir.iterdir()) == []
    with pytest.raises(ModelNotInstalled):
        store.remove_model("vit-lsgan")


def test_a_published_file_that_is_not_the_published_one_is_not_imported(
    tmp_path: Path, models_dir: Path
) -> None:
    source = tmp_path / "deeplab.pth"
    source.write_bytes(b"something else")
    with pytest.raises(ModelError) as caught:
        store.import_model("deeplabv3-resnet101", source)
    assert str(source) in caught.value.sentence
    assert list(models_dir.iterdir()) == []


def test_importing_a_file_that_does_not_exist_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        store.import_model("vit-lsgan", tmp_path / "absent.safetensors")
    assert "absent.safetensors" in caught.value.sentence
    assert find_model("vit-lsgan").state is ModelState.LOCAL_ONLY


def test_sealing_fills_in_one_entry_and_keeps_everything_else() -> None:
    registry = MODELS_FILE.read_text(encoding="utf-8")
    sealed = seal_entry(registry, "foreground-lite", Fingerprint(12, "ab" * 32))
    changed = [
        new
        for old, new in zip(registry.splitlines(), sealed.splitlines(), strict=True)
        if old != new
    ]
    assert changed == ["bytes = 12", f'sha256 = "{"ab" * 32}"']


def test_sealing_measures_the_embedded_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "embedded_weights_folder", lambda: tmp_path)
    registry = tmp_path / "models.toml"
    registry.write_bytes(MODELS_FILE.read_bytes())
    (tmp_path / "foreground-lite.safetensors").write_bytes(b"abc")
    assert seal(registry) == ["vit-lsgan-lite"]
    sealed = read_models(registry)["foreground-lite"]
    assert sealed.bytes == 3
    assert sealed.sha256.startswith("ba7816bf")


def test_listing_models_does_not_import_torch() -> None:
    code = (
        "import sys; from selcolor_backend.models import store; store.list_models(); "
        "sys.exit('torch' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
