"""What pages are made of: pure functions from values to markup, in which every value is text."""
