"""What the plugins of all editors share: settings, job, layer plan, texts. No editor, no numpy.

An editor's adapter does four things: it reads pixels into rasters, shows `texts`, polls a `Job`
from its event loop, and builds a `LayerPlan` with its own API. Nothing here blocks, starts a
thread or knows a toolkit.
"""

from selcolor_plugin.version import VERSION

__all__ = ["VERSION"]
