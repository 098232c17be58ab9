"""Votes are read back as they were written, and what is no vote is named by file and line."""

import csv
import gzip
import io
import json
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthworth.core.votes import COLUMNS, Vote, read_votes

MD_AGREEMENT = Path(__file__).parents[3] / "shared" / "data" / "extra" / "md_agreement"
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


def test_whole_numbers_in_json_are_the_votes_of_the_same_csv(tmp_path):
    line = {"instance_id": 12, "annotator_id": 7, "label": 0}
    assert read_votes(written(tmp_path, json.dumps(line), "votes.jsonl")) == read_votes(
        written(tmp_path, HEADER + "12,7,0\n")
    )


def test_a_line_that_repeats_a_vote_counts_once(tmp_path):
    assert read_votes(stored(tmp_path, [*VOTES, VOTES[0]], "votes.csv")) == VOTES


def test_a_label_in_other_letters_is_another_label(tmp_path):
    assert {vote.label for vote in read_votes(written(tmp_path, HEADER + "1,ann,yes\n1,ben,Yes\n"))} == {"yes", "Yes"}


# ---- what is refused


@pytest.mark.parametrize("empty", ["", "  "])
@pytest.mark.parametrize("place", range(3), ids=COLUMNS)
@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_value_is_named_by_line_and_column(tmp_path, name, place, empty):
    vote = Vote(*(empty if i == place else "x" for i in range(3)))
    path = stored(tmp_path, [*VOTES, vote], name)
    line = 5 if ".csv" in name else 4
    assert refused(path).startswith(f"{path}, line {line}: {COLUMNS[place]} is empty; give ")


@pytest.mark.parametrize("name", FORMATS)
def test_an_annotator_who_votes_twice_is_refused_with_both_lines(tmp_path, name):
    path = stored(tmp_path, [*VOTES, Vote("1", "ann", "no")], name)
    first, second = (2, 5) if ".csv" in name else (1, 4)
    assert refused(path) == (
        f"{path}, line {second}: annotator 'ann' labels '1' 'no', in line {first} 'yes'; "
        "an annotator has one vote on an instance: remove one of the lines"
    )


@pytest.mark.parametrize(("name", "text"), [(name, text) for name in FORMATS for text in ("", "\n", HEADER)][:-1])
def test_a_file_without_votes_is_refused(tmp_path, name, text):
    path = written(tmp_path, text if ".csv" in name else text.replace(HEADER, ""), name)
    assert refused(path) == f"{path}: no votes; needed are lines with instance_id, annotator_id, label"


# ---- real votes


def test_md_agreement_is_read_but_for_its_one_repeated_vote():
    if not MD_AGREEMENT.is_dir():
        pytest.skip(f"no {MD_AGREEMENT}")
    votes = read_votes(MD_AGREEMENT / "annotations.csv.gz")
    assert Counter(Counter(vote.instance for vote in votes).values()) == {5: 10_752, 4: 1}
    assert {vote.label for vote in votes} == {"0", "1"}
