"""Schemas every pillar speaks: the extract, the feature matrix and the ranked list."""
