"""The version of Selective Colorize, of all its parts: the distribution takes it from here."""

VERSION = "0.1.0"
