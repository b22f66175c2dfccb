"""How the layer of color hints is called: a name that files carry from one program to another.

The plugins call it by its name in the user's language, and find it by each of them, as does
`selcolor colorize --hints`.
"""

from __future__ import annotations

HINTS_NAME = "Color Hints"

HINTS_NAMES = (
    HINTS_NAME,
    "Farbhinweise",
    "Indications de couleur",
    "Indicaciones de color",
    "Indicações de cor",
    "色のヒント",
    "颜色提示",
)
