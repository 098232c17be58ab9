"""--synth-mix in a whole session: written texts beside a few real ones, and what stands beside these."""

import pytest

from projects import project, record, replay
from synthworth.core.result import read
from synthworth.leaderboard import mixtures

TFIDF = ("--synth-data", "mirror", "--synth-classifier", "tfidf", "--synth-per-label", "5")
OF = (*TFIDF, "--synth-method", "zero_shot")
MIX = ("--synth-mix", "0,2,4")


def both_with_zero_shot(both):
    """The options of `both`, and the written texts alone, which --synth-mix needs."""
    return (*both[:-1], f"zero_shot,{both[-1]}")


def sizes(pytester, *options, of=OF):
    """What a session trained on, as methods and numbers of texts per label."""
    results = pytester.path / "results.jsonl"
    results.unlink(missing_ok=True)
    done = replay(pytester, *options, "--synth-results", "results.jsonl", of=of)
    assert done.ret == 0
    return {(one.method, one.per_label, one.train_rows) for one in read(results)}


def test_a_written_method_stands_alone_and_with_each_number_of_real_texts(pytester):
    project(pytester)
    record(pytester, *MIX, of=OF)
    assert sizes(pytester, *MIX) == {
        ("zero_shot", 5, 10),
        *{("real2+zero_shot", 5, 14), ("real4+zero_shot", 5, 18)},
        *{("real", 2, 4), ("real", 4, 8)},
        *{("augmented2", 7, 14), ("augmented4", 9, 18)},
    }


def test_without_0_no_written_text_stands_alone_and_named_methods_stay(pytester):
    project(pytester)
    record(pytester, of=OF)
    named = (*TFIDF, "--synth-method", "real,zero_shot")
    assert sizes(pytester, "--synth-mix", "2", "--synth-curve", "3", of=named) == {
        *{("real", 2, 4), ("real", 3, 6), ("real", 5, 10)},
        *{("real2+zero_shot", 3, 10), ("real2+zero_shot", 5, 14)},
        ("augmented2", 7, 14),
    }


def test_refined_texts_are_mixed_as_they_are_refined(pytester):
    project(pytester)
    record(pytester, of=OF)
    mixed = sizes(pytester, "--synth-mix", "2", "--synth-refine", "dedup")
    assert ("real2+zero_shot|dedup", 5, 14) in mixed
    assert not {method for method, *_ in mixed} & {"zero_shot", "zero_shot|dedup"}


def test_the_same_real_texts_are_alone_edited_and_mixed(pytester):
    project(pytester)
    record(pytester, *MIX, of=OF)
    draws = ("--synth-generation-seed", "0,1")
    record(pytester, *draws, of=OF)
    replay(pytester, *MIX, *draws, "--synth-results", "results.jsonl", of=OF)
    found = mixtures(read(pytester.path / "results.jsonl"), classifier="tfidf")
    assert [one.real_per_label for one in found] == [0, 2, 4]
    assert {one.draws for one in found} == {2}
    assert all(one.real and one.edited and one.alone and one.curve for one in found[1:])


def test_the_table_stands_at_the_end_with_the_command_that_says_what_to_do(pytester):
    project(pytester)
    shown, _ = record(pytester, *MIX, "--synth-results", "results.jsonl", of=OF)
    shown.stdout.fnmatch_lines(["Real texts, written texts, and both", "*toy *zero_shot *toy-llm * 2 * 5 *"])
    shown.stdout.fnmatch_lines(["Label more, generate, or both? synthworth mix results.jsonl"])
    shown = replay(pytester, *MIX, of=OF)
    shown.stdout.fnmatch_lines(["keep the results with --synth-results FILE to see what to do next (synthworth mix)"])
    shown.stdout.no_fnmatch_line("*synthworth mix FILE*")
    shown = replay(pytester, *MIX, "--synth-results", "my results.jsonl", of=OF)
    shown.stdout.fnmatch_lines(["Label more, generate, or both? synthworth mix 'my results.jsonl'"])


def test_processes_of_xdist_collect_alike(pytester):
    project(pytester)
    record(pytester, of=OF)
    done = pytester.runpytest_subprocess(*OF, *MIX, "--synth-generator", "toy-llm", "-n", "2", "-q")
    assert done.ret == 0


def test_all_real_texts_stand_alone_beside_those_with_written_ones(pytester):
    project(pytester)
    both = (*TFIDF, "--synth-method", "all+zero_shot")
    shown, _ = record(pytester, of=both)
    shown.stdout.re_match_lines([r"toy +all\+zero_shot .*tfidf +5 ", r"toy +real +tfidf +all "], consecutive=False)
    assert sizes(pytester, of=both) == {("all+zero_shot", 5, 30), ("real", 0, 20)}
    named = (*TFIDF, "--synth-method", "zero_shot,real,all+zero_shot")
    curve = {("real", 5, 10), ("real", 3, 6), ("zero_shot", 3, 6), ("zero_shot", 5, 10), ("all+zero_shot", 3, 26)}
    added = {("all+zero_shot", 5, 30), ("real", 0, 20)}
    assert sizes(pytester, "--synth-curve", "3", of=named) == curve | added
    mixed = sizes(pytester, "--synth-mix", "2", "--synth-shares", "natural", of=both_with_zero_shot(both))
    assert {("real", 2, 4), ("real", 0, 20)} <= mixed


@pytest.mark.parametrize(
    ("options", "lacking"),
    [(("all+zero_shot",), "real"), (("zero_shot", *MIX), "augmented2, augmented4, real"), (("zero_shot",), "")],
)
@pytest.mark.parametrize(("keyword", "remedy"), [("score", "score or curve"), ("not curve", "(not curve) or curve")])
def test_a_keyword_that_leaves_out_what_stands_beside_says_so_and_its_remedy_brings_it(
    pytester, options, lacking, keyword, remedy
):
    project(pytester)
    method, *mix = options
    of = (*TFIDF, "--synth-method", method, *mix)
    record(pytester, of=of)
    shown = replay(pytester, "-k", keyword, of=of)
    line = f'synthworth: without {lacking} to compare with: -k left out its test_curve, which -k "{remedy}" takes in'
    assert (line in shown.outlines) == bool(lacking)
    whole = replay(pytester, "-k", remedy, of=of)
    assert "to compare with" not in str(whole.stdout)


def test_a_keyword_that_keeps_what_stands_beside_is_not_said_to_leave_it_out(pytester):
    for name in ("toy", "other"):
        project(pytester, name=name)
    of = (*TFIDF, "--synth-method", "all+zero_shot")
    record(pytester, of=of)
    one_task = replay(pytester, "-k", "TestOther", of=of)
    assert "to compare with" not in str(one_task.stdout)
    one_seed = replay(pytester, "--synth-seeds", "2", "-k", "not real-tfidf-0-1", of=of)
    assert one_seed.parseoutcomes()["deselected"] == 2  # of each task its second seed
    assert "to compare with" not in str(one_seed.stdout)
    lacking = replay(pytester, "-k", "TestOther and score", of=of)
    assert "without real to compare with" in str(lacking.stdout)


def test_processes_of_xdist_say_too_what_a_keyword_leaves_out(pytester):
    project(pytester)
    of = (*TFIDF, "--synth-method", "all+zero_shot")
    record(pytester, of=of)
    shown = pytester.runpytest_subprocess(*of, "--synth-generator", "toy-llm", "-k", "score", "-n", "2")
    shown.stdout.fnmatch_lines(["synthworth: without real to compare with: -k left out its test_curve, *"])


def test_a_claim_about_real_texts_is_not_tested_where_they_only_stand_beside(pytester):
    claim = "    expectations = (Expectation(method='real', classifier='tfidf', per_label=5, at_least=0.1),)\n"
    project(pytester, claim)
    both = (*TFIDF, "--synth-method", "all+zero_shot")
    record(pytester, of=both)
    assert sizes(pytester, of=both) == {("all+zero_shot", 5, 30), ("real", 0, 20)}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--synth-mix", "ten"), "--synth-mix is ten; give a whole number, 0 or more"),
        (("--synth-mix", "2", "--synth-method", "real"), "*none of real writes; add few_shot"),
        (("--synth-mix", "2", "--synth-per-label", "0", "--synth-method", "data:texts"), "*give --synth-per-label 1*"),
    ],
)
def test_a_mix_that_makes_no_sense_ends_in_one_line(pytester, options, problem):
    project(pytester)
    (pytester.path / "texts").mkdir()
    (pytester.path / "texts" / "toy.jsonl").write_text('{"text": "a kind note", "label": "good"}\n')
    shown = replay(pytester, *options, of=())
    shown.stderr.fnmatch_lines([f"*{problem}*"])
    assert len([line for line in shown.errlines if line.strip()]) == 1


def test_without_it_no_method_is_added(pytester):
    project(pytester)
    record(pytester, of=OF)
    assert sizes(pytester) == {("zero_shot", 5, 10)}
