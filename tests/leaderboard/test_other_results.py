"""A table without results names the options that show those that there are; they do show some."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthworth.__main__ import main
from synthworth.core.result import write
from synthworth.leaderboard import written_sets
from synthworth.leaderboard.other_results import shown_with
from toys import result

KINDS = st.tuples(
    st.sampled_from(["majority", "tfidf", "minilm"]),
    st.sampled_from(["mirror", "quickstart"]),
    st.sampled_from([0, 5, 20]),
)


def results_of(kinds):
    return [
        result(method="zero_shot", demonstrations="", classifier=classifier, data=source, per_label=size)
        for classifier, source, size in kinds
    ]


@given(kinds=st.lists(KINDS, unique=True, max_size=6), size=st.sampled_from([5, 100]))
def test_the_options_that_are_named_show_results_and_are_named_only_if_there_are_some(kinds, size):
    results = results_of(kinds)
    asked = {"classifier": "minilm", "source": "mirror", "sizes": [size]}
    said = shown_with(results, lambda one: True, **asked)
    useful = [one for one in results if one.classifier != "majority" and one.per_label]  # --sizes takes no 0
    if not useful or ("minilm", "mirror", size) in kinds:
        assert said == ""
        return
    _, *options, _, _, _, _, _, _ = shlex.split(said.replace(", of", " of"))
    given_options = dict(zip(options[::2], options[1::2], strict=True))
    sizes = [int(one) for one in given_options.get("--sizes", str(size)).split(",")]
    classifier, source = given_options.get("--classifier", "minilm"), given_options.get("--source", "mirror")
    assert written_sets(results, classifier=classifier, source=source, sizes=sizes)


@pytest.mark.parametrize(
    ("command", "options", "method"),
    [
        ("worth", "--classifier tfidf --source quickstart --sizes 20", "zero_shot"),
        ("matrix", "--classifier tfidf --source quickstart", "zero_shot"),
        ("mix", "--classifier tfidf --source quickstart", "real5+zero_shot"),
    ],
)
def test_a_command_that_finds_nothing_says_with_which_options_it_would(tmp_path, capsys, command, options, method):
    one = result(method=method, demonstrations="", classifier="tfidf", data="quickstart", per_label=20)
    write(tmp_path / "results.jsonl", [one])
    assert main([command, str(tmp_path / "results.jsonl")]) == 4
    assert f"add {options}, of which there are some, or make some with: pytest" in capsys.readouterr().err
    main([command, str(tmp_path / "results.jsonl"), *options.split()])
    assert "no results of" not in capsys.readouterr().err
