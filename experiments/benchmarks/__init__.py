"""Speed figures, each measured beside a floor and named alternatives in the same run.

Every figure is a whole process as a user would start it; nothing here asserts how fast a machine must be.
"""
