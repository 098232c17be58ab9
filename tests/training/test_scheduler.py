"""A cell is trained once: what is known is not trained again, and what fails is not tried again."""

import pytest

from encoders import cell, texts, tuned
from synthworth.training.local import Here
from synthworth.training.recipes import RECIPES, Predicted, Untrainable
from synthworth.training.scheduler import Predictions, Training

FOUND = Predicted(("fruit", "metal", "river"), 60, 0.1, 1.1)


class Queue:
    """An executor that notes what is handed over and waited for; a cell named bad fails, one named broken is a bug."""

    ahead = True

    def __init__(self):
        self.handed_over, self.waited_for, self.closed = [], [], False

    def submit(self, cell, keep):
        self.handed_over.append(cell.name)

        def wait():
            self.waited_for.append(cell.name)
            if cell.name == "bad":
                raise Untrainable("cannot load the encoder")
            if cell.name == "broken":
                raise KeyError("a bug")
            keep(FOUND)
            return FOUND

        return wait

    def close(self):
        self.closed = True


def small(name="good", **changed):
    """A cell that is asked three texts."""
    return cell(**{"name": name, "texts": ("apple", "tin", "nile"), **changed})


@pytest.fixture
def said():
    return []


@pytest.fixture
def training(tmp_path, said):
    """Makes trainings that share their predictions on disk."""
    return lambda executor=None: Training(executor or Queue(), Predictions(tmp_path / "cache", said.append))


def test_a_cell_is_trained_once_however_often_it_is_asked_for(training):
    queue = Queue()
    made = training(queue)
    assert [made.predicted(small()) for _ in range(3)] == [FOUND] * 3
    assert queue.handed_over == queue.waited_for == ["good"]
    assert made.trained == 1


def test_equal_cells_of_two_names_are_one(training):
    made = training(queue := Queue())
    made.start([small("one"), small("two")])
    made.predicted(small("two"))
    assert queue.handed_over == ["one"]


def test_what_was_started_is_not_handed_over_again(training):
    made = training(queue := Queue())
    made.start([small()])
    made.start([small()])
    assert made.predicted(small()) == FOUND
    assert queue.handed_over == ["good"]


def test_the_largest_is_handed_over_first(training):
    chosen = tuned("nobody/nothing")
    sizes = {"middle": texts(20), "least": texts(8), "most": texts(60)}
    cells = [small(name, recipe=chosen, train=train) for name, train in sizes.items()]
    training(queue := Queue()).start([small("floor"), *cells])
    assert queue.handed_over == ["most", "middle", "least", "floor"]


def test_what_another_session_has_trained_is_not_trained_again(training):
    training().predicted(small())
    later = training(queue := Queue())
    later.start([small()])
    assert later.predicted(small()) == FOUND
    assert queue.handed_over == []
    assert later.trained == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"train_version": "new"},
        {"test_version": "new"},
        {"labels": ("river", "metal", "fruit")},
        {"recipe": RECIPES["tfidf"]},
        {"seed": 1},
        {"threads": 2},
    ],
)
def test_what_differs_from_all_that_was_trained_is_trained(training, changed):
    training().predicted(small())
    later = training()
    later.predicted(small(**changed))
    assert later.trained == 1


def test_a_damaged_file_is_said_once_trained_again_and_then_whole(training, said, tmp_path):
    training().predicted(small())
    (path,) = (tmp_path / "cache").rglob("*.json")
    path.write_text("{")
    later = training()
    later.start([small()])
    assert later.predicted(small()) == FOUND
    assert later.trained == 1
    assert len(said) == 1
    assert training().predicted(small()) == FOUND
    assert len(said) == 1


def test_predictions_for_another_number_of_texts_are_said_and_made_again(training, said):
    training().predicted(small(test_version="t"))
    later = training()
    later.start([small(texts=("apple",), test_version="t")])
    assert later.trained == 1
    assert "it has 3 rows, not 1" in said[0]


def test_a_cell_that_cannot_be_trained_fails_the_same_way_each_time_and_is_not_tried_again(training):
    made = training(queue := Queue())
    made.start([small("bad"), small("good", seed=1)])
    for _ in range(2):
        with pytest.raises(Untrainable, match=r"^cannot load the encoder$") as caught:
            made.predicted(small("bad"))
        assert caught.value.__cause__ is None
    assert made.predicted(small("good", seed=1)) == FOUND
    assert queue.waited_for == ["bad", "good"]


def test_a_failure_is_not_kept_for_the_next_session(training):
    with pytest.raises(Untrainable):
        training().predicted(small("bad"))
    assert training().predicted(small("good")) == FOUND


def test_a_bug_keeps_its_own_traceback(training):
    with pytest.raises(KeyError) as caught:
        training().predicted(small("broken"))
    assert caught.traceback[-1].name == "wait"


def test_the_end_of_a_training_ends_its_executor(training):
    training(queue := Queue()).close()
    assert queue.closed


def test_here_nothing_is_trained_before_somebody_waits_and_then_it_is_kept(training):
    made = training(Here())
    assert not made.ahead
    asked = small(recipe=RECIPES["tfidf"])
    assert made.predicted(asked).labels == ("fruit", "metal", "river")
    later = training()
    assert later.predicted(asked).labels == ("fruit", "metal", "river")
    assert later.trained == 0


def test_a_note_about_an_encoder_is_said_once_in_each_session_with_kept_predictions_too(tmp_path):
    class Noting(Queue):
        def submit(self, cell, keep):
            def wait():
                keep(noted)
                return noted

            return wait

    noted = FOUND._replace(notes=("the encoder x reads 64 tokens of a text, not 128",))
    for _ in range(2):
        said = []
        made = Training(Noting(), Predictions(tmp_path, pytest.fail), said.append)
        assert [made.predicted(small(seed=seed)) for seed in (0, 1, 0)] == [noted] * 3
        assert said == [*noted.notes]
