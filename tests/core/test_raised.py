"""Which errors are a mistake of the user, told in one line, and which are bugs that keep their traceback."""

import pytest

from synthworth.core.raised import raised_in


def raised(code):
    """The ValueError that code of ours lets out."""
    with pytest.raises(ValueError, match=r"\w") as caught:
        exec(compile(code, "ours.py", "exec"), {"__name__": "synthworth.ours"})
    return caught.value


@pytest.mark.parametrize(
    "code",
    [
        "raise ValueError('no')",
        "def no():\n    return ValueError('no')\nraise no()",
        "try:\n    int('x')\nexcept ValueError as error:\n    raise ValueError('no') from None",
        "kept = ValueError('no')\ntry:\n    raise kept\nexcept ValueError:\n    pass\nraise kept",
    ],
)
def test_what_our_code_raises_is_a_mistake_of_the_user(code):
    assert raised_in(raised(code), "synthworth")


@pytest.mark.parametrize(
    "code",
    [
        "int('x')",
        "import json\njson.loads('{')",
        "first, second = [1]",
        "import numpy\nnumpy.zeros(3).reshape(2, 2)",
        "raise ValueError(int('x'))",
    ],
)
def test_what_a_library_or_the_interpreter_raises_in_our_code_is_none(code):
    assert not raised_in(raised(code), "synthworth")


def test_what_others_raise_is_no_mistake_of_the_user():
    with pytest.raises(ValueError, match="theirs") as caught:
        raise ValueError("theirs")
    assert not raised_in(caught.value, "synthworth")
