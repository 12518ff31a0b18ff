"""PP-OCR by RapidOCR: a picture becomes lines of text. Its weights lie in RapidOCR's own package."""

from importlib.util import find_spec
from typing import Any

import numpy as np

from core.senses.text.tracks import Line

SIDE = 736  # pixels of a picture's longer side when text is looked for; it is read at full size


class Reader:
    """A loaded pair of models: one finds text, one reads it, in Chinese and English."""

    def __init__(self, threads: int) -> None:
        from rapidocr import EngineType, RapidOCR

        # Where it is installed, OpenVINO takes half of the time.
        engine = EngineType.OPENVINO if find_spec("openvino") else EngineType.ONNXRUNTIME
        self._read = RapidOCR(
            params={
                "Global.log_level": "error",
                "Global.use_cls": False,
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "EngineConfig.openvino.inference_num_threads": threads,
                "Det.engine_type": engine,
                "Det.limit_type": "max",
                "Det.limit_side_len": SIDE,
                "Rec.engine_type": engine,
            }
        )

    def lines(self, image: np.ndarray) -> list[Line]:
        """Of a picture uint8 [H, W, 3], RGB."""
        found: Any = self._read(np.ascontiguousarray(image[:, :, ::-1]))
        if found.boxes is None or found.txts is None or found.scores is None:
            return []
        height = image.shape[0]
        lines = []
        for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True):
            left, top = np.min(corners, axis=0) / height
            right, bottom = np.max(corners, axis=0) / height
            box = float(left), float(top), float(right), float(bottom)
            lines.append(Line(" ".join(text.split()), float(score), box))
        return [line for line in lines if line.text]
