"""How the board looks: one palette, one type scale, one style sheet."""
