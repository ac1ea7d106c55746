"""Who could cover: the shortcuts that are taken for speed."""

from __future__ import annotations

from rpds import HashTrieMap

from bot.cover import _keys


def test_keys_of_a_map_are_its_keys() -> None:
    """The quick way to a persistent map's keys gives what iterating gives; it leans on how such a map is pickled."""
    people: HashTrieMap[str, int] = HashTrieMap({f"agent{number}": number for number in range(1000)})
    assert sorted(_keys(people)) == sorted(people)
    assert _keys(HashTrieMap()) == []
