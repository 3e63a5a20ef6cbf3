"""The composition root: command line, pipeline, run directories, and later the board."""
