"""The rooms of the package, from the bottom up: the one list that the layer test and the picture read."""

# A room imports only rooms of the lines above it, and its own modules without a circle.
ROOMS = (
    ("core",),
    ("measures", "training"),
    ("generation",),
    ("pipeline",),
    ("subjectivity", "gate", "submission"),
    ("leaderboard",),
    ("study", "plugin"),
    ("cli",),
)
