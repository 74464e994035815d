"""Answers to questions about the typed model: pure functions that show the way they came."""
