"""Claims about the LLM's published file: what is taken out of it is the LLM, with or without updates."""

from pathlib import Path

import pytest
import torch
from gguf import GGUFWriter
from transformers import Qwen2ForCausalLM

from core.compact import lora
from core.compact.llm.base_llm import LAYER_NAMES, GgufWeights, MergedWeights
from core.compact.llm.preparing import torch_llm
from tests.tiny_compact import tiny_llm

PARTS = {theirs: ours for ours, theirs in LAYER_NAMES.items()}


@pytest.fixture(scope="module")
def llm() -> Qwen2ForCausalLM:
    return tiny_llm()


def write_gguf(llm: Qwen2ForCausalLM, path: Path, rougher: float = 0.0) -> Path:
    """The LLM as its publisher writes it. rougher: how far its embeddings are off the output's."""
    writer, config = GGUFWriter(path, "qwen2"), llm.config
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    state = {name: value for name, value in llm.state_dict().items() if name != "lm_head.weight"}
    words = state.pop("model.embed_tokens.weight")
    tensors = {"token_embd.weight": words + rougher, "output_norm.weight": state.pop("model.norm.weight")}
    if rougher:
        tensors["output.weight"] = words
    for name, value in state.items():
        layer, _, kind = name.rpartition(".")
        _, _, number, part = layer.split(".", 3)
        tensors[f"blk.{number}.{PARTS[part]}.{kind}"] = value
    for name, value in tensors.items():
        writer.add_tensor(name, value.float().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@torch.no_grad()
def logits(llm: Qwen2ForCausalLM) -> torch.Tensor:
    return llm.eval()(torch.arange(7)[None]).logits


@pytest.mark.parametrize("rougher", [0.0, 0.1])
def test_what_is_read_is_what_was_written(llm: Qwen2ForCausalLM, tmp_path: Path, rougher: float):
    """Of embeddings that are there in two roundings, the finer ones are both input and output."""
    base = GgufWeights(write_gguf(llm, tmp_path / "tiny.gguf", rougher))
    names = set(base.names())
    assert names == set(llm.state_dict()) - {"lm_head.weight"}
    for name in names:
        torch.testing.assert_close(base[name], llm.state_dict()[name])
    torch.testing.assert_close(logits(torch_llm(base, base, torch.float32)), logits(llm))


def test_updates_are_merged_as_they_were_trained(llm: Qwen2ForCausalLM, tmp_path: Path):
    trained = tiny_llm()
    attached = lora.attach(trained, lora.layers_called(trained, lora.LLM_LAYERS), rank=3, scale=2.0)
    for layer in attached.values():
        torch.nn.init.normal_(layer.b, std=0.1)
    base = GgufWeights(write_gguf(llm, tmp_path / "tiny.gguf"))
    merged = torch_llm(base, MergedWeights(base, lora.state(attached), 2.0), torch.float32)
    torch.testing.assert_close(logits(merged), logits(trained), atol=1e-3, rtol=1e-3)
    assert not torch.allclose(logits(merged), logits(llm), atol=0.1)


def test_merging_into_a_model_gives_the_same(llm: Qwen2ForCausalLM):
    trained, plain = tiny_llm(), tiny_llm()
    attached = lora.attach(trained, lora.layers_called(trained, lora.LLM_LAYERS), rank=3, scale=2.0)
    for layer in attached.values():
        torch.nn.init.normal_(layer.b, std=0.1)
    lora.merge(plain, lora.state(attached), scale=2.0)
    torch.testing.assert_close(logits(plain), logits(trained), atol=1e-3, rtol=1e-3)


def test_updates_of_another_rank_are_not_begun_with():
    def attached(rank: int) -> dict[str, lora.LoraLayer]:
        llm = tiny_llm()
        return lora.attach(llm, lora.layers_called(llm, lora.LLM_LAYERS), rank, 1.0)

    with pytest.raises(ValueError, match=r"\[2, \d+\], not \[3, \d+\]"):
        lora.begin_with(attached(3), lora.state(attached(2)))
