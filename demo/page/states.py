"""What gradio keeps of each tab, and for how long: as long as the tab is kept, and without its values.

Gradio itself keeps the components of the last ten thousand names of tabs, whoever invented them, and every
value that went in or out: megabytes of a long question, or of what a closed tab showed.
"""

from collections.abc import Callable, Collection
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder

MOST_OTHERS = 64  # names that are no tab (yet) and whose components are kept


class PageState(SessionState):
    """The page's components as they were changed for one tab.

    Not their values, which nothing but gradio's links to a state of the page asks for; we have none.
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        super().__init__(blocks)
        self.config_values.clear()

    def __setitem__(self, key: int, value: Any) -> None:
        super().__setitem__(key, value)
        self.config_values.clear()

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


class PageStates(StateHolder):
    def __init__(self, tabs: Callable[[], Collection[str]]) -> None:
        """tabs: tells the names of those that are kept."""
        super().__init__()
        self._tabs = tabs

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self._drop_others()
            self.session_data[session_id] = PageState(self.blocks)
        return super().__getitem__(session_id)

    def _drop_others(self) -> None:
        """The latest of the names that are no tabs stay: a page that is just being opened is none yet."""
        tabs = self._tabs()
        others = [name for name in self.session_data if name not in tabs]
        for name in others[:-MOST_OTHERS]:
            self.session_data.pop(name, None)
            self.time_last_used.pop(name, None)
