"""Random changes of a file's bytes: what a bad cable, a cut download or an attacker makes of it."""

import random

NUMBERS = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
HEAD = 512  # bytes at the beginning and the end, where most of what is believed stands


def mutated(content: bytes, chance: random.Random) -> bytes:
    """One to eight changes of it."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        if len(changed) < 16:
            break
        chance.choice((_flip, _overwrite, _cut, _drop, _repeat, _swap))(changed, chance)
    return bytes(changed)


def _place(content: bytearray, chance: random.Random) -> int:
    where = chance.random()
    last = len(content) - 1
    if where < 0.4:
        return chance.randint(0, min(HEAD, last))
    return chance.randint(max(0, last - HEAD), last) if where < 0.6 else chance.randint(0, last)


def _flip(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 4, 32))):
        content[_place(content, chance)] ^= 1 << chance.randrange(8)


def _overwrite(content: bytearray, chance: random.Random) -> None:
    """A number becomes one at the edge of what fits."""
    at, size = _place(content, chance), chance.choice((1, 2, 4, 8))
    number = chance.choice(NUMBERS) % 256**size
    content[at : at + size] = number.to_bytes(size, chance.choice(("big", "little")))[: len(content) - at]


def _cut(content: bytearray, chance: random.Random) -> None:
    if chance.random() < 0.3:
        del content[max(16, _place(content, chance)) :]


def _drop(content: bytearray, chance: random.Random) -> None:
    at = _place(content, chance)
    del content[at : at + chance.choice((1, 4, 16, 100))]


def _repeat(content: bytearray, chance: random.Random) -> None:
    at, size = _place(content, chance), chance.choice((4, 16, 100, 1000))
    content[at:at] = content[at : at + size] * chance.choice((1, 1, 5))


def _swap(content: bytearray, chance: random.Random) -> None:
    first, second, size = _place(content, chance), _place(content, chance), chance.choice((4, 16, 64))
    one, other = content[first : first + size], content[second : second + size]
    if len(one) == len(other) and abs(first - second) >= size:
        content[first : first + size], content[second : second + size] = other, one
