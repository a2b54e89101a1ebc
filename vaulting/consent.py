"""What a buyer agrees to when a card is kept. A text that was shown never changes; a new one gets a new version."""

from __future__ import annotations

CURRENT = "2026-11"
TEXTS = {
    "2026-11": "The shop keeps a token of this card, never its number, so that I can pay with it again. I decide each "
    "time, and I can remove it at any time.",
}
