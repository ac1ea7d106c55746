"""What is wrong in a file somebody wrote: every fault at once, each with the place and what to write instead."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import get_close_matches

_MOST_SUGGESTIONS = 20  # looking for a similar word among thousands takes its time; after these many the point is made


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `path` is like `projects.acme-de.agents[0]`, with the id where the entry has a usable
    one, else like `projects[2].id`; "" is the file as a whole.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class InvalidFile(Exception):
    """The file cannot be used; `faults` has everything that is wrong in it, in the order of reading."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


@dataclass(slots=True)
class Faults:
    """Collects faults while a file is read, so that its author sees all of them in one go."""

    found: list[Fault] = field(default_factory=list)
    _suggested: int = 0

    def add(self, path: str, message: str) -> None:
        """One more."""
        self.found.append(Fault(path, message))

    def check(self) -> None:
        """Raise `InvalidFile` if there is any."""
        if self.found:
            raise InvalidFile(tuple(self.found))

    def similar(self, word: str, known: Collection[str]) -> str:
        """A question after the word of `known` that is most like `word`, with a space before it, or nothing."""
        if self._suggested >= _MOST_SUGGESTIONS:
            return ""
        self._suggested += 1
        close = get_close_matches(word.lower(), known, n=1, cutoff=0.7)
        return f' Did you mean "{close[0]}"?' if close else ""
