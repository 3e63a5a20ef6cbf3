"""The pages of the board: they draw and give commands, and decide nothing."""
