"""What tabs that come and go cost in memory, without a server: as kept here, and as gradio keeps them.

    python -m tests.benchmarks.soak.tabs [--tabs 240]

Each opens the page, which changes every component, asks three questions about a clip, and is closed.
"""

import argparse
import gc
import tempfile
import tracemalloc
from pathlib import Path

import gradio as gr
import numpy as np
from gradio.blocks import postprocess_update_dict
from gradio.state_holder import StateHolder

from core import Conversation, Turn, VideoLimits
from demo.clip.reading import ClipView, Reading, data_uri
from demo.models.pool import Models
from demo.page.app import Page
from demo.server.tabs import Tab

PARTS = 6  # after each of which is measured


def clip_of(number: int) -> ClipView:
    noise = np.random.default_rng(number)
    pictures = tuple(data_uri(noise.integers(0, 255, (112, 199, 3), np.uint8)) for _ in range(8))
    return ClipView(f"{number}", "clip.mp4", 4.0, False, tuple(n / 2 for n in range(8)), pictures)


def visit(page: Page, states: StateHolder, number: int) -> None:
    name = f"tab {number}"
    tab = page.memory.tabs.begun(gr.Request(session_hash=name, headers={}))
    talk = tab.talk
    talk.reading = Reading(f"/nowhere/{number}.mp4", 8, tab.host, duration=4.0, clip=clip_of(number))
    talk.conversation = Conversation("clip", turns=[Turn(f"{number} {n}?", "A. " * 30) for n in range(3)])
    show(page, states, name, tab)
    page.memory.tabs.close(name)


def show(page: Page, states: StateHolder, name: str, tab: Tab) -> None:
    """As gradio does with what a handler returns."""
    state = states[name]
    for component, update in page.memory.everything(tab).items():
        kept = {key: value for key, value in update.items() if key not in ("value", "__type__")}
        state[component._id] = component.__class__(**{**component.constructor_args, **kept, "render": False})
        shown = postprocess_update_dict(state[component._id], dict(update), postprocess=False)
        state._update_value_in_config(component._id, shown.get("value"))


def grown(own: bool, count: int) -> list[float]:
    """MB more than before the first tab, after each part of them. own: as we keep it."""
    models = Models(["compact"], lambda name, progress: None)  # type: ignore[arg-type,return-value]  # never
    page = Page(models, VideoLimits(), Path(tempfile.gettempdir()), [], True)
    states = page.blocks.state_holder if own else StateHolder()
    states.set_blocks(page.blocks)
    visit(page, states, count)
    tracemalloc.start()
    found = []
    for number in range(count):
        visit(page, states, number)
        if (number + 1) % (count // PARTS) == 0:
            gc.collect()
            found.append(tracemalloc.get_traced_memory()[0] / 1e6)
    tracemalloc.stop()
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tabs", type=int, default=240)
    count = parser.parse_args().tabs
    for what, own in (("as gradio keeps it", False), ("as it is kept here", True)):
        told = " ".join(f"{megabytes:7.1f}" for megabytes in grown(own, count))
        print(f"{what}: MB after every {count // PARTS} tabs that were closed: {told}", flush=True)


if __name__ == "__main__":
    main()
