"""The claims of Li et al. 2023 (arXiv 2310.07849) on what these suites have measured.

Each claim is asked of `results.jsonl` (and of `quality.jsonl` and `comparisons.csv` beside it), all of them as one
family, with Holm's correction: *supported* passes, *contradicted* fails, and everything else is skipped: *cannot tell*,
*withheld* for one draw of the texts, *disputed* by another measure, and verdicts about the very texts of one draw.
`pytest -rs` shows the verdicts with interval and n; docs/results.md has those on the committed results.

Nothing is trained and nobody is asked. Claims about single test rows need the real texts: --synth-data DIR.
Command: pytest suites/test_subjectivity.py --synth-data DIR -rs. Time: 10 s.
"""

from pathlib import Path

import pytest

from synthworth.study import EvidenceFiles, gather, verdicts_of
from synthworth.study.claims import CONTRADICTED, SUPPORTED, Conditions

HERE = Path(__file__).parent
CONDITIONS = Conditions(data="mirror", classifier="minilm", per_label=100, seeds=3)


@pytest.fixture(scope="module")
def verdicts(request):
    data = request.config.getoption("--synth-data")
    sources = EvidenceFiles(suites=[HERE], results=[HERE / "results.jsonl"], data=data if Path(data).is_dir() else None)
    return verdicts_of(gather(sources, CONDITIONS))


@pytest.fixture
def judge(verdicts):
    """Judges the claims of a kind whose words begin so; what could not be asked says what is missing."""

    def judged(kind, *beginnings):
        told = [(v.claim, v) for v in verdicts[0]] + [(v.claim.partition(": ")[2], v) for v in verdicts[0]]
        found = [v for claim, v in told if claim.startswith(beginnings)]
        if not found:
            pytest.skip(f"not asked: {verdicts[1].get(kind, 'these results have no such claim')}")
        if against := [str(v) for v in found if v.verdict == CONTRADICTED and not v.one_draw]:
            pytest.fail("\n".join(against), pytrace=False)
        if open_ := [str(v) for v in found if v.verdict != SUPPORTED or v.one_draw]:
            pytest.skip("; ".join(open_))

    return judged


def test_real_texts_are_at_least_as_good_as_few_shot_ones(judge):
    judge("order", "real >= few_shot")


def test_few_shot_texts_are_at_least_as_good_as_zero_shot_ones(judge):
    judge("order", "few_shot >= zero_shot")


@pytest.mark.parametrize("method", ["few_shot", "zero_shot"])
def test_the_drop_grows_with_the_subjectivity_of_the_task(judge, method):
    judge("drops", f"the drop of {method}")


def test_accuracy_after_synthetic_texts_rises_with_agreement(judge):
    judge("rises", "accuracy after synthetic data rises")


def test_accuracy_rises_less_with_agreement_after_real_texts(judge):
    judge("rises", "accuracy rises less")


@pytest.mark.parametrize("measure", ["remote clique", "chamfer"])
@pytest.mark.parametrize("order", ["real > few_shot", "few_shot > zero_shot", "few_shot is nearer to real"])
def test_diversity_falls_from_real_over_few_shot_to_zero_shot(judge, measure, order):
    judge("diversities", f"{measure}: {order}")


def test_few_shot_texts_are_more_similar_to_real_ones_than_zero_shot_texts(judge):
    judge("similarities", "few_shot texts are more similar")


def test_mixing_a_small_real_set_with_synthetic_texts_does_not_help(judge):
    judge("mixing", "real10+", "mixed is less")
