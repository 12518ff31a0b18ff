"""`python -m core.lab COMMAND`: how compact's own parts are trained and measured."""

import sys

from core.cli.main import new_app, run
from core.lab.detector.commands import convert_detector
from core.lab.evaluation.commands import evaluate
from core.lab.training.commands import average, teach_detector, train

app = new_app(__doc__ or "")
for command in (train, average, teach_detector, convert_detector, evaluate):
    app.command()(command)

if __name__ == "__main__":
    sys.exit(run(app, "python -m core.lab"))
