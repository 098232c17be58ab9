"""What the executors cost the process that waits, for each cell, beside the training itself.

    python tests/executor_speed.py            # 1,000 cells of the majority
    python tests/executor_speed.py --cells 100 --only here

The majority is counted in less than a millisecond, so what is left is the hand-over, the way back, the file on disk
and what the scheduler takes. `wall` is the time until all predictions are there; `driver` the CPU time of this process
alone. The start of the executor, with its first cell, is told apart. The bar is 50 ms a cell: 1,000 in a minute.
"""

import argparse
import os
import platform
import tempfile
import time
from pathlib import Path

from tabulate import tabulate

from encoders import cell, in_a_process, texts
from synthworth.training.local import Here, Processes
from synthworth.training.on_ray import OnRay
from synthworth.training.recipes import RECIPES
from synthworth.training.scheduler import Predictions, Training

BAR_MS = 50
TEST_TEXTS = 3000


def cells(count, chosen):
    """Cells that differ in their seed, trained on 300 texts and asked 3,000, as those of one task are."""
    train, asked = tuple(texts(100)), tuple(example.text for example in texts(TEST_TEXTS // 3, seed=2))
    return [
        cell(chosen, train=train, train_version="train", texts=asked, test_version="test", seed=seed)
        for seed in range(count)
    ]


def spent(work):
    """Seconds, and seconds of this process's CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def measured(name, make, chosen, count, folder):
    """Rows of the table: all but the first cell, trained, and then found by a second session."""
    asked, predictions = cells(count + 1, chosen), Predictions(folder)

    def work(training, some):
        if training.ahead:
            training.start(some)
        for one in some:
            training.predicted(one)

    started = []
    began = spent(lambda: (started.append(Training(make(), predictions)), work(started[0], asked[:1])))
    trained = spent(lambda: work(started[0], asked[1:]))
    started[0].close()
    found = spent(lambda: work(Training(Here(), predictions), asked[1:]))
    each = [[1000 * seconds / count for seconds in pair] for pair in (trained, found)]
    return [
        (name, "trained", *each[0], f"{BAR_MS / each[0][0]:.0f} x", began[0]),
        (name, "found on disk", *each[1], f"{BAR_MS / each[1][0]:.0f} x", None),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=1000)
    parser.add_argument("--only", choices=("here", "processes", "ray"))
    arguments = parser.parse_args()
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)  # for Ray's processes
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "encoder").mkdir()
        elsewhere = in_a_process(Path(folder) / "encoder")
        ways = {
            "here": (Here, RECIPES["majority"]),
            "processes": (lambda: Processes(2, offline=True), elsewhere),
            "ray": (lambda: OnRay(""), RECIPES["majority"]),
        }
        rows = []
        for name, (make, chosen) in ways.items():
            if arguments.only in (None, name):
                rows += measured(name, make, chosen, arguments.cells, Path(folder) / f"{name} cache")
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {arguments.cells} cells of "
        f"{TEST_TEXTS} test texts; the bar is {BAR_MS} ms a cell"
    )
    print(tabulate(rows, ("executor", "", "wall, ms", "driver, ms", "below the bar", "first, s"), floatfmt=".2f"))


if __name__ == "__main__":
    main()
