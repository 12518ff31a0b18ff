"""The range of a clip that is read, and what the two sliders of it mean."""

STEP = 0.1  # s, between two ends of a range

Span = tuple[float, float] | None  # seconds of the clip; None: all of it


def span_of(first: float, last: float, duration: float) -> Span:
    """What two sliders mean, in whichever order; all of the clip where they mean it, or nothing at all."""
    first, last = sorted((first, last))
    everything = first < STEP and last > duration - 2 * STEP
    return None if everything or last - first < STEP else (first, last)


def end_of_range(duration: float) -> float:
    """The last end of a range that lies within the clip; one of 3.9999999 s has 4.0."""
    return round(int(duration / STEP + 1e-6) * STEP, 1)
