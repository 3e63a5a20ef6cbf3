"""Rankers and how they are judged: each scores a feature matrix and explains every point it gives."""
