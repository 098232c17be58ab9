"""Training texts that do something in the process that trains on them."""

import contextlib
import os
import signal
import socket
import threading
import time

WAIT_S = 120


class Trap:
    """A training text that calls `act(*given)` when its label, or `read`, is read in a process that did not make it."""

    id = "trap"
    weight = 1.0

    def __init__(self, act, *given, read="label"):
        self.maker, self.act, self.given, self.read = os.getpid(), act, given, read

    @property
    def label(self):
        return self._spring("label", "fruit")

    @property
    def text(self):
        return self._spring("text", "apple")

    def _spring(self, name, value):
        if name == self.read and os.getpid() != self.maker:
            self.act(*self.given)
        return value


def tell(folder):
    """Leaves a file that is named after the process."""
    (folder / str(os.getpid())).touch()


def hold(folder):
    """Tells, and goes on when there is a file `go`."""
    tell(folder)
    deadline = time.monotonic() + WAIT_S
    while not (folder / "go").exists() and time.monotonic() < deadline:
        time.sleep(0.01)


def die(folder, times):
    """Tells, and kills the process, so many times in all."""
    tell(folder)
    if len(pids_in(folder)) <= times:
        os.kill(os.getpid(), signal.SIGKILL)


def fail(error):
    """Raises it."""
    raise error


def connect(folder, port):
    """Tells what comes of connecting to a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError as error:
        (folder / "told").write_text(type(error).__name__)
    else:
        (folder / "told").write_text("connected")


def grow(kept=[]):  # noqa: B006
    """Takes 400 MB of memory for good."""
    if not kept:
        kept.append(b"x" * 400_000_000)


def show(folder, name):
    """Tells a variable of the environment, and goes on when there is a file `go`."""
    (folder / name).mkdir(exist_ok=True)
    (folder / name / str(os.getpid())).write_text(os.environ.get(name, ""))
    hold(folder)


def pids_in(folder):
    """The processes that have told of themselves."""
    return sorted(int(path.name) for path in folder.iterdir() if path.name.isdecimal())


def told(folder, count=1):
    """The processes, as soon as there are that many."""
    deadline = time.monotonic() + WAIT_S
    while len(found := pids_in(folder)) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count} have told"
        time.sleep(0.01)
    return found


@contextlib.contextmanager
def released(folder, count, after=0.0):
    """Lets those that hold go on, so many seconds after there are so many."""

    def release():
        with contextlib.suppress(AssertionError):
            told(folder, count)
        time.sleep(after)
        (folder / "go").touch()

    releasing = threading.Thread(target=release)
    releasing.start()
    try:
        yield
    finally:
        releasing.join()
