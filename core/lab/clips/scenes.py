"""Scenes: the content of a procedural clip as data, before anything is drawn.

A scene is the ground truth for its questions. Positions and sizes are fractions of the picture; times are
seconds. Every choice comes from one `random.Random`, so a seed is a clip.
"""

import math
from dataclasses import dataclass, field, replace
from random import Random

from core.lab.clips.actors import (
    Actor,
    Casting,
    Role,
    actors_in_sequence,
    cast_roles,
    pair_of_actors,
    sample_actor,
    several_actors,
    single_actor,
)
from core.lab.questions.words import COLOURS, PLACES

ASPECTS = (16 / 9, 16 / 9, 4 / 3, 1.0, 3 / 4, 9 / 16)  # width / height; wide ones are the commonest
TEXTURES = (
    *("plain", "plain", "gradient", "noise", "stripes", "dots", "vignette"),
    *("rays", "rings", "waves", "bricks", "shapes"),
)
UNSEEN_TEXTURES = ("checks", "clouds")  # held out for the test
PHOTO = "photo"  # the kind of a scene that is a photograph of one thing
UNCLEAR = "unclear"  # and of one that shows nothing recognisable
WHOLE_PICTURES = (PHOTO, UNCLEAR)  # one thing fills the picture
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
class Occluder:
    """A bar from edge to edge before everything; it does not move."""

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
    # about motion there learns that nothing ever moves. Not in the repr, which is hashed: see scene_digest.
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
        """Whether photographs are in it, which may show more than its actors."""
        return self.conditions.backdrop is not None or any(
            actor.sprite.style == "photo" for actor in self.actors
        )


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
        actors = single_actor(random, cast_roles(random, casting, 1)[0], duration)
    elif kind == "sequence":
        actors = actors_in_sequence(random, casting, duration)
    elif kind == "several":
        actors = several_actors(random, cast_roles(random, casting, 1)[0], duration)
    else:
        actors = pair_of_actors(random, tuple(cast_roles(random, casting, 2)), duration)
    return Scene(kind, duration, random.choice(ASPECTS), background, actors)


def sample_conditions(random: Random, backdrops: tuple[str, ...]) -> Conditions:
    """Random conditions; backdrops: paths of photographs of places, without a thing of their own."""
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
    """A scene without motion, with this object, and perhaps others."""
    kind = random.choices(("single", "several", "pair"), weights=(75, 15, 10))[0]
    if kind == "single":
        actors: tuple[Actor, ...] = (
            sample_actor(random, role, (0.0, 1.0), "still", random.uniform(0.25, 0.8)),
        )
    elif kind == "several":
        actors = several_actors(random, role, 1.0)
    else:
        actors = pair_of_actors(random, (role, *cast_roles(random, casting, 1, but=role[0])), 1.0)
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
    """A still of a small thing anywhere, perhaps half outside, as in clips where things pass."""
    size = math.exp(random.uniform(math.log(0.12), math.log(0.4)))
    home = (random.uniform(0.08, 0.92), random.uniform(0.08, 0.92))
    actor = sample_actor(random, role, (0.0, 1.0), "still", size, home)
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


assert set(PLACES) == {"left", "right", "top", "bottom", "middle"}, "place_of returns exactly these"
