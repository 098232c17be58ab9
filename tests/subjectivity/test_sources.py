"""Agreement on a task's texts comes from the first source there is, and says which; where there is none, it is None."""

import csv
import dataclasses
import gzip
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import toys
from synthworth.core.table_files import ENDINGS
from synthworth.core.task import Example, Hub, Raters
from synthworth.core.votes import COLUMNS, Vote
from synthworth.pipeline.dataset import HUB, MIRROR, Data, load
from synthworth.pipeline.replay import suites_in
from synthworth.subjectivity import sources
from synthworth.subjectivity.agreement import AgreementEstimate, agreement, krippendorff_alpha, mean_agreement_interval
from synthworth.subjectivity.ranking import MEASURES
from synthworth.subjectivity.sources import TaskAgreement, agreement_of, subjectivity

SHARED = Path(__file__).parents[3] / "shared" / "data"
SUITES = Path(__file__).parents[2] / "suites"
VOTES = [
    Vote(f"t{n}", who, label)
    for n, labels in enumerate(("ggg", "ggb", "bbb", "bgb", "bbg"))
    for who, label in zip(("ann", "ben", "cy"), labels, strict=True)
]
ON_HUB = toys.task(
    hub=Hub(
        path="owner/notes",
        labels={0: "good", 1: "bad"},
        id="id",
        raters=Raters(config="raw", labels={"nice": "good", "nasty": "bad"}),
    )
)


def data(source=MIRROR, levels=(None,) * 4, train=()):
    """Test texts t0, t1, ... of these agreement levels, and training texts of the ids given."""
    texts = tuple(Example(id=f"t{n}", text=f"note {n}", label="good", agreement=a) for n, a in enumerate(levels))
    more = tuple(Example(id=name, text=f"note {name}", label="bad") for name in train)
    return Data(source=source, version="1", train=more, test=texts)


def majority(path, rows):
    (path / "toy").mkdir()
    with gzip.open(path / "toy" / "human_majority.csv.gz", "wt", newline="") as file:
        csv.writer(file).writerows([("instance_id", "gold", "human_majority_label", "group"), *rows])
    return path


def folder(path, votes=VOTES, name="toy.csv"):
    with (path / name).open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *votes])
    return path


# ---- votes


def test_a_votes_file_gives_the_agreement_of_the_test_texts_it_is_on(tmp_path):
    found = agreement_of(toys.task(), data(), folder(tmp_path))
    assert found.agreement == {name: share for name, share in agreement(VOTES).items() if name != "t4"}
    assert not found.at_least


def test_mean_and_alpha_are_of_all_votes_whether_on_test_texts_or_not(tmp_path):
    found = agreement_of(toys.task(), data(), folder(tmp_path))
    assert found.mean == mean_agreement_interval(VOTES)
    assert found.alpha == krippendorff_alpha(VOTES)


def test_the_source_names_the_file(tmp_path):
    assert agreement_of(toys.task(), data(), folder(tmp_path)).source == f"votes in {tmp_path / 'toy.csv'}"


def test_a_text_with_one_vote_is_not_rated(tmp_path):
    votes = [*VOTES[3:], VOTES[0]]
    assert "t0" not in agreement_of(toys.task(), data(), folder(tmp_path, votes)).agreement


def test_votes_on_training_texts_alone_rate_the_task_and_no_test_text(tmp_path):
    found = agreement_of(toys.task(), data(train=("t7",), levels=(None,)), folder(tmp_path, renamed(VOTES[3:6], "t7")))
    assert (found.agreement, found.mean.instances) == ({}, 1)


def renamed(votes, name):
    return [vote._replace(instance=name) for vote in votes]


def test_votes_on_none_of_the_texts_are_refused_with_an_id_of_either_side(tmp_path):
    with pytest.raises(
        ValueError, match=r"\Avotes in .*toy.csv are on none of the 4 texts of 'toy', such as 't0', but .*"
    ):
        agreement_of(toys.task(), data(), folder(tmp_path, renamed(VOTES[:3], "tweet 9")))


def test_where_all_votes_have_one_label_there_is_no_alpha(tmp_path):
    votes = [vote._replace(label="good") for vote in VOTES]
    found = agreement_of(toys.task(), data(), folder(tmp_path, votes))
    assert (found.alpha, found.mean.value) == (None, 1.0)


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"no folder .*nowhere; give one with a votes file for each task: toy\.csv"):
        agreement_of(toys.task(), data(), tmp_path / "nowhere")


def test_two_votes_files_of_one_task_are_refused(tmp_path):
    for name in ("toy.csv", "toy.jsonl"):
        folder(tmp_path, name=name)
    with pytest.raises(ValueError, match=r"toy\.csv and .*toy\.jsonl both hold votes for 'toy'; leave one"):
        agreement_of(toys.task(), data(), tmp_path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_that_votes_are_read_from_is_looked_for(tmp_path, ending):
    (tmp_path / f"toy{ending}").write_bytes(b"")
    with pytest.raises(ValueError, match=rf"toy{ending}"):
        agreement_of(toys.task(), data(), tmp_path)


IDS = st.sampled_from([f"t{n}" for n in range(6)])
MANY = st.lists(
    st.builds(Vote, IDS, st.sampled_from(["ann", "ben", "cy"]), st.sampled_from("ab")),
    min_size=2,
    unique_by=lambda vote: vote[:2],
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(votes=MANY)
def test_whatever_the_votes_only_test_texts_with_two_of_them_are_rated(tmp_path, votes):
    sizes = Counter(vote.instance for vote in votes)
    several = {name for name, size in sizes.items() if size > 1}
    assume(several)
    assume(sizes.keys() & {"t0", "t1", "t2", "t3"})
    found = agreement_of(toys.task(), data(), folder(tmp_path, votes))
    assert set(found.agreement) == several & {"t0", "t1", "t2", "t3"}
    assert all(0.5 <= share <= 1 for share in found.agreement.values())
    assert found.mean.instances == len(several)


# ---- agreement levels


def test_agreement_levels_of_the_data_are_lower_bounds():
    found = agreement_of(toys.task(), data(levels=(0.5, 0.75, 1.0, None)))
    assert (found.agreement, found.at_least, found.alpha) == ({"t0": 0.5, "t1": 0.75, "t2": 1.0}, True, None)
    assert (found.mean.value, found.mean.instances) == (0.75, 3)
    assert found.source == "agreement levels in the mirror data"


def test_votes_count_before_levels(tmp_path):
    found = agreement_of(toys.task(), data(levels=(0.5, 0.5, 0.5, 0.5)), folder(tmp_path))
    assert found.agreement["t0"] == 1.0


def test_levels_count_where_the_folder_has_no_votes_of_the_task(tmp_path):
    found = agreement_of(toys.task(), data(levels=(0.5,)), folder(tmp_path, name="other.csv"))
    assert found.agreement == {"t0": 0.5}


# ---- raters on the hub


@pytest.fixture
def raters(monkeypatch):
    monkeypatch.setattr(sources, "votes_on_hub", lambda task: [*VOTES, Vote("elsewhere", "ann", "other")])


@pytest.mark.usefixtures("raters")
def test_raters_on_the_hub_rate_the_texts_of_the_task_alone():
    found = agreement_of(ON_HUB, data(HUB))
    assert found.agreement == {name: share for name, share in agreement(VOTES).items() if name != "t4"}
    assert found.mean.instances == 4
    assert found.source == "raters of owner/notes, raw"


@pytest.mark.usefixtures("raters")
def test_raters_on_the_hub_are_not_asked_about_a_mirror():
    assert agreement_of(ON_HUB, data(MIRROR)) is None


def test_raters_on_the_hub_are_read_for_texts_from_the_hub(tmp_path, monkeypatch):
    """A local data set of GoEmotions' shape: a configuration of texts, and one with a row for each rater."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    columns = {
        "simplified/train": {"id": ["a", "b"], "text": ["one note", "two notes"], "labels": [[0], [1]]},
        "simplified/test": {"id": ["c", "d"], "text": ["three notes", "four notes"], "labels": [[0], [1]]},
        "raw/train": {
            "id": ["c", "c", "c", "d", "d", "x"],
            "rater_id": [1, 2, 3, 1, 2, 1],
            "joy": [1, 1, 0, 0, 0, 1],
            "sadness": [0, 0, 0, 1, 1, 0],
        },
    }
    for name, made in columns.items():
        (tmp_path / "hub" / name).parent.mkdir(parents=True, exist_ok=True)
        datasets.Dataset.from_dict(made).to_parquet(tmp_path / "hub" / f"{name}.parquet")
    card = "".join(
        f"- config_name: {config}\n  data_files:\n"
        + "".join(f"  - split: {split}\n    path: {config}/{split}.parquet\n" for split in splits)
        for config, splits in {"simplified": ("train", "test"), "raw": ("train",)}.items()
    )
    (tmp_path / "hub" / "README.md").write_text(f"---\nconfigs:\n{card}---\n")
    (suite,) = suites_in([SUITES / "test_reddit_emotion.py"])
    hub = dataclasses.replace(suite.task.hub, path=str(tmp_path / "hub"), test="test", labels={0: "joy", 1: "sadness"})
    task = dataclasses.replace(suite.task, hub=hub)
    found = agreement_of(task, load(task, HUB, tmp_path))
    assert found.agreement == {"c": 2 / 3, "d": 1.0}
    assert found.mean.instances == 2


# ---- none


def test_a_task_that_no_source_rates_has_no_agreement():
    assert agreement_of(toys.task(), data()) is None


def test_only_financial_phrasebank_has_agreement_in_the_mirror():
    if not SHARED.is_dir():
        pytest.skip(f"no {SHARED}")
    rated = {}
    for suite in suites_in([SUITES]):
        found = agreement_of(suite.task, load(suite.task, str(SHARED), SUITES / "quickstart"))
        if found is not None:
            rated[suite.task.name] = (len(found.agreement), set(found.agreement.values()), round(found.mean.value, 2))
    assert rated == {"financial_phrasebank": (969, {0.5, 0.66, 0.75, 1.0}, 0.82)}


# ---- subjectivity


RATED = TaskAgreement(
    task="toy",
    agreement={},
    source="votes in a.csv",
    mean=AgreementEstimate(0.75, 0.7, 0.8, 40),
    alpha=AgreementEstimate(0.5, 0.4, 0.6, 30),
)


@pytest.mark.parametrize(
    ("measure", "value", "low", "high", "n"),
    [(MEASURES[0], 0.25, 0.2, 0.3, 40), (MEASURES[1], 0.5, 0.4, 0.6, 30)],
)
def test_subjectivity_is_one_minus_the_measure_with_interval_and_source(measure, value, low, high, n):
    found = subjectivity(RATED, measure)
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high))
    assert (found.task, found.source, found.n) == ("toy", f"1 - {measure}, votes in a.csv", n)


def test_a_lower_bound_of_agreement_is_an_upper_bound_of_subjectivity():
    assert (
        subjectivity(dataclasses.replace(RATED, at_least=True)).source == "1 - mean agreement, votes in a.csv, at most"
    )


def test_without_alpha_there_is_no_subjectivity_by_alpha():
    assert subjectivity(dataclasses.replace(RATED, alpha=None), MEASURES[1]) is None


def test_a_single_text_has_no_interval():
    nan = float("nan")
    found = subjectivity(dataclasses.replace(RATED, mean=AgreementEstimate(0.75, nan, nan, 1)))
    assert (found.value, found.low, found.high) == (0.25, None, None)


def test_an_unknown_measure_is_refused():
    with pytest.raises(ValueError, match="unknown measure 'kappa'; measures: mean agreement, Krippendorff's alpha"):
        subjectivity(RATED, "kappa")


def test_a_majority_of_people_beside_the_gold_label_is_two_votes_on_each_text(tmp_path):
    labels = [("good", "good"), ("good", "bad"), ("bad", "bad"), ("bad", "bad")]
    mirror = majority(tmp_path, [(f"t{n}", *pair, "5") for n, pair in enumerate(labels)])
    found = agreement_of(toys.task(), data(), mirror=mirror)
    votes = [Vote(f"t{n}", who, label) for n, pair in enumerate(labels) for who, label in zip("gh", pair, strict=True)]
    assert found.agreement == agreement(votes) == {"t0": 1.0, "t1": 0.5, "t2": 1.0, "t3": 1.0}
    assert found.alpha == krippendorff_alpha(votes)
    assert found.source == "gold label and majority of people in human_majority.csv.gz"


def test_other_sources_come_before_the_majority(tmp_path):
    mirror = majority(tmp_path, [("t0", "good", "bad", "5")])
    assert "levels" in agreement_of(toys.task(), data(levels=(0.5, 0.75, 1.0, 1.0)), mirror=mirror).source
    assert "votes in" in agreement_of(toys.task(), data(), folder(tmp_path), mirror=mirror).source
    assert agreement_of(toys.task(), data(source=HUB), mirror=mirror) is None


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/data")
def test_people_agree_with_the_gold_topic_of_four_in_five_news_and_rate_no_test_text():
    (suite,) = suites_in([SUITES / "test_ag_news.py"])
    found = agreement_of(suite.task, load(suite.task, str(SHARED), SUITES / "quickstart"), mirror=SHARED)
    assert found.agreement == {}
    assert found.mean.instances == 10_000
    assert 2 * found.mean.value - 1 == pytest.approx(0.8, abs=0.005)  # the share with both labels equal
    assert 0.7 < found.alpha.low < found.alpha.value < found.alpha.high < 0.77
