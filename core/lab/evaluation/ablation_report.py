"""The ablation's results as Markdown tables and as figures."""

from pathlib import Path

from core.lab.evaluation.ablation import Result
from core.lab.evaluation.held_out import table

FIGURES = ("ablation.png", "learning-curve.png")
OVER_TIME = ("motion", "order")  # direction and order: what only temporal tokens can encode


def as_markdown(results: list[Result], figures: str) -> str:
    """The tables, and links to the figures in the folder `figures`."""
    lines = [
        "| | direction and order | all skills | minutes | clips | samples | parameters |",
        "|---|" + "---|" * 6,
    ]
    for result in results:
        skills = {outcome.skill for outcome in result.outcomes}
        cost = result.cost
        spent = (
            f"{cost.minutes:.1f} | {cost.clips:,} | {cost.samples:,} | {cost.parameters / 1e6:.1f} M"
            if cost
            else "| | |"
        )
        both, everything = result.pooled(*OVER_TIME).as_text(), result.pooled(*skills).as_text()
        lines.append(f"| {result.row.title} | {both} | {everything} | {spent} |")
    titles = {result.row.title: result.scores() for result in results if result.row.clips is None}
    pictures = [f"![{name}]({figures}/{name})" for name in FIGURES]
    return "\n\n".join(["\n".join(lines), *pictures, table(titles)])


def draw(results: list[Result], folder: Path) -> None:
    """Both figures as PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    rows = [result for result in results if result.row.clips is None]
    figure, axes = pyplot.subplots(figsize=(9, 0.5 * len(rows) + 1.4), layout="constrained")
    for offset, (label, skills) in enumerate(
        {"direction and order": OVER_TIME, "naming": ("name",), "all skills": tuple(_skills(results))}.items()
    ):
        scores = [result.pooled(*skills) for result in rows]
        shares = [score.share for score in scores]
        margins = [
            [abs(end - score.share) for score in scores for end in [score.interval()[side]]]
            for side in (0, 1)
        ]
        places = [number + 0.26 * (offset - 1) for number in range(len(rows))]
        axes.barh(places, shares, height=0.24, xerr=margins, label=label, error_kw={"lw": 0.8})
    axes.set_yticks(range(len(rows)), [result.row.title for result in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("right answers on held-out clips, both languages, 95 % intervals")
    figure.legend(loc="outside upper center", ncols=3)  # on the bars it would hide an interval
    figure.savefig(folder / FIGURES[0], dpi=120)

    by_name = {result.row.name: result for result in results}
    points = [
        (result.cost.clips, result) for result in results if result.cost and result.row.kind == "attention"
    ]
    points = [(0, by_name["untrained"]), *sorted(points, key=lambda point: point[0])]
    figure, axes = pyplot.subplots(figsize=(6.5, 3.6), layout="constrained")
    for label, skills in {
        "direction": ("motion",),
        "order": ("order",),
        "all skills": tuple(_skills(results)),
    }.items():
        scores = [result.pooled(*skills) for _, result in points]
        (line,) = axes.plot(range(len(points)), [score.share for score in scores], marker="o", label=label)
        low, high = zip(*(score.interval() for score in scores), strict=True)
        axes.fill_between(range(len(points)), low, high, alpha=0.15, color=line.get_color())
    axes.set_xticks(range(len(points)), [str(clips) for clips, _ in points])
    axes.set_ylim(0, 1)
    axes.set_xlabel("training clips of g_t `attention`")
    axes.set_ylabel("right answers")
    axes.legend()
    figure.savefig(folder / FIGURES[1], dpi=120)


def _skills(results: list[Result]) -> list[str]:
    return sorted({outcome.skill for result in results for outcome in result.outcomes})
