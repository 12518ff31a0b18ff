"""What the tests of the command line share."""

import pytest


@pytest.fixture(autouse=True)
def neither_hears_nor_reads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """They have tests of their own; a process for each would be most of what these cost."""
    if "senses" not in request.module.__name__:
        monkeypatch.setattr("core.cli.senses.SenseChoice.names", lambda *_: [])
