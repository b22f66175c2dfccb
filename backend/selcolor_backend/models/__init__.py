"""The models' files: which exist, where they come from, whether they are sound, how they open.

`registry` and `store` import no torch, so that the daemon's socket process can list models.
"""
