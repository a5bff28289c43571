"""Trains the reader, with the extra `quoth[train]`; nothing that answers imports it."""
