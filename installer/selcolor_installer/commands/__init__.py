"""The subcommands of `selcolor` that concern installing; `selcolor_backend.cli` finds them.

They are named in pyproject.toml as entry points of the group `selcolor.commands`.
"""
