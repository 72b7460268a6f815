"""Judges: papers in, verdicts out."""
