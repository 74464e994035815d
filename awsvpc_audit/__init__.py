"""Why Amazon ECS tasks in ``awsvpc`` network mode are not placed, do not start, or cannot reach what they need."""

__version__ = "0.1.0"
