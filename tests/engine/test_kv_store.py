"""KV caches: the longest common beginning is kept, and the oldest goes when there is no room."""

import torch
from transformers import DynamicCache, LlamaConfig

from core.engine.kv_store import KVEntry, KVStore

CONFIG = LlamaConfig(
    hidden_size=8, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1, intermediate_size=8
)
BYTES_PER_TOKEN = 2 * 2 * 4 * 4  # two layers, keys and values, four numbers, float32


def entry(*ids: int) -> KVEntry:
    """A cache whose keys are the ids themselves, so that one sees what is left of it."""
    cache = DynamicCache(config=CONFIG)
    states = torch.tensor(ids, dtype=torch.float32).view(1, 1, -1, 1).expand(1, 1, -1, 4).contiguous()
    for layer in range(2):
        cache.update(states, states, layer)
    return KVEntry(list(ids), cache)


def held(kept: KVEntry | None) -> list[int]:
    """The ids that are really in the cache."""
    assert kept is not None
    in_cache = [layer.keys[0, 0, :, 0].int().tolist() for layer in kept.cache.layers]
    assert all(each == kept.ids for each in in_cache)
    return kept.ids


def test_a_longer_prompt_keeps_all_that_is_held() -> None:
    store = KVStore(10**6)
    store.put("a", entry(1, 2, 3))
    assert held(store.take("a", (1, 2, 3, 4))) == [1, 2, 3]


def test_a_prompt_that_differs_keeps_what_comes_before_the_difference() -> None:
    store = KVStore(10**6)
    store.put("a", entry(1, 2, 3, 4))
    assert held(store.take("a", (1, 2, 9, 4, 5))) == [1, 2]


def test_the_last_token_of_a_prompt_is_always_left_to_be_fed() -> None:
    store = KVStore(10**6)
    store.put("a", entry(1, 2, 3, 4))
    assert held(store.take("a", (1, 2, 3))) == [1, 2]


def test_nothing_in_common_leaves_an_empty_cache() -> None:
    store = KVStore(10**6)
    store.put("a", entry(1, 2))
    kept = store.take("a", (7, 8))
    assert kept is not None
    assert kept.ids == []
    assert kept.cache.get_seq_length() == 0


def test_an_entry_in_use_is_nobody_elses() -> None:
    store = KVStore(10**6)
    store.put("a", entry(1, 2))
    assert store.take("a", (1, 2, 3)) is not None
    assert store.take("a", (1, 2, 3)) is None


def test_what_is_held_of_a_prompt_can_be_told_without_taking_it() -> None:
    store = KVStore(10**6)
    store.put("a", entry(1, 2, 3))
    assert [store.shared("a", ids) for ids in ((1, 2), (1, 2, 3, 4), (1, 9), (9,), ())] == [2, 3, 1, 0, 0]
    assert store.shared("b", (1, 2)) == 0
    assert held(store.take("a", (1, 2, 3, 4))) == [1, 2, 3]


def test_an_entry_may_grow_to_what_is_allowed_for_all() -> None:
    store = KVStore(max_bytes=4 * BYTES_PER_TOKEN)
    assert store.has_room(entry(1, 2), 4)
    assert not store.has_room(entry(1, 2), 5)


def test_conversations_do_not_share() -> None:
    store = KVStore(10**6)
    store.put("a", entry(1, 2))
    assert store.take("b", (1, 2, 3)) is None


def test_the_least_recently_used_goes_first() -> None:
    store = KVStore(max_bytes=4 * BYTES_PER_TOKEN)
    store.put("a", entry(1, 2))
    store.put("b", entry(3, 4))
    assert store.bytes() == 4 * BYTES_PER_TOKEN
    a = store.take("a", (1, 2, 3))
    assert a is not None
    store.put("a", a)  # used after b
    store.put("c", entry(5, 6))
    assert store.take("b", (3, 4, 5)) is None
    assert held(store.take("a", (1, 2, 3))) == [1, 2]
    assert held(store.take("c", (5, 6, 7))) == [5, 6]


def test_one_conversation_stays_however_long_it_is() -> None:
    store = KVStore(max_bytes=1)
    store.put("a", entry(1, 2, 3))
    assert held(store.take("a", (1, 2, 3, 4))) == [1, 2, 3]


def test_a_dropped_conversation_is_gone() -> None:
    store = KVStore(10**6)
    store.put("a", entry(1))
    store.drop("a")
    store.drop("never there")
    assert store.take("a", (1, 2)) is None
    assert store.bytes() == 0
