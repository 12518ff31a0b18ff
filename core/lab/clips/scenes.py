"""Scenes: what happens in a procedural clip, as numbers and names, before anything is drawn.

A scene is the ground truth for its questions. Positions and sizes are fractions of the picture;
times are seconds. Every choice comes from one `random.Random`, so a seed is a clip.
Knows nothing of pixels, of questions or of models.
"""

import math
from dataclasses import dataclass, field, replace
from random import Random

from core.lab.art.sprites import Sprite
from core.lab.questions.words import COLOURS, MOTIONS, PLACES, Concept

ASPECTS = (16 / 9, 16 / 9, 4 / 3, 1.0, 3 / 4, 9 / 16)  # width / height; wide ones are the commonest
TEXTURES = (
    *("plain", "plain", "gradient", "noise", "stripes", "dots", "vignette"),
    *("rays", "rings", "waves", "bricks", "shapes"),
)
UNSEEN_TEXTURES = ("checks", "clouds")  # held out for the test
PHOTO = "photo"  # the kind of a scene that is a photograph of one thing
UNCLEAR = "unclear"  # and of one of which nobody could say what it shows
WHOLE_PICTURES = (PHOTO, UNCLEAR)  # in these, one thing fills the picture
MOTLEY = 0.12  # share of backgrounds of many colours


@dataclass(frozen=True)
class Background:
    colour: str | None  # a key of COLOURS; None where it has many colours
    texture: str
    seed: int  # of its random details

    @classmethod
    def sample(cls, random: Random, textures: tuple[str, ...]) -> "Background":
        colour = None if random.random() < MOTLEY else random.choice(list(COLOURS))
        return cls(colour, random.choice(textures), random.randrange(2**31))


@dataclass(frozen=True)
class Look:
    """How a picture differs from the artist's: what keeps a model from knowing one artist's hand only."""

    outline: float = 0.0  # width of a dark outline, fraction of the longest side
    saturation: float = 1.0
    brightness: float = 1.0
    # Flat areas of so many colours, with lines between them half as wide as the outline; 0: as painted.
    # Not in the repr, as it is for `redrawn` alone.
    colours: int = field(default=0, repr=False)

    @classmethod
    def sample(cls, random: Random) -> "Look":
        return cls(
            outline=random.choice((0.0, 0.0, random.uniform(0.01, 0.035))),
            saturation=random.choice((1.0, 1.0, random.uniform(0.3, 1.6))),
            brightness=random.choice((1.0, 1.0, random.uniform(0.75, 1.25))),
        )


@dataclass(frozen=True)
class Actor:
    """One object with its stay on the screen and its way across it."""

    concept: Concept
    sprite: Sprite
    appears: float  # s
    disappears: float  # s
    motion: str  # a key of MOTIONS
    start: tuple[float, float]  # centre (x, y) at `appears`, fractions of width and height
    end: tuple[float, float]  # centre at `disappears`
    start_size: float  # longest side, fraction of the picture's shorter side
    end_size: float
    mirrored: bool
    tilt: float  # degrees
    look: Look

    def place(self, seconds: float) -> tuple[float, float, float] | None:
        """(x, y, size) at a time, or None while it is not on the screen."""
        if not self.appears <= seconds < self.disappears:
            return None
        way = (seconds - self.appears) / (self.disappears - self.appears)
        x = self.start[0] + way * (self.end[0] - self.start[0])
        y = self.start[1] + way * (self.end[1] - self.start[1])
        size = self.start_size * (self.end_size / self.start_size) ** way  # constant rate of zoom
        return x, y, size


@dataclass(frozen=True)
class Occluder:
    """A bar from edge to edge that stands before everything, still."""

    centre: float  # fraction of the width, or of the height of one that lies
    breadth: float  # the same
    lies: bool
    colour: tuple[int, int, int]


@dataclass(frozen=True)
class Conditions:
    """How a clip was filmed, other than by a still camera in even light against a painted wall."""

    backdrop: str | None = None  # path of a photograph behind everything
    backdrop_blur: float = 0.0  # fraction of the picture's shorter side
    shake: float = 0.0  # how far the camera's hand trembles, fraction of the shorter side
    light: tuple[float, float] = (1.0, 1.0)  # gain at the beginning and at the end
    occluder: Occluder | None = None


STEADY = Conditions()


@dataclass(frozen=True)
class Scene:
    kind: str  # single, sequence, several, pair; PHOTO; UNCLEAR
    duration: float  # s
    aspect: float  # width / height
    background: Background
    actors: tuple[Actor, ...]
    # Whether it was cut together from stills. Nothing moves in such a clip, and a model that is often asked
    # how comes to answer that nothing ever does. Not in the repr, which is what a scene is known by.
    from_stills: bool = field(default=False, repr=False)
    conditions: Conditions = field(default=STEADY, repr=False)

    @property
    def order(self) -> tuple[Actor, ...]:
        """Actors by the time they appear; copies of one object only once."""
        seen: dict[str, Actor] = {}
        for actor in sorted(self.actors, key=lambda a: a.appears):
            seen.setdefault(actor.concept.id, actor)
        return tuple(seen.values())

    @property
    def count(self) -> int:
        """How many objects are on the screen, where all are of one kind."""
        return len(self.actors)

    @property
    def of_photographs(self) -> bool:
        """Whether more may be seen in it than anyone has said."""
        return self.conditions.backdrop is not None or any(
            actor.sprite.style == "photo" for actor in self.actors
        )


Role = tuple[Concept, Sprite]
Casting = dict[str, tuple[Concept, list[Sprite]]]  # concept id -> concept and its usable pictures


def place_of(x: float, y: float) -> str | None:
    """The key of PLACES that a person would use for a centre (x, y), or None where it is ambiguous."""
    dx, dy = x - 0.5, y - 0.5
    if max(abs(dx), abs(dy)) < 0.1:
        return "middle"
    if max(abs(dx), abs(dy)) < 0.2 or 0.6 < abs(dx) / (abs(dy) + 1e-6) < 1.6:
        return None
    if abs(dx) > abs(dy):
        return "left" if dx < 0 else "right"
    return "top" if dy < 0 else "bottom"


def sample_scene(random: Random, casting: Casting, textures: tuple[str, ...] = TEXTURES) -> Scene:
    """A random scene with objects from `casting`."""
    kind = random.choices(("single", "sequence", "several", "pair"), weights=(45, 25, 20, 10))[0]
    duration = math.exp(random.uniform(math.log(2.0), math.log(30.0)))
    background = Background.sample(random, textures)
    if kind == "single":
        actors = _single(random, _cast(random, casting, 1)[0], duration)
    elif kind == "sequence":
        actors = _sequence(random, casting, duration)
    elif kind == "several":
        actors = _several(random, _cast(random, casting, 1)[0], duration)
    else:
        actors = _pair(random, tuple(_cast(random, casting, 2)), duration)
    return Scene(kind, duration, random.choice(ASPECTS), background, actors)


def sample_conditions(random: Random, backdrops: tuple[str, ...]) -> Conditions:
    """Each of the difficulties more often than not; backdrops: paths of photographs that show no thing."""
    occluder = Occluder(
        centre=random.uniform(0.05, 0.95),
        breadth=random.uniform(0.04, 0.12),
        lies=random.random() < 0.3,
        colour=(random.randrange(256), random.randrange(256), random.randrange(256)),
    )
    return Conditions(
        backdrop=random.choice(backdrops) if backdrops and random.random() < 0.6 else None,
        backdrop_blur=random.choice((0.0, random.uniform(0.0, 0.03))),
        shake=random.choice((0.0, random.uniform(0.004, 0.025))),
        light=random.choice(((1.0, 1.0), (random.uniform(0.6, 1.2), random.uniform(0.6, 1.2)))),
        occluder=occluder if random.random() < 0.4 else None,
    )


def filmed(scene: Scene, conditions: Conditions) -> Scene:
    """The scene under these conditions; a photograph has many colours."""
    colour = None if conditions.backdrop else scene.background.colour
    return replace(scene, background=replace(scene.background, colour=colour), conditions=conditions)


def sample_still(random: Random, role: Role, casting: Casting) -> Scene:
    """A scene in which nothing happens, with this object: what a photograph would show."""
    kind = random.choices(("single", "several", "pair"), weights=(75, 15, 10))[0]
    if kind == "single":
        actors: tuple[Actor, ...] = (_actor(random, role, (0.0, 1.0), "still", random.uniform(0.25, 0.8)),)
    elif kind == "several":
        actors = _several(random, role, 1.0)
    else:
        actors = _pair(random, (role, *_cast(random, casting, 1, but=role[0])), 1.0)
    return Scene(kind, 1.0, random.choice(ASPECTS), Background.sample(random, TEXTURES), actors)


def redrawn(random: Random, still: Scene) -> Scene:
    """The still with everything in it coloured in flatly between dark lines."""

    def drawn(actor: Actor) -> Actor:
        return replace(
            actor,
            look=replace(actor.look, outline=random.uniform(0.012, 0.035), colours=random.randint(3, 8)),
        )

    return replace(still, actors=tuple(drawn(actor) for actor in still.actors))


def sample_distant(random: Random, role: Role) -> Scene:
    """A still of a small thing anywhere, perhaps half outside: what things look like on their way."""
    size = math.exp(random.uniform(math.log(0.12), math.log(0.4)))
    home = (random.uniform(0.08, 0.92), random.uniform(0.08, 0.92))
    actor = _actor(random, role, (0.0, 1.0), "still", size, home)
    return Scene("single", 1.0, random.choice(ASPECTS), Background.sample(random, TEXTURES), (actor,))


def cut_together(stills: list[Scene], edges: list[float]) -> Scene:
    """The scene of a clip that shows one still after the other; edges: [stills + 1], seconds."""
    actors = tuple(
        replace(actor, appears=start, disappears=end)
        for still, start, end in zip(stills, edges, edges[1:], strict=False)
        for actor in still.actors
    )
    first = stills[0]
    if len(stills) == 1:
        return replace(first, duration=edges[-1], actors=actors, from_stills=True)
    colours = {still.background.colour for still in stills}
    background = replace(first.background, colour=colours.pop() if len(colours) == 1 else None)
    return Scene("sequence", edges[-1], first.aspect, background, actors, from_stills=True)


def _cast(random: Random, casting: Casting, number: int, but: Concept | None = None) -> list[Role]:
    """Different objects, none of them `but`, each in one of its pictures."""
    chosen = random.sample([role for role in casting.values() if role[0] != but], number)
    return [(concept, random.choice(pictures)) for concept, pictures in chosen]


def _actor(
    random: Random,
    role: Role,
    stay: tuple[float, float],
    motion: str,
    size: float,
    home: tuple[float, float] | None = None,
) -> Actor:
    """An actor that performs `motion` during `stay` around `home`."""
    x, y = home or (random.uniform(0.25, 0.75), random.uniform(0.25, 0.75))
    start, end, start_size, end_size = (x, y), (x, y), size, size
    travel = random.uniform(0.4, 0.8)
    lead = 0.5 - travel / 2 + random.uniform(-0.08, 0.08)
    if motion in ("left", "right"):
        drift = random.uniform(-0.05, 0.05)
        start, end = (lead, y), (lead + travel, y + drift)
    elif motion in ("up", "down"):
        drift = random.uniform(-0.05, 0.05)
        start, end = (x, lead), (x + drift, lead + travel)
    if motion in ("left", "up"):
        start, end = end, start
    if motion in ("closer", "away"):
        small, growth = random.uniform(0.12, 0.25), random.uniform(2.4, 4.0)
        start_size, end_size = small, min(small * growth, 0.9)
        start = end = (0.5 + (x - 0.5) * 0.5, 0.5 + (y - 0.5) * 0.5)
    if motion == "away":
        start_size, end_size = end_size, start_size
    concept, sprite = role
    mirrored = random.random() < 0.5
    tilt = random.gauss(0, 8) if random.random() < 0.5 else 0.0
    look = Look.sample(random)
    return Actor(concept, sprite, *stay, motion, start, end, start_size, end_size, mirrored, tilt, look)


def _motion(random: Random) -> str:
    return random.choice(list(MOTIONS))


def _single(random: Random, role: Role, duration: float) -> tuple[Actor, ...]:
    appears = duration * random.uniform(0.1, 0.6) if random.random() < 0.25 else 0.0
    motion = _motion(random) if appears < 0.3 * duration else "still"
    return (_actor(random, role, (appears, duration), motion, random.uniform(0.25, 0.6)),)


def _sequence(random: Random, casting: Casting, duration: float) -> tuple[Actor, ...]:
    roles = _cast(random, casting, random.choices((2, 3), weights=(3, 2))[0])
    shares = [random.uniform(0.7, 1.3) for _ in roles]
    edges = [0.0]
    for share in shares:
        edges.append(edges[-1] + duration * share / sum(shares))
    edges[-1] = duration
    actors = []
    for role, start, end in zip(roles, edges, edges[1:], strict=False):
        motion = _motion(random) if random.random() < 0.4 else "still"
        actors.append(_actor(random, role, (start, end), motion, random.uniform(0.3, 0.6)))
    return tuple(actors)


def _several(random: Random, role: Role, duration: float) -> tuple[Actor, ...]:
    number = random.choice((1, 2, 2, 3, 3, 4, 4))
    size = random.uniform(0.2, 0.34)
    slots = [(x, y) for x in (0.2, 0.5, 0.8) for y in (0.22, 0.5, 0.78)]
    homes = random.sample(slots, number)
    actors = []
    for x, y in homes:
        home = (x + random.uniform(-0.05, 0.05), y + random.uniform(-0.05, 0.05))
        actors.append(_actor(random, role, (0.0, duration), "still", size, home))
    return tuple(actors)


def _pair(random: Random, roles: tuple[Role, ...], duration: float) -> tuple[Actor, ...]:
    """Two different objects side by side, both still: who is where."""
    y1, y2 = random.uniform(0.35, 0.65), random.uniform(0.35, 0.65)
    if random.random() < 0.6:
        homes = [(random.uniform(0.18, 0.3), y1), (random.uniform(0.7, 0.82), y2)]
    else:
        homes = [(y1, random.uniform(0.18, 0.3)), (y2, random.uniform(0.7, 0.82))]
    random.shuffle(homes)
    sizes = [random.uniform(0.25, 0.4) for _ in roles]
    return tuple(
        _actor(random, role, (0.0, duration), "still", size, home)
        for role, home, size in zip(roles, homes, sizes, strict=True)
    )


assert set(PLACES) == {"left", "right", "top", "bottom", "middle"}, "place_of speaks of exactly these"
