"""The commands of the laboratory: `python -m core.lab`."""

import pytest
import typer

from core.cli.main import run
from core.lab.__main__ import app

PROGRAM = "python -m core.lab"


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    commands = getattr(typer.main.get_command(app), "commands", {})
    assert set(commands) == {
        *("train-eyes", "train-scenes", "convert-detector", "write-rows", "teach"),
        *("evaluate", "ablation", "graph", "general", "real-life", "joined", "broken", "heard"),
    }
    for path in ([], *([name] for name in commands)):
        assert run(app, PROGRAM, [*path, "--help"]) == 0
        output = capsys.readouterr().out
        assert output.startswith(f"Usage: {' '.join([PROGRAM, *path])} ")
    assert all(command.help for command in commands.values())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing command"),
        (["train-eyes", "--share", "2"], "--share"),
        (["ablation", "--model", "gpt"], "gpt"),
        (["evaluate", "--skill", "juggling"], "juggling"),
        (["heard", "--voices", "nowhere"], "lines.tsv"),
        (["ask"], "ask"),
    ],
)
def test_a_users_error_is_one_clear_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(app, PROGRAM, arguments) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert len(errors.splitlines()) == 1
    assert errors.startswith("error: ")
    assert said in errors
