"""A picture becomes text that an HTML page can hold. Knows nothing else."""

import base64
import io

import numpy as np
from PIL import Image


def data_uri(picture: np.ndarray, quality: int = 80) -> str:
    """uint8 [h, w, 3] -> a data: URI of a JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
