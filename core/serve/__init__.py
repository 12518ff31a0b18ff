"""The API: what OpenAI's clients ask for, answered by the engine. Knows no page.

`app` is for Ray Serve alone, which is imported when somebody asks for it.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module 'core.serve' has no attribute {name!r}")
    from core.serve.cluster.application import app

    return app
