# A suite: one file with a task, and what it claims.
# A method of your own: a function (task, sources, per_label, seed) -> Generated.
from .core.completion import Completion as Completion
from .core.completion import Request as Request

# A notebook: run a suite without pytest, read and write results, show them.
from .core.result import Result as Result
from .core.result import read as read
from .core.result import write as write
from .core.task import Example as Example
from .core.task import Hub as Hub
from .core.task import Raters as Raters
from .core.task import Task as Task
from .generation import prompts as prompts
from .generation.collect import Draw as Draw
from .generation.collect import Generated as Generated
from .generation.collect import Sources as Sources
from .generation.collect import collect as collect
from .leaderboard.render import render as render
from .leaderboard.scoring.ranking import TextRanking as TextRanking
from .leaderboard.scoring.ranking import rank as rank
from .leaderboard.scoring.report import TextScore as TextScore
from .leaderboard.scoring.score import score as score
from .leaderboard.task_run import TaskRun as TaskRun
from .leaderboard.task_run import run as run

# Scores, from true and predicted labels.
from .measures.metrics import accuracy as accuracy
from .measures.metrics import confusion as confusion
from .measures.metrics import macro_f1 as macro_f1
from .measures.statistics import bootstrap_interval as bootstrap_interval
from .pipeline.generate import WrittenTexts as WrittenTexts
from .pipeline.generate import generate as generate
from .pipeline.replay import run_of as run_of
from .pipeline.replay import suites_in as suites_in
from .pipeline.replay import trainer as trainer
from .pipeline.suite import Expectation as Expectation
from .pipeline.suite import TaskSuite as TaskSuite
from .pipeline.training_sets import Settings as Settings

__all__ = [
    "Completion",
    "Draw",
    "Example",
    "Expectation",
    "Generated",
    "Hub",
    "Raters",
    "Request",
    "Result",
    "Settings",
    "Sources",
    "Task",
    "TaskRun",
    "TaskSuite",
    "TextRanking",
    "TextScore",
    "WrittenTexts",
    "accuracy",
    "bootstrap_interval",
    "collect",
    "confusion",
    "generate",
    "macro_f1",
    "prompts",
    "rank",
    "read",
    "render",
    "run",
    "run_of",
    "score",
    "suites_in",
    "trainer",
    "write",
]
