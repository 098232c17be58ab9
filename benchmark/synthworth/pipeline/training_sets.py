"""The training sets of one task: each made once, by its method, from real texts, recorded answers or a generator."""

import contextlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthworth.core import (
    BALANCED,
    Example,
    Places,
    Progress,
    Task,
    blocked,
    opened,
    sampled,
    unknown,
    user_cache,
    version_of,
)
from synthworth.generation import Completes, Generated, Sources, Walk
from synthworth.generation.generator import Client, Endpoint, Question
from synthworth.generation.methods import BUILT_IN, TEST, TRAIN, Method, generator_of, is_of_files, is_real, stated_by
from synthworth.generation.methods import REAL as REAL
from synthworth.generation.recording import MissingAnswers, Recording, path_of
from synthworth.pipeline import dataset
from synthworth.training import RememberedEmbeddings

POOL = "pool"
TEST_ROWS = 300  # that a generator labels itself: an answer for each row of a large test set would cost too much


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a run: one field for each command-line option that decides its results.

    `data` is the place of the real texts, or these texts themselves.

    >>> settings = Settings(data="quickstart", per_label=10)
    >>> settings.record, settings.demonstrations, settings.generation_seed
    ('none', 'pool', 0)
    """

    data: str | dataset.Data = dataset.HUB
    record: str = "none"
    per_label: int = 100
    demonstrations: str = POOL
    generation_seed: int = 0
    threads: int = 1
    shares: str = BALANCED


class TrainingSets:
    """The training sets of one task under one set of settings; each is made once and kept."""

    def __init__(
        self,
        task: Task,
        settings: Settings,
        endpoint: Endpoint,
        places: Places,
        progress: Progress,
        methods: Mapping[str, Method] = BUILT_IN,
    ) -> None:
        self.task = task
        self.settings = settings
        self.endpoint = endpoint
        self.places = places
        self.quotas: dict[str, int] = {}  # the largest that was asked for, by method
        self.seeds = {settings.generation_seed}  # generation seeds that were asked for
        self.recordings: dict[str, Recording] = {}
        self.used: defaultdict[str, set[str]] = defaultdict(set)  # keys of the answers that each method has used
        self._progress = progress
        self._methods = {**BUILT_IN, **methods}
        self._data: dataset.Data | ValueError | None = None
        self._generated: dict[tuple[str, int, int], Generated | ValueError] = {}
        self._versions: dict[tuple[str, int, int], str] = {}
        self._embed = RememberedEmbeddings()  # of all methods: refinements of one look at the same texts
        self._tokens: dict[tuple[str, int, int], tuple[int, int]] = {}

    @property
    def data(self) -> dataset.Data:
        """The real texts."""
        where = self.settings.data
        if isinstance(where, dataset.Data):
            return where
        if self._data is None:
            try:
                with opened() if where == dataset.HUB else contextlib.nullcontext():
                    self._data = dataset.load(self.task, where, self.places.quickstart)
            except ValueError as error:  # every test of the suite asks; an unreachable hub is asked once
                self._data = error
        if isinstance(self._data, ValueError):
            raise self._data
        return self._data

    def generated(self, method: str, per_label: int | None = None, *, generation_seed: int | None = None) -> Generated:
        """Make the training set of `method`; raises ValueError if it cannot be made, the same one at each call."""
        quota, drawn = self.quota_and_seed(per_label, generation_seed)
        if (method, quota, drawn) not in self._generated:
            self.quotas[method] = max(quota, self.quotas.get(method, self.settings.per_label))
            self.seeds.add(drawn)
            try:
                self._generated[method, quota, drawn] = self._generate(method, quota, drawn)
            except ValueError as error:
                self._generated[method, quota, drawn] = error
        outcome = self._generated[method, quota, drawn]
        if isinstance(outcome, ValueError):
            raise outcome
        return outcome

    def version(self, method: str, quota: int, generation_seed: int) -> str:
        """The hash of the texts and labels of a training set."""
        key = method, quota, generation_seed
        if key not in self._versions:  # of every training seed and classifier it is the same, and texts may be many
            examples = self.generated(method, quota, generation_seed=generation_seed).examples
            self._versions[key] = version_of(examples)
        return self._versions[key]

    def tokens(self, method: str, quota: int, generation_seed: int) -> tuple[int, int] | tuple[None, None]:
        """Tokens of the prompts and of the answers behind a training set; None if its texts come from files."""
        if self.method(method).tasks is not None:
            return None, None
        self.generated(method, quota, generation_seed=generation_seed)
        return self._tokens[method, quota, generation_seed]

    def generator_of(self, method: str, per_label: int | None = None, *, generation_seed: int | None = None) -> str:
        """The writer of a method's texts: the generator if it was asked, else the one that their provenance names."""
        generated = self.generated(method, per_label, generation_seed=generation_seed)
        if self.used[method] and not is_of_files(method):  # of texts in files, it was asked for labels alone
            return self.endpoint.generator.name
        return generator_of(self.written(method, generated))

    def stated(self, method: str, per_label: int, generation_seed: int, name: str) -> str:
        """The statement of a method's provenance under a name; "" if it states nothing, or several things."""
        return stated_by(self.written(method, self.generated(method, per_label, generation_seed=generation_seed)), name)

    def expected_generator(self, method: str, quota: int, generation_seed: int) -> str:
        """As `generator_of`; if a method's texts cannot be made because answers are missing, the generator to ask."""
        try:
            return self.generator_of(method, quota, generation_seed=generation_seed)
        except ValueError:
            if not self.method(method).asks:
                raise
            return self.endpoint.generator.name

    def demonstrations_of(self, method: str) -> str:
        """The demonstrations that a method shows the generator: pool, real, or "" if it shows none."""
        if self._shows_real_texts(method):
            return REAL
        return self.settings.demonstrations if self.method(method).shown else ""

    def kept(self, recording: str) -> int | None:
        """The number of texts in the largest set made from this recording; None if there is none."""
        sizes = [
            sum(bool(e.label) for e in outcome.examples)
            if self.method(method).asks_about
            else len(self.written(method, outcome))
            for (method, *_), outcome in self._generated.items()
            if self.method(method).recording == recording and isinstance(outcome, Generated)
        ]
        return max(sizes, default=None)

    def quota_and_seed(self, per_label: int | None, generation_seed: int | None) -> tuple[int, int]:
        """Quota and generation seed: those of the settings unless given."""
        settings = self.settings
        return (
            settings.per_label if per_label is None else per_label,
            settings.generation_seed if generation_seed is None else generation_seed,
        )

    def written(self, method: str, generated: Generated) -> list[Example]:
        """The texts of a training set without the real ones, as they are or edited, which a method may hold."""
        if is_real(method):
            return []
        real = set(self.data.train) if self.method(method).real else set()
        return [example for example in generated.examples if example not in real]

    def method(self, name: str) -> Method:
        """The method of that name; raises ValueError, with the known names, if there is none."""
        if name not in self._methods:
            raise ValueError(unknown("method", name, self._methods))
        return self._methods[name]

    def recording(self, method: str) -> Recording:
        """The recording of the answers that a method asks for."""
        # One recording for all quotas: in mode all, a second one would ask again and replace what a result rests on.
        name = self.method(method).recording
        if name not in self.recordings:
            folder = private_cassettes() if self._shows_real_texts(method) else self.places.cassettes
            path = path_of(folder, self.endpoint.generator.name, self.task.name, name)
            self.recordings[name] = Recording(
                path, self.settings.record, self.endpoint.notice, self.endpoint.generator.line.secrets
            )
        return self.recordings[name]

    def sources(self, method: str, client: Completes) -> Sources:
        """The sources of a method: answers of the `client`, real texts if it takes any, demonstrations."""
        shown = self._shows_real_texts(method)
        train = self.data.train if shown or self.method(method).real else ()
        unlabelled = [example.text for example in self.unlabelled(method)]
        return Sources(
            client=client,
            train=train,
            pool=self.data.train if shown else self.task.pool,
            unlabelled=unlabelled,
            shares=self._shares(),
            embed=self._embed,
            progress=self._progress,
        )

    def _shares(self) -> Mapping[str, float]:
        """The shares of the labels in the real training texts, or test texts if there are no others; {} if balanced."""
        if self.settings.shares == BALANCED:
            return {}
        texts = self.data.train or self.data.test
        counts = Counter(example.label for example in texts)
        return {label: counts[label] / len(texts) for label in self.task.labels}

    def unlabelled(self, method: str) -> Sequence[Example]:
        """The real texts that a method has labelled by the generator: training texts, a sample of the test texts, none.

        Their labels stay here: a method gets the texts alone.
        """
        asked = self.method(method).asks_about
        return self.data.train if asked == TRAIN else sampled(self.data.test, TEST_ROWS) if asked == TEST else ()

    def _shows_real_texts(self, method: str) -> bool:
        """Tell whether a method shows real training texts: always, by the settings, or for lack of demonstrations.

        A function of anybody's is shown none that nobody chose to show, if the task has no demonstrations.
        """
        chosen = self.method(method)
        lacks = not chosen.foreign and not self.task.pool
        return chosen.shows_real or (chosen.shown and (lacks or self.settings.demonstrations == REAL))

    def _generate(self, method: str, quota: int, generation_seed: int) -> Generated:
        recording = self.recording(method)
        replays = self.settings.record == "none"
        expected = 0 if replays else self._expected(method, quota, generation_seed)

        def on_answer(done: int, wanted: int) -> None:
            self._progress(f"recording {self.task.name}/{method}", done, max(expected, wanted))

        def missing(absent: Sequence[Question]) -> Exception:
            return MissingAnswers(f"{self.task.name}/{method}: {len(absent)} answers are not recorded")

        client = Client(self.endpoint, recording, missing=missing, on_answer=on_answer)
        with at_rest(recording), saved(recording), blocked() if replays else contextlib.nullcontext():
            sources = self.sources(method, client)
            before, recording.used = recording.used, set()  # others may read the same recording
            try:
                return self.method(method).make(self.task, sources, quota, generation_seed)
            finally:
                self.used[method] |= recording.used
                spent = recording.usage(recording.used) if recording.used else None
                self._tokens[method, quota, generation_seed] = (
                    (spent.prompt_tokens, spent.completion_tokens) if spent else (0, 0)
                )
                recording.used |= before

    def _expected(self, method: str, quota: int, generation_seed: int) -> int:
        """The number of missing answers, if each becomes a text; 0 (unknown) for a method of the user's."""
        chosen, recording = self.method(method), self.recording(method)
        if chosen.foreign or not chosen.asks:
            return 0
        used, walk = set(recording.used), Walk(self.task, recording, self.endpoint.generator)
        chosen.make(self.task, self.sources(method, walk), quota, generation_seed)
        recording.used = used
        return walk.plan().missing


@contextlib.contextmanager
def saved(recording: Recording) -> Iterator[None]:
    """Merge new answers into the recording's file at the end.

    Not after an error in mode all: new answers stay apart from old ones, and the next run continues from there.
    """
    try:
        yield
    except BaseException:
        if recording.mode != "all":
            recording.save()
        raise
    recording.save()


@contextlib.contextmanager
def at_rest(recording: Recording) -> Iterator[None]:
    """Keep the answers in memory no longer than the block runs: a run of many tasks holds one recording at a time."""
    try:
        yield
    finally:
        recording.put_away()


def private_cassettes() -> Path:
    """The folder for recordings that show texts of a public data set, which do not belong into a repository."""
    return user_cache() / "cassettes"
