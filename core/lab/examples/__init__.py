"""The example clips of the page: how they are made, from what may be redistributed."""
