"""A Qwen2 as one OpenVINO graph: embeddings in, logits out, its KV cache inside, for a batch of one.

Weights are rounded to 8 bits per output channel; where the graph runs, activations are rounded in groups,
which such processors multiply natively.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import Qwen2Config

from core.compact.llm.base_llm import Weights

Rounded = tuple[Tensor, Tensor]  # int8 [out, in] and float32 scales [out, 1]


def rounded(weight: Tensor) -> Rounded:
    """A matrix in 8 bits, each row with a scale of its own; in parts, for the sake of the peak of memory."""
    whole, scales = [], []
    for part in weight.split(4096):
        scale = part.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127  # Shape: (rows, 1)
        whole.append((part / scale).round().to(torch.int8))
        scales.append(scale)
    return torch.cat(whole), torch.cat(scales)


def build_graph(config: Qwen2Config, weights: Weights, words: Rounded | None = None) -> Any:
    """The LLM without its embeddings. words: the rounded matrix of the output; None: all stays in float32."""
    import openvino
    from openvino import opset13 as op

    heads, kv_heads = config.num_attention_heads, config.num_key_value_heads or config.num_attention_heads
    width = config.hidden_size // heads
    assigns: list[Any] = []

    def numbers(*values: int) -> Any:
        return op.constant(np.array(values, np.int64))

    def table(values: Tensor) -> Any:
        return op.constant(values.float().numpy(), shared_memory=True)

    def times(x: Any, matrix: Rounded) -> Any:
        whole, scales = matrix
        whole_numbers = op.convert(op.constant(whole.numpy(), shared_memory=True), "f32")
        return op.matmul(x, op.multiply(whole_numbers, table(scales)), False, True)

    def linear(x: Any, *names: str) -> Any:
        """x W^T, of several layers with one input at once. Shape: (1, L, in) -> (1, L, sum of out)."""
        matrix = torch.cat([weights[f"{name}.weight"] for name in names])
        return op.matmul(x, table(matrix), False, True) if words is None else times(x, rounded(matrix))

    def norm(x: Any, name: str) -> Any:
        square = op.reduce_mean(op.multiply(x, x), numbers(-1), keep_dims=True)
        root = op.sqrt(op.add(square, np.float32(config.rms_norm_eps)))
        return op.multiply(op.multiply(x, op.divide(np.float32(1), root)), table(weights[f"{name}.weight"]))

    def turned(x: Any) -> Any:
        """Rotary position embedding. Shape: (1, H, L, head), kept."""
        front, back = op.split(x, np.int64(-1), 2).outputs()
        swapped = op.concat([op.multiply(back, np.float32(-1)), front], -1)
        return op.add(op.multiply(x, cosines), op.multiply(swapped, sines))

    def with_earlier(x: Any, name: str) -> Any:
        """Put behind what the cache holds, and kept there; one for each query head.

        The gather, which does nothing for a batch of one, is how OpenVINO recognises a KV cache.
        Shape: (1, H_kv, L, head) -> (1, H, past + L, head).
        """
        shape = openvino.PartialShape([-1, kv_heads, -1, width])
        empty = op.constant(np.zeros((1, kv_heads, 0, width), np.float32))
        past = op.gather(op.read_value(empty, name, openvino.Type.f32, shape), rows, np.int64(0))
        whole = op.concat([past, x], 2)
        assigns.append(op.assign(whole, name))
        repeated = op.broadcast(
            op.unsqueeze(whole, numbers(2)),  # Shape: (1, H_kv, 1, past + L, head)
            numbers(1, 1, heads // kv_heads, 1, 1),
            broadcast_spec="BIDIRECTIONAL",
        )
        return op.reshape(repeated, numbers(0, heads, -1, width), special_zero=True)

    def attention(x: Any, layer: str, number: int) -> Any:
        parts = [f"{layer}.self_attn.{part}_proj" for part in "qkv"]
        bias = table(torch.cat([weights[f"{part}.bias"] for part in parts]))
        every = op.add(linear(x, *parts), bias)
        every = op.reshape(every, numbers(0, 0, heads + 2 * kv_heads, width), special_zero=True)
        every = op.transpose(every, numbers(0, 2, 1, 3))  # Shape: (1, H + 2 H_kv, L, head)
        split = op.variadic_split(every, np.int64(1), numbers(heads, kv_heads, kv_heads))
        query, key, value = split.outputs()
        key, value = with_earlier(turned(key), f"key{number}"), with_earlier(value, f"value{number}")
        mixed = op.scaled_dot_product_attention(turned(query), key, value, mask)
        mixed = op.transpose(mixed, numbers(0, 2, 1, 3))  # Shape: (1, L, H, head)
        mixed = op.reshape(mixed, numbers(0, 0, -1), special_zero=True)
        return linear(mixed, f"{layer}.self_attn.o_proj")

    def feed_forward(x: Any, layer: str) -> Any:
        both = linear(x, f"{layer}.mlp.gate_proj", f"{layer}.mlp.up_proj")
        gate, up = op.split(both, np.int64(-1), 2).outputs()
        return linear(op.multiply(op.swish(gate), up), f"{layer}.mlp.down_proj")

    embeds = op.parameter([1, -1, config.hidden_size], np.float32, "embeds")
    cosines = op.parameter([1, 1, -1, width], np.float32, "cosines")
    sines = op.parameter([1, 1, -1, width], np.float32, "sines")
    mask = op.parameter([1, 1, -1, -1], np.float32, "mask")
    rows = op.parameter([-1], np.int32, "rows")
    x = embeds
    for number in range(config.num_hidden_layers):
        layer = f"model.layers.{number}"
        x = op.add(x, attention(norm(x, f"{layer}.input_layernorm"), layer, number))
        x = op.add(x, feed_forward(norm(x, f"{layer}.post_attention_layernorm"), layer))
    last = norm(op.gather(x, numbers(-1), np.int64(1)), "model.norm")  # Shape: (1, 1, K)
    if words is None:
        logits = op.matmul(last, table(weights["model.embed_tokens.weight"]), False, True)
    else:
        logits = times(last, words)
    return openvino.Model([op.result(logits)], assigns, [embeds, cosines, sines, mask, rows], "decoder")
