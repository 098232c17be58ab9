"""Options about which classifiers are trained, and where."""

from pathlib import Path

from synthworth.plugin.options.option import Option, names_in, whole_number

CLASSIFIERS = "majority,tfidf,minilm"
GPU_CLASSIFIERS = "bert,roberta"
EXECUTORS = ("local", "ray")
MOST_SEEDS = 1000  # each is a test: pytest would collect a billion of them for ever


def _classifiers(text: str) -> tuple[str, ...]:
    from synthworth.training import recipe

    names = names_in("classifier", "classifier", text)
    for name in names:
        recipe(name)
    return names


def _executor(text: str) -> str:
    if text not in EXECUTORS and not text.startswith("ray="):
        from synthworth.core import unknown

        raise ValueError(unknown("executor", text, (*EXECUTORS, "ray=ADDRESS")))
    return text


def _cache(text: str) -> Path | None:
    from synthworth.core import user_cache

    if text == "off":
        return None
    path = Path(text) if text else user_cache() / "predictions"
    if path.exists() and not path.is_dir():
        raise ValueError(f"--synth-cache {path} is not a folder; give one, or off")
    return path


TITLE = "synthworth: which classifiers are trained, and where"
OPTIONS = (
    Option(
        name="classifier",
        help=f"classifiers, by comma: {CLASSIFIERS}, nearest, probe, {GPU_CLASSIFIERS}, a hub id or a local folder",
        shown=f"{CLASSIFIERS}; with -m gpu: {GPU_CLASSIFIERS}",
        example="tfidf,minilm",
        read=_classifiers,
        field="classifiers",
    ),
    Option(
        name="seeds",
        help="number of training seeds, counted from 0",
        default="1",
        with_baseline="1",
        example="5",
        read=lambda text: range(whole_number("seeds", 1, MOST_SEEDS)(text)),
    ),
    Option(
        name="executor",
        help="where to train: local (processes of this machine) or ray[=ADDRESS] (a cluster; without an address, one "
        "started here)",
        default="local",
        example="ray=auto",
        read=_executor,
    ),
    Option(
        name="processes",
        help="trainings side by side on this machine; 0: as many as fit",
        default="0",
        example="1",
        read=whole_number("processes", 0),
    ),
    Option(
        name="threads",
        help="CPU threads of one training; another number rounds differently",
        default="1",
        example="4",
        read=whole_number("threads", 1),
    ),
    Option(
        name="cache",
        help="folder of predictions made before, or off",
        shown="~/.cache/synthworth",
        example="off",
        read=_cache,
    ),
)
