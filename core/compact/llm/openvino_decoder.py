"""A Llama-shaped LLM as one graph on OpenVINO: embeddings in, logits out, 8-bit weights, its KV cache inside.

One token of a small LLM costs a CPU little arithmetic, but in torch hundreds of calls and the reading of
every weight in float32. Here it is one call, and reads a quarter of the bytes. Weights are rounded per output
channel, and activations in groups, which such processors multiply natively. `exact` keeps everything in
float32, and gives the answers of the LLM in torch.

OpenVINO is optional: without it `build_decoder` gives None, and the LLM runs in torch.
"""

import importlib.util
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import LlamaForCausalLM

GROUP = 32  # activations that share a scale


def build_decoder(llm: LlamaForCausalLM, take_layers: bool = False) -> "OpenVinoDecoder | None":
    """The decoder for this machine, or None where there is no OpenVINO."""
    return OpenVinoDecoder(llm, take_layers=take_layers) if importlib.util.find_spec("openvino") else None


class DecoderCache:
    """Keys and values of one conversation: what the engine asks of transformers' DynamicCache."""

    is_croppable = True

    def __init__(self, request: Any, token_bytes: int) -> None:
        self.request = request  # OpenVINO's: it holds the state between calls
        self.length = 0
        self._token_bytes = token_bytes

    @property
    def nbytes(self) -> int:
        return self.length * self._token_bytes

    def get_seq_length(self) -> int:
        return self.length

    def crop(self, surplus: int) -> None:
        """Forget the last tokens; `surplus` is negative, as transformers wants it."""
        import openvino

        assert surplus < 0, "counted from the end"
        self.length += surplus
        for state in self.request.query_state():
            kept = state.state.data[:, :, : self.length]  # Shape: (1, H_kv, L, head)
            state.state = openvino.Tensor(np.ascontiguousarray(kept))


class OpenVinoDecoder:
    """Does an LLM's forward passes. Its caches are for it alone; several threads may use it."""

    def __init__(self, llm: LlamaForCausalLM, exact: bool = False, take_layers: bool = False) -> None:
        """take_layers: of the LLM only its embeddings are left, before the graph is compiled."""
        import openvino

        config: Any = llm.config
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "INFERENCE_PRECISION_HINT": "f32",
            "KV_CACHE_PRECISION": "f32",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0 if exact else GROUP,
        }
        graph = _graph(llm, exact)
        if take_layers:
            llm.model.layers = nn.ModuleList()
        self._compiled = openvino.Core().compile_model(graph, "CPU", settings)
        self._token_bytes = 2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim * 4
        positions = torch.arange(config.max_position_embeddings)
        with torch.inference_mode():
            waves = llm.model.rotary_emb(torch.zeros(1), positions[None])  # Shape: 2 x (1, L, head)
        self._cosines, self._sines = (wave[None].numpy() for wave in waves)  # Shape: (1, 1, L, head)

    def new_cache(self) -> DecoderCache:
        return DecoderCache(self._compiled.create_infer_request(), self._token_bytes)

    def forward(self, embeds: Tensor, cache: DecoderCache) -> Tensor:
        """Embeddings [L, K] after what `cache` holds -> logits [V] of the next token; fills the cache."""
        past, count = cache.length, len(embeds)
        mask = np.zeros((1, 1, count, past + count), np.float32)
        mask[..., past:] = np.triu(np.full((count, count), -np.inf, np.float32), 1)
        now = slice(past, past + count)
        waves = [self._cosines[:, :, now], self._sines[:, :, now]]  # Shape: (1, 1, L, head)
        inputs = [embeds[None].float().numpy(), *waves, mask, np.zeros(1, np.int32)]
        logits = cache.request.infer(inputs, share_inputs=True)[0]  # Shape: (1, 1, V)
        cache.length += count
        return torch.from_numpy(logits[0, 0])  # Shape: (V,)


def _rounded(weights: tuple[Tensor, ...]) -> Any:
    """int8 [out, in] and float32 scales [out, 1]; a part at a time, for the sake of the peak of memory."""
    rounded, scales = [], []
    for part in (part.detach().float() for weight in weights for part in weight.split(4096)):
        scale = part.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127  # Shape: (rows, 1)
        rounded.append((part / scale).round().to(torch.int8))
        scales.append(scale)
    return torch.cat(rounded), torch.cat(scales)


def _graph(llm: LlamaForCausalLM, exact: bool) -> Any:
    """The LLM without its embeddings, for a batch of one."""
    import openvino
    from openvino import opset13 as op

    config: Any = llm.config
    heads, kv_heads, width = config.num_attention_heads, config.num_key_value_heads, config.head_dim
    assigns: list[Any] = []

    def numbers(*values: int) -> Any:
        return op.constant(np.array(values, np.int64))

    def table(weight: Tensor) -> Any:
        return op.constant(weight.detach().float().numpy())

    def linear(x: Any, *weights: Tensor) -> Any:
        """x W^T, of several layers with one input at once. Shape: (1, L, in) -> (1, L, sum of out)."""
        if exact:
            return op.matmul(x, table(torch.cat(weights)), False, True)
        rounded, scales = _rounded(weights)
        rounded = op.convert(op.constant(rounded.numpy()), "f32")
        return op.matmul(x, op.multiply(rounded, table(scales)), False, True)

    def norm(x: Any, weight: Tensor) -> Any:
        square = op.reduce_mean(op.multiply(x, x), numbers(-1), keep_dims=True)
        root = op.sqrt(op.add(square, np.float32(config.rms_norm_eps)))
        return op.multiply(op.multiply(x, op.divide(np.float32(1), root)), table(weight))

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

    def attention(x: Any, layer: Any, number: int) -> Any:
        every = linear(x, layer.q_proj.weight, layer.k_proj.weight, layer.v_proj.weight)
        every = op.reshape(every, numbers(0, 0, heads + 2 * kv_heads, width), special_zero=True)
        every = op.transpose(every, numbers(0, 2, 1, 3))  # Shape: (1, H + 2 H_kv, L, head)
        split = op.variadic_split(every, np.int64(1), numbers(heads, kv_heads, kv_heads))
        query, key, value = split.outputs()
        key, value = with_earlier(turned(key), f"key{number}"), with_earlier(value, f"value{number}")
        mixed = op.scaled_dot_product_attention(turned(query), key, value, mask)
        mixed = op.transpose(mixed, numbers(0, 2, 1, 3))  # Shape: (1, L, H, head)
        return linear(op.reshape(mixed, numbers(0, 0, -1), special_zero=True), layer.o_proj.weight)

    def feed_forward(x: Any, layer: Any) -> Any:
        gate, up = op.split(
            linear(x, layer.gate_proj.weight, layer.up_proj.weight), np.int64(-1), 2
        ).outputs()
        return linear(op.multiply(op.swish(gate), up), layer.down_proj.weight)

    embeds = op.parameter([1, -1, config.hidden_size], np.float32, "embeds")
    cosines = op.parameter([1, 1, -1, width], np.float32, "cosines")
    sines = op.parameter([1, 1, -1, width], np.float32, "sines")
    mask = op.parameter([1, 1, -1, -1], np.float32, "mask")
    rows = op.parameter([-1], np.int32, "rows")
    x = embeds
    for number, layer in enumerate(llm.model.layers):
        x = op.add(x, attention(norm(x, layer.input_layernorm.weight), layer.self_attn, number))
        x = op.add(x, feed_forward(norm(x, layer.post_attention_layernorm.weight), layer.mlp))
    last = op.gather(x, numbers(-1), np.int64(1))  # Shape: (1, 1, K)
    logits = linear(norm(last, llm.model.norm.weight), llm.lm_head.weight)
    return openvino.Model([op.result(logits)], assigns, [embeds, cosines, sines, mask, rows], "llama")
