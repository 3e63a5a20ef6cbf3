"""Charts of the board: pure functions from frames to Altair charts, in the look of the board, each beside a table."""
