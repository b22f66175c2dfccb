"""The version of Selective Colorize, read from the installed package."""

from importlib.metadata import version

VERSION = version("selective-colorize")
