"""Translation for what is shown even where the packages that hold it cannot be imported."""

from __future__ import annotations

__all__ = ["translate"]

try:
    from selcolor_plugin.translation import translate
except ImportError:  # then there is English

    def translate(text: str) -> str:
        """The text as it is."""
        return text
