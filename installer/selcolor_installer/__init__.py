"""Puts the plugins into the editors, with everything they import vendored beside them."""
