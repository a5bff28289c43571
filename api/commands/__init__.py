"""The commands, one file for each group; each parses, calls the engine and prints."""
