"""What the cards themselves say in Teams, beside the wording of `bot.wording`: English and Hungarian."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "urgent": ("Needs you now", "Most rád vár"),
        "attention": ("Needs attention", "Figyelmet kér"),
        "calm": ("For your information", "Tájékoztatás"),
        "done": ("Done", "Lezárult"),
        "required": ("Please fill this in.", "Ezt ki kell tölteni."),
        "choose": ("Choose", "Válassz"),
        "which": (
            "Whom do you mean? Choose below, or type the whole name or the e-mail.",
            "Kire gondolsz? Válassz lent, vagy írd be a teljes nevet vagy az e-mail-címet.",
        ),
        "which_of_many": (
            "Whom do you mean? Below are only {shown} of {total}: better type the whole name or the e-mail.",
            "Kire gondolsz? Lent csak {shown} van a {total} közül: inkább írd be a teljes nevet vagy az e-mail-címet.",
        ),
        "who": ("Who is it?", "Ki az?"),
    }
)


def label(name: str, locale: str) -> str:
    """The text in the reader's language. Raises `KeyError` for an unknown name."""
    english, hungarian = LABELS[name]
    return hungarian if locale.lower().startswith("hu") else english
