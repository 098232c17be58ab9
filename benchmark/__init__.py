"""synthworth: what is LLM-written training data worth? Tasks as pytest suites, results as a leaderboard."""

from benchmark.suite import Expectation, TaskSuite
from benchmark.task import Example, Hub, Raters, Task

__all__ = ["Example", "Expectation", "Hub", "Raters", "Task", "TaskSuite"]
