"""Writes the example clips, and `examples.json` with their titles in both languages.

python -m core.lab.examples assets/examples    # after `make art`; wants espeak-ng and the font Noto Sans CJK
"""

import json
import sys
from pathlib import Path

from core.lab.examples import drawn, photographs, talk

ART = Path("data/art")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    photographs.write_photographs(folder, ART / "photos")
    talk.write_talk(folder / "talk.mp4", ART / "photos")
    drawn.write_drawn(folder, ART)
    titles = {"talk": talk.TITLES, **{name: clip.titles for name, clip in photographs.CLIPS.items()}}
    titles |= {name: named for name, (named, *_rest) in drawn.CLIPS.items()}
    named = {f"{name}.mp4": {"en": en, "zh": zh} for name, (en, zh) in titles.items()}
    text = json.dumps(named, ensure_ascii=False, indent=2) + "\n"
    (folder / "examples.json").write_text(text, encoding="utf-8")


main(Path(sys.argv[1]))
