"""Events as the page sends them: what comes otherwise is refused in a line that tells nothing of it.

Gradio would print all that came in to the log: what a visitor wrote, as long as a request may be.
"""

import logging
import re
from typing import Any

import gradio as gr

from demo.page.i18n import LANGUAGES, t

REFUSAL = " · ".join(t("server.not_ours", lang) for lang in LANGUAGES)  # whose language is not known here
WEB = re.compile(r"\s*https?:", re.IGNORECASE)
log = logging.getLogger(__name__)


class PageEvents(gr.Blocks):
    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *rest: Any, **more: Any) -> list[Any]:
        """The values for a handler. Raises gr.Error."""
        try:
            if _names_the_web(inputs):  # gradio would fetch it
                raise ValueError("an address of the web")
            return await super().preprocess_data(block_fn, inputs, *rest, **more)
        except Exception as error:
            log.warning("event %s not as the page sends it: %s", block_fn.name, type(error).__name__)
            raise gr.Error(REFUSAL, print_exception=False) from None


def _names_the_web(value: Any) -> bool:
    """Whether there is a file in it that is to be fetched from somewhere."""
    if isinstance(value, dict):
        return WEB.match(str(value.get("path"))) is not None or any(map(_names_the_web, value.values()))
    return isinstance(value, list) and any(map(_names_the_web, value))
