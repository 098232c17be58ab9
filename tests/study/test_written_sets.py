"""Claims about written sets on single tasks: what is compared, and what is not asked."""

import pytest

from synthworth.leaderboard import written_sets
from synthworth.study.claims import CONTRADICTED, SUPPORTED, WITHHELD
from synthworth.study.claims.written_sets import claims_about_more, claims_of, claims_table
from toys import result

AT_100 = {"per_label": 100, "classifier": "minilm"}


def drawn(right, method, *, draws=3, generator="gpt-9", prompting="", **more):
    """Results of so many draws, with about so many of 100 test rows of each label right."""
    for seed in range(draws):
        ours = right + (seed % 3) - 1
        counts = ((ours, 100 - ours), (100 - ours, ours))
        score = {"macro_f1": ours / 100, "macro_f1_low": ours / 100, "macro_f1_high": ours / 100, "confusion": counts}
        origin = {"method": method, "generator": generator, "prompting": prompting, "demonstrations": ""}
        yield result(**AT_100 | score | origin | more, generation_seed=seed, train_version=f"{method} {seed}")


REAL = [*drawn(90, "real", generator="")]
BARE = [*drawn(55, "data-gpt-9.zero_shot.lab", prompting="zero_shot")]
SHOWN = [*drawn(75, "data-gpt-9.few_shot.lab", prompting="few_shot")]


def claims(*results):
    return {one.claim: one.verdict for one in claims_of(written_sets(results, classifier="minilm", sizes=[100]), 100)}


def test_every_set_is_compared_with_real_texts_and_with_what_its_generator_wrote_otherwise():
    assert claims(*REAL, *BARE, *SHOWN) == {
        "toy: 100 real texts per label beat 100 by gpt-9 zero_shot (lab)": SUPPORTED,
        "toy: 100 real texts per label beat 100 by gpt-9 few_shot (lab)": SUPPORTED,
        "toy, 100 per label: gpt-9 few_shot (lab) beats gpt-9 zero_shot (lab)": SUPPORTED,
    }


def test_a_claim_that_the_numbers_deny_is_contradicted():
    better = drawn(97, "data-gpt-9.zero_shot.lab", prompting="zero_shot")
    assert claims(*REAL, *better)["toy: 100 real texts per label beat 100 by gpt-9 zero_shot (lab)"] == CONTRADICTED


def test_one_draw_withholds_the_claims_about_its_set_alone():
    once = drawn(55, "data-gpt-9.zero_shot.lab", prompting="zero_shot", draws=1)
    found = claims(*REAL, *once, *SHOWN)
    assert found.pop("toy: 100 real texts per label beat 100 by gpt-9 few_shot (lab)") == SUPPORTED
    assert set(found.values()) == {WITHHELD}


@pytest.mark.parametrize("more", [{"generator": "gpt-8"}, {"prompting": "by hand"}, {"short": {"good": 9}}])
def test_sets_of_other_generators_unknown_prompts_or_too_few_texts_are_not_compared(more):
    other = drawn(75, "data-gpt-9.few_shot.lab", **{"prompting": "few_shot"} | more)
    assert not [claim for claim in claims(*REAL, *BARE, *other) if " beats " in claim]


def test_the_table_has_clear_verdicts_first():
    once = drawn(55, "data-gpt-9.zero_shot.lab", prompting="zero_shot", draws=1)
    verdicts = claims_of(written_sets([*REAL, *once, *SHOWN], classifier="minilm", sizes=[100]), 100)
    assert [row["verdict"] for row in claims_table(verdicts, "100 texts per label").rows] == [
        SUPPORTED,
        WITHHELD,
        WITHHELD,
    ]


def more(*results):
    sets = written_sets(results, classifier="minilm", sizes=[1000, 100, 300])
    return {one.claim: one.verdict for one in claims_about_more(sets)}


@pytest.mark.parametrize(("right", "verdict"), [(75, SUPPORTED), (35, CONTRADICTED)])
def test_more_texts_of_a_set_are_compared_with_the_next_fewer_of_the_same(right, verdict):
    larger = [*drawn(right, "data-gpt-9.zero_shot.lab", prompting="zero_shot", per_label=1000)]
    claim = "toy: 1,000 per label by gpt-9 zero_shot (lab) beat 100 of them"
    assert more(*BARE, *SHOWN, *larger) == {claim: verdict}
    between = drawn(55, "data-gpt-9.zero_shot.lab", prompting="zero_shot", per_label=300)
    assert list(more(*BARE, *larger, *between)) == [
        "toy: 300 per label by gpt-9 zero_shot (lab) beat 100 of them",
        "toy: 1,000 per label by gpt-9 zero_shot (lab) beat 300 of them",
    ]


def test_a_larger_set_that_lacks_texts_is_not_compared_with_fewer_and_one_draw_of_it_withholds():
    lacking = drawn(75, "data-gpt-9.zero_shot.lab", prompting="zero_shot", per_label=300, short={"good": 250})
    assert more(*BARE, *lacking) == {}
    once = drawn(75, "data-gpt-9.zero_shot.lab", prompting="zero_shot", per_label=300, draws=1)
    assert more(*BARE, *once) == {"toy: 300 per label by gpt-9 zero_shot (lab) beat 100 of them": WITHHELD}
