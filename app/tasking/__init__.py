"""The work on the case store: commands in the imperative, events in the past tense, each change with its log entry."""
