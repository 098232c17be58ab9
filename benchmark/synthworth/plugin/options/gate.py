"""Options about the comparison with earlier results."""

from synthworth.plugin.options.option import Option, file_to_write


def _margin(text: str) -> float:
    try:
        margin = float(text)
    except ValueError:
        margin = 0.0
    if not 0 < margin < 1:
        raise ValueError(f"--synth-margin is {text}; give the smallest drop of Macro-F1 that matters, as 0.01")
    return margin


TITLE = "synthworth: compare with earlier results"
OPTIONS = (
    Option(
        name="baseline",
        help="compare with the results in this file, or in a git revision: did the prompt get worse? Several draws of "
        "the texts a side answer it, and without other words these are generation seeds 0,1,2 with one training seed "
        "each",
        shown="none",
        example="main",
        asks=True,
    ),
    Option(
        name="margin",
        help="smallest drop of Macro-F1 that matters",
        default="0.01",
        example="0.02",
        read=_margin,
    ),
    Option(
        name="strict",
        help="fail if the comparison cannot tell",
        shown="off, it warns",
        example="--synth-strict",
        flag=True,
    ),
    Option(
        name="report",
        help="write the findings to this file as Markdown",
        shown="not written",
        example="gate.md",
        read=file_to_write("report"),
    ),
)
