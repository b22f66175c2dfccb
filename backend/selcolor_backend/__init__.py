"""The daemon, its pipeline and the command line of Selective Colorize."""
