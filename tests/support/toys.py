"""A result and a task to begin with: a test changes only what it is about."""

from synthworth.core.quality import Quality
from synthworth.core.result import Result, pack
from synthworth.core.task import Task
from synthworth.measures import metrics

RECORDED = ("zero_shot", "few_shot")  # the methods whose answers for all tasks are in cassettes/


def result(**changed):
    """A result of the generator for the toy task, or one that differs from it in the fields given."""
    given = {
        "task": "toy",
        "task_version": 1,
        "data": "mirror",
        "data_version": "abc",
        "test_rows": 200,
        "generator": "smollm2-135m",
        "method": "few_shot",
        "demonstrations": "pool",
        "per_label": 100,
        "train_rows": 200,
        "train_version": "first",
        "classifier": "minilm",
        "generation_seed": 0,
        "training_seed": 0,
        "steps": 60,
        "macro_f1": 0.7,
        "macro_f1_low": 0.6,
        "macro_f1_high": 0.8,
        "accuracy": 0.72,
        "labels": ("good", "bad"),
        "confusion": ((90, 10), (46, 54)),
        "attempts": 230,
        "dropped": {"good": {"echo": 10, "length": 15}, "bad": {"echo": 5}},
        "short": {},
    }
    return Result(**given | changed)


def quality(**changed):
    """What was measured of the texts that `result()` was trained on, or what differs from it in the fields given."""
    given = {
        "task": "toy",
        "task_version": 1,
        "data": "mirror",
        "data_version": "abc",
        "generator": "smollm2-135m",
        "method": "few_shot",
        "demonstrations": "pool",
        "per_label": 100,
        "generation_seed": 0,
        "train_version": "first",
        "texts": 200,
        "median_words": 9.0,
        "size": 100,
        "real_texts": 500,
        "embedder": "all-MiniLM-L6-v2",
        "measures": {"remote_clique": (0.8, 0.78, 0.82), "chamfer": (0.4, 0.35, 0.45), "similarity": (0.5, 0.48, 0.52)},
        "leaks": {"test": {"exact": 1, "any": 3}, "train": {"exact": 0, "any": 2}},
        "leaked_rows": (7,),
        "labels": ("good", "bad"),
        "disagreement": ((80, 20), (30, 70)),
        "prompt_tokens": 1000,
        "completion_tokens": 2000,
        "judge": "minilm",
        "judge_error": 0.1,
        "examples": (("good", "bad", "Never again."),),
    }
    return Quality(**given | changed)


def task(**changed):
    """The toy task: kind and unkind notes of 1 to 12 words; every demonstration has 4."""
    given = {
        "name": "toy",
        "labels": {"good": "a kind note", "bad": "an unkind note"},
        "words": (1, 12),
        "context_prompt": "You write notes.",
        "generation_prompt": "Write {description} of about {words} words.",
        "diversity_prompt": "Write something else.",
        "demonstrations": {
            "good": ("How kind you are!", "What a lovely letter!", "Thank you very much."),
            "bad": ("Never come back here.", "What a nasty letter!", "Please go away now."),
        },
    }
    return Task(**given | changed)


def places(demonstrations):
    """A task of two labels that one word tells apart, with that many demonstrations of each."""
    return task(
        name="places",
        labels={"sea": "about the sea", "land": "about the land"},
        words=(2, 9),
        context_prompt="You write about places.",
        generation_prompt="Write a line {description} of {words} words.",
        diversity_prompt="Write something unlike the earlier lines.",
        demonstrations={
            label: tuple(f"{label} demonstration {i}" for i in range(demonstrations)) for label in ("sea", "land")
        },
    )


def predicting(true, predicted, **changed):
    """A result that holds these predictions of test rows with these true labels, "good" and "bad"."""
    counts = metrics.confusion(true, predicted, ("good", "bad"))
    score = float(metrics.macro_f1(counts))
    given = {
        "test_rows": len(true),
        "confusion": tuple(map(tuple, counts.tolist())),
        "predicted": pack([("good", "bad").index(label) for label in predicted], 2),
        "macro_f1": score,
        "macro_f1_low": score,
        "macro_f1_high": score,
        "accuracy": float(metrics.accuracy(counts)),
    }
    return result(**given | changed)
