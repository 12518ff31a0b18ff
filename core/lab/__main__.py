"""`python -m core.lab COMMAND`: how compact's own parts are trained and measured."""

import sys

from core.cli.main import new_app, run
from core.lab.detector.commands import convert_detector
from core.lab.evaluation.commands import ablation, evaluate, general, graph
from core.lab.heard.commands import heard
from core.lab.real_life.commands import broken, joined, real_life
from core.lab.training.commands import teach, train_eyes, train_scenes, write_rows

app = new_app(__doc__ or "")
for command in (
    train_eyes,
    train_scenes,
    convert_detector,
    write_rows,
    teach,
    evaluate,
    ablation,
    graph,
    general,
    real_life,
    joined,
    broken,
    heard,
):
    app.command()(command)

if __name__ == "__main__":
    sys.exit(run(app, "python -m core.lab"))
