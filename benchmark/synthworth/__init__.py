"""synthworth: what is LLM-written training data worth? Tasks as pytest suites, results as a leaderboard."""

from synthworth.core.task import Example, Hub, Raters, Task
from synthworth.pipeline.suite import Expectation, TaskSuite

__all__ = ["Example", "Expectation", "Hub", "Raters", "Task", "TaskSuite"]
