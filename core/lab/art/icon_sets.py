"""Icon sets of the Iconify project: many artists' drawings of the same things, one JSON file for each set.

A set names its drawings ("cat"). Sets of emoji are searched by character: one of them comes with a table from
characters to names, which the others use too. The other sets are searched by English name.
"""

import json
import re
from collections import defaultdict
from functools import cached_property
from pathlib import Path

# style -> package, as `make art` fetches it
EMOJI_SETS = {
    "emojione": "iconify-emojione",  # EmojiOne 2 (CC-BY 4.0)
    "emojione1": "iconify-emojione-v1",  # EmojiOne 1 (CC-BY-SA 4.0)
    "noto1": "iconify-noto-v1",  # Noto Emoji before 2017, softer and fuller than Noto today (Apache-2.0)
    "fxemoji": "iconify-fxemoji",  # Firefox OS Emoji (Apache-2.0)
    "streamline": "iconify-streamline-emojis",  # Streamline Emojis (CC-BY 4.0)
    "contrast": "iconify-fluent-emoji-high-contrast",  # Fluent Emoji in one colour (MIT)
    "monotone": "iconify-emojione-monotone",  # EmojiOne 2 in one colour (CC-BY 4.0)
    "gradient": "iconify-fluent-emoji",  # Fluent Emoji in colour gradients (MIT)
}
NAMED_SETS = {
    "mdi": "iconify-mdi",  # Material Design Icons, filled (Apache-2.0)
    "game": "iconify-game-icons",  # Game-icons.net, drawn in white on black (CC-BY 3.0)
    "park": "iconify-icon-park",  # IconPark, lines and one colour (Apache-2.0)
    "phosphor": "iconify-ph",  # Phosphor, in lines, filled and duotone (MIT)
    "tabler": "iconify-tabler",  # Tabler Icons, lines (MIT)
    "lucide": "iconify-lucide",  # Lucide, lines (ISC)
    "awesome": "iconify-fa6-solid",  # Font Awesome 6, filled (CC-BY 4.0)
    "temaki": "iconify-temaki",  # Temaki, signs of maps (CC0)
    "sharp": "iconify-streamline-color",  # Streamline Core in colour (CC-BY 4.0)
    "plump": "iconify-streamline-plump-color",  # Streamline Plump in colour (CC-BY 4.0)
    "ultimate": "iconify-streamline-ultimate-color",  # Streamline Ultimate in colour (CC-BY 4.0)
    "kameleon": "iconify-streamline-kameleon-color",  # Streamline Kameleon, flat on discs (CC-BY 4.0)
}
ICON_SETS = EMOJI_SETS | NAMED_SETS
ONE_COLOUR = ("contrast", "monotone", "mdi", "game", "phosphor", "tabler", "lucide", "awesome", "temaki")
TABLE = "iconify-fluent-emoji-high-contrast"  # the package with the table from emoji to names
VARIANT = re.compile(r"-(fill|duotone|flat|solid|\d+)$")  # ends of names: styles of drawing
DEFAULT_SIDE = 16  # of an icon whose set gives none: Iconify's own default


class IconSet:
    """The drawings of one set, found by emoji or by name."""

    def __init__(self, art: Path, package: str) -> None:
        self.art, self.package = art, package

    @cached_property
    def _names(self) -> dict[str, str]:
        """Code points, as in "1f408", to names."""
        path = self.art / TABLE / "chars.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    @cached_property
    def _content(self) -> dict:
        path = self.art / self.package / "icons.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"icons": {}}

    @cached_property
    def _by_plain_name(self) -> dict[str, str]:
        """Names without hyphens, which some sets leave out, to the icons they stand for."""
        aliases = {name: entry["parent"] for name, entry in self._content.get("aliases", {}).items()}
        own = {name: name for name in self._content["icons"]}
        return {name.replace("-", ""): icon for name, icon in (aliases | own).items()}

    @cached_property
    def _by_word(self) -> dict[str, list[str]]:
        """What is drawn, to the names of all its drawings."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self._content["icons"]):
            found[VARIANT.sub("", name)].append(name)
        return dict(found)

    def find(self, code: str) -> str | None:
        """The name of the drawing of an emoji, given as code points ("1f408"); None where there is none."""
        name = self._names.get(code)
        return self._by_plain_name.get(name.replace("-", "")) if name else None

    def named(self, word: str) -> list[str]:
        """The names of all drawings of what this English word names."""
        return self._by_word.get(word.lower().replace(" ", "-").replace("'", ""), [])

    def svg(self, name: str) -> str:
        """The drawing as an SVG document."""
        icon = self._content["icons"][name]
        width, height = (
            icon.get(side, self._content.get(side, DEFAULT_SIDE)) for side in ("width", "height")
        )
        box = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{icon["body"]}</svg>'
