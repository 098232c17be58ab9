"""Results, a suite and submissions that pages are made of: small ones, in a folder of their own."""

import json

from synthworth.core.result import pack, to_line, write
from synthworth.leaderboard.site import Inputs
from synthworth.submission.bundle import Bundle, digest, to_files
from synthworth.submission.contents import BundleText, BundleVersions, Declaration
from synthworth.submission.folder import write as write_files
from toys import result

SUITE = """
from synthworth import TaskSuite
from toys import task
class TestToy(TaskSuite):
    task = task({})
"""
PLANTED = "<script>document.title = 'taken'; window.taken = 1</script><img src=x onerror='window.taken = 1'>\"'&lt;"


def reference():
    """What real texts of three sizes give, and a generator's one set, for two tasks and two classifiers."""
    found = []
    for task, lift in (("toy", 0.0), ("other", 0.1)):
        for classifier, less in (("minilm", 0.0), ("tfidf", 0.1)):
            shared = {"task": task, "classifier": classifier}
            for per_label, score in ((5, 0.55), (20, 0.65), (100, 0.8)):
                real = shared | {"method": "real", "demonstrations": "", "generator": "", "per_label": per_label}
                found += [
                    scored(score + lift - less + 0.01 * seed, **real, training_seed=seed, attempts=0, dropped={})
                    for seed in range(2)
                ]
            found += [scored(0.6 + lift - less, **shared), scored(0.62 + lift - less, **shared, training_seed=1)]
    return found


def scored(score, **changed):
    """A result of that Macro-F1, with an interval around it, and the train version of what it was trained on."""
    score = round(score, 6)
    given = {"macro_f1": score, "macro_f1_low": score - 0.03, "macro_f1_high": score + 0.03, "accuracy": score}
    what = "-".join(str(changed.get(name, "")) for name in ("task", "method", "per_label"))
    return result(**{**given, "train_version": what, **changed})


def submission(folder, name, /, *, texts=(), verification=None, results=None, verified=None, **declared):
    """Writes the bundle of a submission with a score on each task; gives its folder."""
    entry = {"name": name, "method": name, "generator": "gpt", "who": "A. Nonymous", "date": "2026-11-20"} | declared
    of_it = {"method": entry["method"], "generator": entry["generator"], "demonstrations": ""}
    results = [scored(0.7, task=task, **of_it) for task in ("toy", "other")] if results is None else results
    files = to_files(
        Bundle(
            declaration=Declaration(data="hub", per_label=100, generation_seeds=[0], **entry),
            texts={("toy", 0): [BundleText(**text) for text in texts]},
            recordings={},
            usage={},
            results=results,
            versions=BundleVersions(synthworth="0", python="3", suite=1, tasks={}, libraries={}, machines={}),
        ),
        {},
    )
    write_files(folder / name, files)
    if verification is not None:
        own = [json.loads(to_line(one)) for one in (results if verified is None else verified)]
        report = {"manifest": digest(files), "entry": verification, "results": own}
        (folder / f"{name}.verification.json").write_text(json.dumps(report), encoding="utf-8")
    return folder / name


def inputs(folder, **suite):
    """A folder of results with a suite of the toy task, as `build` takes them; no submissions yet."""
    write(folder / "results.jsonl", reference())
    changed = ", ".join(f"{name}={value!r}" for name, value in suite.items())
    (folder / "test_toy.py").write_text(SUITE.format(changed), encoding="utf-8")
    (folder / "submissions").mkdir()
    return Inputs(results=folder / "results.jsonl", suites=[folder / "test_toy.py"], submissions=folder / "submissions")


def hostile(folder):
    """Inputs in which a stranger has planted a script wherever a stranger can write."""
    made = inputs(folder)
    planted = dict.fromkeys(("name", "method", "generator", "who", "note"), PLANTED)
    counts = ((90, 10), (46, 54))
    label = {"labels": (PLANTED, "bad"), "predicted": pack([0] * 136 + [1] * 64, 2), "confusion": counts}
    of_it = {"method": PLANTED, "generator": PLANTED, "demonstrations": "", **label}
    submission(
        made.submissions,
        "hostile",
        texts=[{"text": PLANTED, "label": PLANTED, "provenance": PLANTED}],
        results=[
            scored(0.9, task=task, classifier=c, **of_it) for task in ("toy", "other") for c in ("minilm", PLANTED)
        ],
        verification={"state": "data-verified", "flags": [PLANTED]},
        **planted,
    )
    submission(
        made.submissions, "honest", texts=[{"text": "so kind", "label": "good", "answers": ["ab" * 32, "cd" * 32]}]
    )
    submission(made.submissions, "free", division="open")
    return made
