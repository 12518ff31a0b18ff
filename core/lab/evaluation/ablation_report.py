"""The ablation's results as Markdown tables and as a figure."""

from pathlib import Path

from core.lab.evaluation.ablation import Result
from core.lab.evaluation.held_out import table

FIGURE = "ablation.png"
OVER_TIME = ("motion", "order")  # direction and order: what only temporal tokens can encode


def as_markdown(results: list[Result]) -> str:
    """The tables, and a link to the figure beside them."""
    lines = ["| | direction and order | all skills |", "|---|---|---|"]
    for result in results:
        both, everything = result.pooled(*OVER_TIME).as_text(), result.pooled(*_skills(results)).as_text()
        lines.append(f"| {result.row.title} | {both} | {everything} |")
    titles = {result.row.title: result.scores() for result in results}
    return "\n\n".join(["\n".join(lines), f"![{FIGURE}](./{FIGURE})", table(titles)])


def draw(results: list[Result], path: Path) -> None:
    """The figure as PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    path.parent.mkdir(parents=True, exist_ok=True)
    figure, axes = pyplot.subplots(figsize=(9, 0.5 * len(results) + 1.4), layout="constrained")
    for offset, (label, skills) in enumerate(
        {"direction and order": OVER_TIME, "naming": ("name",), "all skills": tuple(_skills(results))}.items()
    ):
        scores = [result.pooled(*skills) for result in results]
        shares = [score.share for score in scores]
        margins = [[abs(score.interval()[side] - score.share) for score in scores] for side in (0, 1)]
        places = [number + 0.26 * (offset - 1) for number in range(len(results))]
        axes.barh(places, shares, height=0.24, xerr=margins, label=label, error_kw={"lw": 0.8})
    axes.set_yticks(range(len(results)), [result.row.title for result in results])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("right answers on held-out clips, both languages, 95 % intervals")
    figure.legend(loc="outside upper center", ncols=3)  # on the bars it would hide an interval
    figure.savefig(path, dpi=120)


def _skills(results: list[Result]) -> list[str]:
    return sorted({outcome.skill for result in results for outcome in result.outcomes})
