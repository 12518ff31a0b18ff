"""Actors: the objects of a scene, each with its look, its stay on the screen and its way across it.

Positions and sizes are fractions of the picture; times are seconds. Every choice comes from one
`random.Random`, so a seed is a clip.
"""

from dataclasses import dataclass, field
from random import Random

from core.lab.art.sprites import Sprite
from core.lab.questions.words import MOTIONS, Concept


@dataclass(frozen=True)
class Look:
    """Random changes to an artist's picture, as augmentation against overfitting to styles."""

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
        """(x, y, size) at a time in seconds, or None while it is not on the screen."""
        if not self.appears <= seconds < self.disappears:
            return None
        way = (seconds - self.appears) / (self.disappears - self.appears)
        x = self.start[0] + way * (self.end[0] - self.start[0])
        y = self.start[1] + way * (self.end[1] - self.start[1])
        size = self.start_size * (self.end_size / self.start_size) ** way  # constant rate of zoom
        return x, y, size


Role = tuple[Concept, Sprite]
Casting = dict[str, tuple[Concept, list[Sprite]]]  # concept id -> concept and its usable pictures


def cast_roles(random: Random, casting: Casting, number: int, but: Concept | None = None) -> list[Role]:
    """Different objects, none of them `but`, each in one of its pictures."""
    chosen = random.sample([role for role in casting.values() if role[0] != but], number)
    return [(concept, random.choice(pictures)) for concept, pictures in chosen]


def sample_actor(
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


def single_actor(random: Random, role: Role, duration: float) -> tuple[Actor, ...]:
    """One object, which may appear late, and moves unless it appears too late."""
    appears = duration * random.uniform(0.1, 0.6) if random.random() < 0.25 else 0.0
    motion = _motion(random) if appears < 0.3 * duration else "still"
    return (sample_actor(random, role, (appears, duration), motion, random.uniform(0.25, 0.6)),)


def actors_in_sequence(random: Random, casting: Casting, duration: float) -> tuple[Actor, ...]:
    """Two or three different objects, one after the other."""
    roles = cast_roles(random, casting, random.choices((2, 3), weights=(3, 2))[0])
    shares = [random.uniform(0.7, 1.3) for _ in roles]
    edges = [0.0]
    for share in shares:
        edges.append(edges[-1] + duration * share / sum(shares))
    edges[-1] = duration
    actors = []
    for role, start, end in zip(roles, edges, edges[1:], strict=False):
        motion = _motion(random) if random.random() < 0.4 else "still"
        actors.append(sample_actor(random, role, (start, end), motion, random.uniform(0.3, 0.6)))
    return tuple(actors)


def several_actors(random: Random, role: Role, duration: float) -> tuple[Actor, ...]:
    """One to four copies of one object, none of them moving."""
    number = random.choice((1, 2, 2, 3, 3, 4, 4))
    size = random.uniform(0.2, 0.34)
    slots = [(x, y) for x in (0.2, 0.5, 0.8) for y in (0.22, 0.5, 0.78)]
    homes = random.sample(slots, number)
    actors = []
    for x, y in homes:
        home = (x + random.uniform(-0.05, 0.05), y + random.uniform(-0.05, 0.05))
        actors.append(sample_actor(random, role, (0.0, duration), "still", size, home))
    return tuple(actors)


def pair_of_actors(random: Random, roles: tuple[Role, ...], duration: float) -> tuple[Actor, ...]:
    """Two different objects side by side, none of them moving."""
    y1, y2 = random.uniform(0.35, 0.65), random.uniform(0.35, 0.65)
    if random.random() < 0.6:
        homes = [(random.uniform(0.18, 0.3), y1), (random.uniform(0.7, 0.82), y2)]
    else:
        homes = [(y1, random.uniform(0.18, 0.3)), (y2, random.uniform(0.7, 0.82))]
    random.shuffle(homes)
    sizes = [random.uniform(0.25, 0.4) for _ in roles]
    return tuple(
        sample_actor(random, role, (0.0, duration), "still", size, home)
        for role, home, size in zip(roles, homes, sizes, strict=True)
    )
