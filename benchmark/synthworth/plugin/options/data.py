"""Options about the real texts, and how many to train on."""

from pathlib import Path

from synthworth.plugin.options.option import Option, one_of, whole_number, whole_numbers


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(sorted(whole_numbers("curve", 1)(text))) if text else ()


def _data(text: str) -> str:
    if not text.strip():
        raise ValueError("--synth-data is empty; it takes hub, quickstart, or the folder of a mirror")
    if text not in ("hub", "quickstart") and not Path(text).is_dir():
        raise ValueError(f"no folder {text}; --synth-data takes hub, quickstart, or the folder of a mirror")
    return text


TITLE = "synthworth: the real texts, and how many to train on"
OPTIONS = (
    Option(
        name="data",
        help="real texts: hub, quickstart, or the folder of a mirror",
        default="hub",
        example="../data",
        read=_data,
        asks=True,
    ),
    Option(
        name="per-label",
        help="training texts per label; 0, which only the method real can fill, is all there are",
        default="100",
        example="50",
        read=whole_number("per-label", 0),
        asks=True,
    ),
    Option(
        name="shares",
        help="shares of the labels among training texts: balanced (equal) or natural (as in the real texts, with "
        "--synth-per-label on average)",
        default="balanced",
        example="natural",
        read=one_of("shares", "balanced", "natural"),
        asks=True,
    ),
    Option(
        name="curve",
        help="train also on these numbers of texts per label, by comma",
        shown="none",
        example="10,20,50,100",
        read=_sizes,
        asks=True,
    ),
    Option(
        name="demonstrations",
        help="what few_shot shows the generator: pool (the task's own; of a task without, training texts) or real "
        "(training texts)",
        default="pool",
        example="real",
        read=one_of("demonstrations", "pool", "real"),
        asks=True,
    ),
)
