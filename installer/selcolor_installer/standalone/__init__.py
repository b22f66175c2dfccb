"""The part of the installer that runs before anything is installed: standard library only.

It may import `selcolor_protocol.errors` and its like, which need no package either; `install.py`
and the packed installer bring them along. What the installed program needs of it, it imports.
"""
