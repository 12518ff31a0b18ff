"""Pictures of high dynamic range as an ordinary screen shows them: HLG, as telephones film, and PQ, to sRGB.

Curves and primaries: ITU-R BT.2100. Diffuse white, which becomes the screen's white, is at 0.75 of an HLG
signal and at 203 cd/m2 of PQ (ITU-R BT.2408); what is brighter becomes white, too.
"""

import numpy as np

PQ, HLG = 16, 18  # FFmpeg's numbers of the curves
BT2020 = 9  # and of the primaries
TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)


def as_shown(images: np.ndarray, curve: int, primaries: int) -> np.ndarray:
    """uint8 [T, H, W, 3] -> the same; what is of no such curve stays as it is."""
    if curve not in (PQ, HLG):
        return images
    signal = np.arange(256, dtype=np.float64) / 255
    light = (_of_pq(signal) if curve == PQ else _of_hlg(signal) / _of_hlg(np.array(0.75))).astype(np.float32)
    return np.stack([_shown(light[image], primaries) for image in images])


def _shown(light: np.ndarray, primaries: int) -> np.ndarray:
    """Linear light [H, W, 3], 1.0 of which is white, as uint8 in sRGB."""
    if primaries == BT2020:
        light = light @ TO_BT709.T
    light = light.clip(0.0, 1.0)
    curved = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return (255 * curved + 0.5).astype(np.uint8)


def _of_hlg(signal: np.ndarray) -> np.ndarray:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)


def _of_pq(signal: np.ndarray) -> np.ndarray:
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    power = signal ** (1 / m2)
    return 10_000 / 203 * (np.maximum(power - c1, 0.0) / (c2 - c3 * power)) ** (1 / m1)
