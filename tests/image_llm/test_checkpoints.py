"""Where checkpoints come from and how they are loaded: families, refusals, memory, fingerprints."""

import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import Siglip2ImageProcessorPil

from core.cli.main import main
from core.errors import ModelError, SettingError
from core.features.adapter import CONFIG_FILE, save_temporal_module
from core.image_llm import loading
from core.image_llm.checkpoints import find_checkpoint
from core.image_llm.families.lfm2_vl import FramePatches
from core.image_llm.families.qwen2_vl import ClipShape, positions
from core.image_llm.load_options import LoadOptions
from core.image_llm.registry import (
    CHECKPOINT_FAMILIES,
    EMBEDDED,
    checkpoint_families,
    describe_families,
    family_of,
    load_image_llm,
)
from core.progress import no_progress
from tests.tiny_checkpoints import tiny_families, write_checkpoint

KIND = "smolvlm"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tiny_families()[KIND], tmp_path_factory.mktemp("checkpoint") / "tiny")


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(written, tmp_path / "tiny"))


def load(name: str | Path, options: LoadOptions = LoadOptions()):
    return load_image_llm(str(name), no_progress, options)


def refusal(name: str | Path, options: LoadOptions = LoadOptions()) -> ModelError:
    with pytest.raises(ModelError) as failure:
        load(name, options)
    return failure.value


def edit_config(folder: Path, **values: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | values))


def fingerprint(folder: Path) -> str:
    found = find_checkpoint(str(folder), True, lambda config: None, lambda key, fraction: None)
    return found.fingerprint(KIND)


# Families


def test_every_family_says_what_a_user_has_to_know() -> None:
    families = {each["family"]: each for each in describe_families()}
    assert set(families) == {*EMBEDDED, *CHECKPOINT_FAMILIES}
    for name in CHECKPOINT_FAMILIES:
        assert families[name]["model_types"]
        assert "/" in families[name]["example_checkpoint"]
        assert families[name]["languages"]
        assert families[name]["summary"]


def test_names_are_exact_and_no_two_families_claim_one_model_type() -> None:
    assert [family.name for family in checkpoint_families()] == list(CHECKPOINT_FAMILIES)
    types = [each for family in checkpoint_families() for each in family.model_types]
    assert len(types) == len(set(types))
    assert all(family_of({"model_type": each}).name in CHECKPOINT_FAMILIES for each in types)


def test_the_guide_names_every_family_and_its_checkpoint() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    for family in checkpoint_families():
        assert f"`{family.name}`" in guide
        assert str(family.example_checkpoint) in guide
        assert all(f"`{each}`" in guide for each in family.model_types)


def test_the_family_is_read_from_the_folder(folder: Path) -> None:
    assert load(folder).name == "smolvlm"


@pytest.mark.parametrize("model_type", ["bert", None])
def test_an_unknown_model_type_lists_what_is_supported(folder: Path, model_type: str | None) -> None:
    edit_config(folder, model_type=model_type)
    error = refusal(folder)
    assert error.key == "unsupported_model_type"
    assert all(each in str(error) for family in checkpoint_families() for each in family.model_types)


def test_a_mistyped_name_lists_the_known() -> None:
    error = refusal("qwen")
    assert error.key == "unknown_model"
    assert all(name in str(error) for name in ("compact", *CHECKPOINT_FAMILIES))


def test_pixtral_and_timm_are_told_before_anything_is_loaded(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_config(folder, model_type="llava", vision_config={"model_type": "pixtral"})
    assert refusal(folder).key == "unsupported_model_type"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    edit_config(folder, model_type="fast_vlm", vision_config={"model_type": "timm_wrapper"})
    error = refusal(folder)
    assert (error.key, error.values["package"]) == ("model_package_missing", "timm")


# Where it comes from


def test_offline_a_hub_id_that_is_not_here_is_a_users_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    for name in ("someone/model", "smolvlm"):  # a family's name alone is its example
        assert refusal(name).key == "not_downloaded"


@pytest.fixture
def hub(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A hub with one model, someone/tiny, which is `folder`. What was asked of it, pattern by pattern."""
    asked: list[list[str]] = []

    def snapshot(name: str, allow_patterns: list[str], ignore_patterns: list[str]) -> str:
        assert name == "someone/tiny"
        asked.append(allow_patterns)
        for path in (each for pattern in allow_patterns for each in folder.glob(pattern)):
            (tmp_path / "snapshot").mkdir(exist_ok=True)
            shutil.copy(path, tmp_path / "snapshot")
        return str(tmp_path / "snapshot")

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    return asked


def test_a_hub_id_is_downloaded_and_loaded(hub: list[list[str]], folder: Path) -> None:
    assert load("someone/tiny").fingerprint == load(folder).fingerprint
    assert "*.bin" not in {pattern for patterns in hub for pattern in patterns}


def test_weights_that_are_of_no_use_are_not_downloaded(hub: list[list[str]], folder: Path) -> None:
    edit_config(folder, model_type="bert")
    assert refusal("someone/tiny").key == "unsupported_model_type"
    assert "*.safetensors" not in {pattern for patterns in hub for pattern in patterns}


def test_pickles_are_not_even_downloaded_unless_the_user_insists(hub: list[list[str]], folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert refusal("someone/tiny").key == "only_pickles"
    assert "*.bin" not in {pattern for patterns in hub for pattern in patterns}
    assert load("someone/tiny", LoadOptions(allow_pickle=True)).name == "smolvlm"


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_that_lacks_a_part_is_a_users_error(folder: Path, file: str) -> None:
    (folder / file).unlink()
    assert refusal(folder).key == "no_checkpoint"


def test_a_checkpoint_without_a_chat_template_is_a_users_error(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()
    assert refusal(folder).key == "chat_template_missing"


def test_a_chat_template_where_processors_used_to_keep_it_is_found(folder: Path) -> None:
    expected = load(folder).template
    text = (folder / "chat_template.jinja").read_text()
    (folder / "chat_template.jinja").unlink()
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": text}))
    assert load(folder).template == expected


@pytest.mark.parametrize(
    "text", ["{{ messages[0]['role'] }}", "{{ 'no end", "{{ '' + messages[0]['content'] }}"]
)
def test_a_chat_template_without_pictures_is_a_users_error(folder: Path, text: str) -> None:
    (folder / "chat_template.jinja").write_text(text)
    assert refusal(folder).key == "chat_template_unusable"


def test_damaged_weights_are_a_users_error(folder: Path) -> None:
    weights = (folder / "model.safetensors").read_bytes()
    for content in (b"", b"no weights", weights[: len(weights) // 2]):
        (folder / "model.safetensors").write_bytes(content)
        assert refusal(folder).key == "weights_damaged"


def test_pickles_are_refused_unless_the_user_insists(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    safe = load(folder, LoadOptions(dtype="float32"))
    (folder / "model.safetensors").unlink()
    assert refusal(folder).key == "only_pickles"
    insisted = load(folder, LoadOptions(dtype="float32", allow_pickle=True))
    for name, weight in safe.language_model.state_dict().items():
        assert torch.equal(insisted.language_model.state_dict()[name], weight)


def test_no_code_of_a_checkpoint_is_ever_asked_for() -> None:
    sources = (Path(__file__).parents[2] / "core").rglob("*.py")
    assert not [path for path in sources if "trust_remote" in path.read_text(encoding="utf-8")]


# Fingerprints


def test_a_fingerprint_stays_when_the_folder_moves(folder: Path, written: Path) -> None:
    assert fingerprint(folder) == fingerprint(written) == load(folder).fingerprint


def test_a_fingerprint_changes_with_one_tensor_or_with_the_preprocessing(folder: Path) -> None:
    before = fingerprint(folder)
    tensors = load_file(folder / "model.safetensors")
    tensors["model.connector.modality_projection.proj.weight"] += 0.001
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    other_weights = fingerprint(folder)
    settings = next(path for path in folder.glob("*processor_config.json"))
    settings.write_text(settings.read_text().replace("32", "64"))
    assert len({before, other_weights, fingerprint(folder)}) == 3


# Adapters


@pytest.mark.parametrize(("letter", "name"), [("D", "patch_width"), ("K", "embedding_width")])
def test_an_adapter_of_other_widths_is_refused(folder: Path, letter: str, name: str) -> None:
    model = load(folder)
    adapter = folder / "adapter"
    save_temporal_module(model.temporal_module, adapter)
    config = json.loads((adapter / CONFIG_FILE).read_text())
    (adapter / CONFIG_FILE).write_text(json.dumps(config | {name: 7}))
    with pytest.raises(ModelError, match=f"{letter} = 7, not") as failure:
        model.load_adapter(adapter)
    assert failure.value.key == "adapter_mismatch"


def test_an_adapter_of_another_family_or_of_no_sense_is_refused(folder: Path) -> None:
    model = load(folder)
    adapter = folder / "adapter"
    save_temporal_module(model.temporal_module, adapter)
    config = json.loads((adapter / CONFIG_FILE).read_text())
    (adapter / CONFIG_FILE).write_text(json.dumps(config | {"model": "compact"}))
    with pytest.raises(ModelError, match="compact, not smolvlm"):
        model.load_adapter(adapter)
    (adapter / CONFIG_FILE).write_text("no JSON")
    with pytest.raises(ModelError) as failure:
        model.load_adapter(adapter)
    assert failure.value.key == "weights_damaged"


# The machine


def test_what_a_model_needs_is_told_and_what_cannot_fit_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="core.image_llm"):
        load(folder)
    assert "GB of memory" in caplog.text
    monkeypatch.setattr(loading, "memory_free", lambda device: 1000)
    assert refusal(folder).key == "not_enough_memory"


def test_memory_follows_from_the_number_of_parameters(folder: Path) -> None:
    model = load(folder, LoadOptions(dtype="float32"))
    numbers = find_checkpoint(str(folder), False, lambda config: None, lambda key, fraction: None).numbers
    assert numbers == sum(weight.numel() for weight in model.language_model.parameters())
    full = loading.memory_needed(numbers, torch.float32, None)
    assert full == 2 * loading.memory_needed(numbers, torch.bfloat16, None)
    assert full == pytest.approx(8 * loading.memory_needed(numbers, torch.bfloat16, 4), rel=0.01)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_the_number_format_is_the_wanted_one_and_features_are_float32(
    folder: Path, dtype: str, clip_file: Path
) -> None:
    model = load(folder, LoadOptions(device="cpu", dtype=dtype))
    assert model.language_model.dtype == getattr(torch, dtype)
    assert model.encode(np.zeros((1, 40, 40, 3), np.uint8)).x.dtype == torch.float32
    assert {weight.dtype for weight in model.temporal_module.parameters()} == {torch.float32}


@pytest.mark.parametrize("kind", ["copy", "attention", "gru"])
def test_a_model_in_bfloat16_answers(folder: Path, clip_file: Path, own_cache: Path, kind: str) -> None:
    from core.engine.settings import ChatSettings
    from core.engine.video_chat import VideoChat

    model = load(folder, LoadOptions(device="cpu", dtype="bfloat16"))
    model.temporal_module = model.new_temporal_module(kind)
    chat = VideoChat(model, own_cache)
    conversation = chat.start(chat.open(clip_file))
    assert "".join(chat.ask(conversation, "What is it?", ChatSettings(max_new_tokens=8)))


def test_without_bitsandbytes_fewer_bits_name_the_package(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading.importlib.util, "find_spec", lambda name: None)
    error = refusal(folder, LoadOptions(bits=4))
    assert (error.key, error.values["package"]) == ("model_package_missing", "bitsandbytes")


@pytest.mark.parametrize("wrong", [{"dtype": "float8"}, {"bits": 3}])
def test_options_that_make_no_sense_are_a_users_error(wrong: dict) -> None:
    with pytest.raises(SettingError):
        LoadOptions(**wrong)


@pytest.mark.parametrize("device", ["tpu", "cuda:99", "cpu:x"])
def test_a_device_that_is_not_there_is_a_users_error(folder: Path, device: str) -> None:
    with pytest.raises(SettingError, match="cpu"):
        load(folder, LoadOptions(device=device))


# Positions of Qwen's LLMs


def test_spatial_tokens_are_rows_and_columns_and_temporal_tokens_are_times() -> None:
    text, spatial, temporal = (5, 6), tuple(range(-1, -7, -1)), (-7, -8, -9, -10)
    time, row, column = positions(
        (*text, *spatial, *temporal, 7, 8), [ClipShape((2, 3), temporal=4)]
    ).tolist()
    assert time == [0, 1, 2, 2, 2, 2, 2, 2, 2, 3, 4, 5, 6, 7]
    assert row == [0, 1, 2, 2, 2, 3, 3, 3, 2, 2, 2, 2, 6, 7]
    assert column == [0, 1, 2, 3, 4, 2, 3, 4, 2, 2, 2, 2, 6, 7]


def test_a_temporal_token_behind_a_time_in_text_is_one_step() -> None:
    ids = (5, -1, -2, 9, -3, 9, -4, 7)
    assert positions(ids, [ClipShape((1, 2), temporal=2)])[0].tolist() == [0, 1, 1, 3, 4, 5, 6, 7]


def test_a_second_clip_begins_after_all_that_was_before_it() -> None:
    shapes = [ClipShape((1, 2), temporal=1), ClipShape((2, 1), temporal=2)]
    first, second = (-1, -2, -3), (-4, -5, -6, -7)
    time, row, column = positions((5, *first, 6, *second, 7), shapes).tolist()
    assert time == [0, 1, 1, 1, 3, 4, 4, 4, 5, 6]
    assert row == [0, 1, 1, 1, 3, 4, 5, 4, 4, 6]
    assert column == [0, 1, 2, 1, 3, 4, 4, 4, 4, 6]


# Frames for LFM2-VL, whose own image processor wants torchvision


def test_patches_are_laid_out_as_siglip_2_takes_them() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)
    ours = FramePatches(encoder_patch_size=8, min_image_tokens=1, max_image_tokens=6)([picture, picture])
    mean = [0.5, 0.5, 0.5]
    theirs = Siglip2ImageProcessorPil(patch_size=8, max_num_patches=24, image_mean=mean, image_std=mean)
    expected = theirs(images=[picture, picture], return_tensors="pt")
    torch.testing.assert_close(ours["pixel_values"], expected["pixel_values"])
    assert torch.equal(ours["spatial_shapes"], expected["spatial_shapes"])
    assert torch.equal(ours["pixel_attention_mask"].long(), expected["pixel_attention_mask"].long())


@pytest.mark.parametrize("shape", [(480, 640), (1080, 1920), (64, 64), (20, 2000), (1920, 1080)])
def test_a_frame_of_any_size_becomes_an_allowed_number_of_whole_tokens(shape: tuple[int, int]) -> None:
    patches = FramePatches()
    height, width = patches.size(*shape)
    assert height % patches.token_side == width % patches.token_side == 0
    assert 1 <= height * width / patches.token_side**2 <= patches.max_image_tokens


# The command line


@pytest.mark.slow
def test_a_folder_and_an_adapter_work_on_the_command_line(
    folder: Path, clip_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_temporal_module(load(folder).temporal_module, folder / "adapter")
    command = ["ask", str(clip_file), "What is it?", "--model", str(folder), "--frames", "8"]
    command += ["--max-new-tokens", "4"]
    assert main([*command, "--adapter", str(folder / "adapter"), "--dtype", "float32", "--json"]) == 0
    output, errors = capsys.readouterr()
    assert json.loads(output)["visual_tokens"] == 16 + 8
    assert "GB of memory" in errors
    assert main([*command, "--adapter", str(folder)]) == 2
    assert main([*command, "--bits", "5"]) == 2


def test_models_as_json_name_their_types_and_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    rows = {row["family"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert rows["smolvlm"]["model_types"] == ["smolvlm", "idefics3"]
    assert rows["compact"]["example_checkpoint"] is None
    for row in rows.values():
        assert {"family", "model_types", "example_checkpoint", "languages"} <= set(row)
