"""Votes are read as they were written, in four formats, and what is no vote is named by file and line."""

import csv
import gzip
import io
import json
import re
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.votes import COLUMNS, Vote, read_votes

MD_AGREEMENT = Path(__file__).parents[2] / "shared" / "data" / "extra" / "md_agreement"
FORMATS = ["votes.csv", "votes.jsonl", "votes.csv.gz", "votes.jsonl.gz"]
HEADER = ",".join(COLUMNS) + "\n"
VOTES = [Vote("1", "ann", "yes"), Vote("1", "ben", "no"), Vote("2", "ann", "no")]
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6).filter(
    lambda word: word and word == word.strip()
)
MANY = st.lists(st.builds(Vote, WORDS, WORDS, WORDS), min_size=1, max_size=8, unique_by=lambda vote: vote[:2])


def as_csv(votes):
    file = io.StringIO(newline="")
    csv.writer(file).writerows([COLUMNS, *votes])
    return file.getvalue()


def as_json(votes):
    return "".join(json.dumps(dict(zip(COLUMNS, vote, strict=True))) + "\n" for vote in votes)


def written(folder, text, name="votes.csv"):
    data = text if isinstance(text, bytes) else text.encode()
    path = Path(folder) / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def stored(folder, votes, name):
    return written(folder, as_csv(votes) if ".csv" in name else as_json(votes), name)


def refused(path):
    """What reading says, which is one line."""
    with pytest.raises(ValueError, match=r"\S") as caught:
        read_votes(path)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


# ---- what is read


@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None, max_examples=50)
@given(votes=MANY)
def test_votes_are_read_back_as_they_were_written(name, votes):
    with tempfile.TemporaryDirectory() as folder:
        assert read_votes(stored(folder, votes, name)) == votes


def test_an_ending_in_capitals_is_known(tmp_path):
    assert read_votes(stored(tmp_path, VOTES, "votes.csv").rename(tmp_path / "VOTES.CSV")) == VOTES


def test_a_path_may_be_text(tmp_path):
    assert read_votes(str(stored(tmp_path, VOTES, "votes.csv"))) == VOTES


def test_other_columns_are_passed_over_in_any_order(tmp_path):
    path = written(tmp_path, 'label,text,annotator_id,instance_id\nyes,"a, b",ann,1\n')
    assert read_votes(path) == [Vote("1", "ann", "yes")]


def test_other_fields_are_passed_over(tmp_path):
    line = {"text": "so", "label": "yes", "annotator_id": "ann", "seconds": None, "instance_id": "1"}
    assert read_votes(written(tmp_path, json.dumps(line), "votes.jsonl")) == [Vote("1", "ann", "yes")]


def test_whole_numbers_in_json_are_the_votes_of_the_same_csv(tmp_path):
    line = {"instance_id": 12, "annotator_id": 7, "label": 0}
    assert read_votes(written(tmp_path, json.dumps(line), "votes.jsonl")) == read_votes(
        written(tmp_path, HEADER + "12,7,0\n")
    )


def test_blanks_around_a_value_are_cut(tmp_path):
    path = written(tmp_path, "instance_id, annotator_id, label\n 1, ann,yes \n")
    assert read_votes(path) == [Vote("1", "ann", "yes")]


@pytest.mark.parametrize("name", FORMATS)
def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path, name):
    text = as_csv(VOTES) if ".csv" in name else as_json(VOTES)
    assert read_votes(written(tmp_path, b"\xef\xbb\xbf" + text.encode(), name)) == VOTES


@pytest.mark.parametrize("name", FORMATS)
def test_blank_lines_and_a_missing_last_line_end_are_no_matter(tmp_path, name):
    text = as_csv(VOTES) if ".csv" in name else as_json(VOTES)
    assert read_votes(written(tmp_path, "\n" + text.replace("\n", "\n\n").rstrip(), name)) == VOTES


def test_a_line_that_repeats_a_vote_counts_once(tmp_path):
    assert read_votes(stored(tmp_path, [*VOTES, VOTES[0]], "votes.csv")) == VOTES


def test_a_label_in_other_letters_is_another_label(tmp_path):
    assert {vote.label for vote in read_votes(written(tmp_path, HEADER + "1,ann,yes\n1,ben,Yes\n"))} == {"yes", "Yes"}


# ---- what is refused


@pytest.mark.parametrize("name", FORMATS)
def test_a_missing_file_is_refused_with_what_to_give(tmp_path, name):
    path = tmp_path / name
    assert refused(path) == f"cannot read votes from {path}: No such file or directory; give a .csv or .jsonl file"


@pytest.mark.parametrize(
    ("name", "ending"), [("v.tsv", ".tsv"), ("v.tsv.gz", ".tsv.gz"), ("v.gz", ".gz"), ("v", ""), ("v.csv.zip", ".zip")]
)
def test_an_unknown_ending_is_refused_with_the_known_ones(tmp_path, name, ending):
    known = "endings: .csv, .csv.gz, .jsonl, .jsonl.gz"
    assert f"{tmp_path / name}: unknown ending '{ending}'; {known}" in refused(tmp_path / name)


@pytest.mark.parametrize("name", FORMATS)
def test_bytes_that_are_not_utf_8_are_named_by_line(tmp_path, name):
    text = as_csv(VOTES) if ".csv" in name else as_json(VOTES)
    path = written(tmp_path, text.replace("ben", "b~n").encode().replace(b"~", b"\xe9"), name)
    line = 3 if ".csv" in name else 2
    assert refused(path) == f"{path}, line {line}: not UTF-8 text; save the file as UTF-8"


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_named_with_those_that_came(tmp_path, column):
    came = [name.upper() if name == column else name for name in COLUMNS]
    path = written(tmp_path, ",".join(came) + "\n1,ann,yes\n")
    needed = "needed: instance_id, annotator_id, label, each once"
    assert refused(path) == f"{path}, line 1: not one column '{column}' in {', '.join(map(repr, came))}; {needed}"


def test_a_column_that_comes_twice_is_refused(tmp_path):
    path = written(tmp_path, HEADER.replace("\n", ",label\n") + "1,ann,yes,no\n")
    assert refused(path).startswith(f"{path}, line 1: not one column 'label' in 'instance_id',")


@pytest.mark.parametrize("column", COLUMNS)
def test_a_line_of_json_without_a_column_is_named(tmp_path, column):
    line = {name: "x" for name in COLUMNS if name != column}
    path = written(tmp_path, as_json(VOTES) + json.dumps(line), "votes.jsonl")
    assert refused(path).startswith(f"{path}, line 4: not one column '{column}' in ")


@pytest.mark.parametrize("empty", ["", "  "])
@pytest.mark.parametrize("place", range(3), ids=COLUMNS)
@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_value_is_named_by_line_and_column(tmp_path, name, place, empty):
    vote = Vote(*(empty if i == place else "x" for i in range(3)))
    path = stored(tmp_path, [*VOTES, vote], name)
    line = 5 if ".csv" in name else 4
    assert refused(path).startswith(f"{path}, line {line}: {COLUMNS[place]} is empty; give ")


@pytest.mark.parametrize("value", [True, None, 0.5, ["yes"], {"yes": 1}])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_value_that_is_neither_text_nor_a_whole_number_is_refused(tmp_path, column, value):
    line = dict.fromkeys(COLUMNS, "x") | {column: value}
    path = written(tmp_path, json.dumps(line), "votes.jsonl")
    assert refused(path) == f"{path}, line 1: {column} is {value!r}; allowed: text or a whole number"


@pytest.mark.parametrize("name", FORMATS)
def test_an_annotator_who_votes_twice_is_refused_with_both_lines(tmp_path, name):
    path = stored(tmp_path, [*VOTES, Vote("1", "ann", "no")], name)
    first, second = (2, 5) if ".csv" in name else (1, 4)
    assert refused(path) == (
        f"{path}, line {second}: annotator 'ann' labels '1' 'no', in line {first} 'yes'; "
        "an annotator has one vote on an instance: remove one of the lines"
    )


@pytest.mark.parametrize("text", ["1,ann\n", "1,ann,yes,no\n"])
def test_a_line_with_more_or_fewer_values_than_columns_is_refused(tmp_path, text):
    path = written(tmp_path, HEADER + text)
    assert refused(path).startswith(f"{path}, line 2: {text.count(',') + 1} values under 3 columns; put a value that ")


def test_a_quote_that_never_ends_is_refused(tmp_path):
    path = written(tmp_path, HEADER + '1,ann,"yes\n2,ann,no\n')
    assert re.search(r"line 3: broken CSV \(.*\); correct its quotes$", refused(path))


def test_a_line_after_a_value_of_two_lines_is_named_by_its_own_number(tmp_path):
    path = written(tmp_path, HEADER + '1,"ann\nlee",yes\n2,,no\n')
    assert refused(path).startswith(f"{path}, line 4: annotator_id is empty")


def test_broken_json_is_named_by_line_and_character(tmp_path):
    path = written(tmp_path, as_json(VOTES) + '{"label": \n', "votes.jsonl")
    assert re.search(r"votes.jsonl, line 4: broken JSON \(.* at character \d+\); one object a line$", refused(path))


def test_a_line_of_json_that_is_no_object_is_refused(tmp_path):
    path = written(tmp_path, '["1", "ann", "yes"]\n', "votes.jsonl")
    assert refused(path) == f"{path}, line 1: list, not an object with instance_id, annotator_id, label"


@pytest.mark.parametrize(("name", "text"), [(name, text) for name in FORMATS for text in ("", "\n", HEADER)][:-1])
def test_a_file_without_votes_is_refused(tmp_path, name, text):
    path = written(tmp_path, text if ".csv" in name else text.replace(HEADER, ""), name)
    assert refused(path) == f"{path}: no votes; needed are lines with instance_id, annotator_id, label"


def test_a_zipped_file_that_ends_too_early_is_named_after_the_last_line_read(tmp_path):
    path = written(tmp_path, as_csv(VOTES), "votes.csv.gz")
    path.write_bytes(path.read_bytes()[:-8])
    assert re.search(r"votes.csv.gz, after line \d+: broken gzip \(.*\); fetch the file again$", refused(path))


def test_a_zipped_file_that_was_changed_is_refused(tmp_path):
    path = written(tmp_path, as_csv(VOTES), "votes.csv.gz")
    data = bytearray(path.read_bytes())
    data[-8] ^= 0xFF  # of the checksum
    path.write_bytes(data)
    assert "broken gzip" in refused(path)


def test_a_file_that_was_never_zipped_is_refused(tmp_path):
    path = written(tmp_path, as_csv(VOTES)).rename(tmp_path / "votes.csv.gz")
    assert refused(path).startswith(f"{path}, after line 0: broken gzip (Not a gzipped file")


# ---- real votes


def test_md_agreement_is_read_but_for_its_one_repeated_vote():
    if not MD_AGREEMENT.is_dir():
        pytest.skip(f"no {MD_AGREEMENT}")
    votes = read_votes(MD_AGREEMENT / "annotations.csv.gz")
    assert Counter(Counter(vote.instance for vote in votes).values()) == {5: 10_752, 4: 1}
    assert {vote.label for vote in votes} == {"0", "1"}
