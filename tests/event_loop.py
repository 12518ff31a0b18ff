"""Coroutines in tests."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_apart(coroutine: Coroutine[Any, Any, T]) -> T:
    """Its result, from a thread of its own: Playwright leaves a running event loop in the tests' own."""
    with ThreadPoolExecutor() as thread:
        return thread.submit(asyncio.run, coroutine).result()
