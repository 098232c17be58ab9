"""File names for names that strangers chose: one name always gives the same file, and two never share one."""

import re

from synthworth.core import digest

LONGEST = 80  # characters
PLAIN = re.compile(r"[a-z0-9][a-z0-9_.-]*")  # no capitals: some file systems do not tell them from small letters


def slug(*parts: str) -> str:
    """A file name, without its ending, that stands for these parts and is safe in a URL.

    Parts that would be ambiguous in plain letters get a hash.

    >>> slug("few_shot", "smollm2-135m"), slug("ag_news"), slug("<b>", "GPT 5")
    ('few_shot--smollm2-135m', 'ag_news', 'b-gpt-5~d4900f845e24c32c')
    """
    joined = "--".join(parts)
    unambiguous = joined.count("--") == len(parts) - 1 and "---" not in joined
    if PLAIN.fullmatch(joined) and unambiguous and len(joined) <= LONGEST:
        return joined
    kept = re.sub(r"[^a-z0-9]+", "-", joined.lower()[:LONGEST]).strip("-")
    return f"{kept or 'x'}~{digest(*parts)}"  # no name that stands as it is has a tilde
