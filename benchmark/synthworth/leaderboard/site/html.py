"""Templates become pages: values escaped and made visible, and a policy that lets a browser run our scripts alone."""

import base64
import hashlib
import unicodedata
from collections.abc import Callable
from importlib import resources
from typing import Any

from synthworth.core import JOINERS

SCRIPTS = {"index": ("theme.js", "table.js")}
FILLERS = "\u115f\u1160\u2800\u3164\uffa0\u180e"  # letters and signs without a shape
Render = Callable[..., str]


def renderer() -> Render:
    """A function that renders a template by its name, with the values given. Raises ValueError if Jinja2 is missing.

    Scripts and style lie within each page, and its policy allows them by their hashes: so a page is whole alone, and
    the policy is the same from a server and from a folder, in which a browser may trust no file.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError:
        raise ValueError("pages need jinja2; install it with: pip install 'synthworth[site]'") from None

    environment = Environment(
        loader=PackageLoader("synthworth.leaderboard.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.filters["percent"] = lambda share: f"{100 * share:.2f}%"
    environment.filters["score"] = lambda score: "" if score is None else f"{score:.3f}"
    environment.filters["number"] = lambda number: f"{number:,.0f}" if abs(number) >= 10 else f"{number:.3f}"
    # A long name breaks after a _, not within a word; join escapes its parts.
    environment.filters["breakable"] = lambda name: Markup("_<wbr>").join(_printable(name).split("_"))
    assets = resources.files("synthworth.leaderboard.site") / "assets"

    def render(name: str, **values: Any) -> str:
        scripts = [_asset(assets, script) for script in SCRIPTS.get(name, ("theme.js",))]
        style = _asset(assets, "style.css")
        return environment.get_template(f"{name}.html").render(
            style=Markup(style),  # noqa: S704  (a file of this package, as are the scripts)
            scripts=[Markup(script) for script in scripts],  # noqa: S704
            policy=_policy([style], scripts),
            **values,
        )

    return render


def _asset(assets: Any, name: str) -> str:
    return str((assets / name).read_text(encoding="utf-8"))


def _policy(styles: list[str], scripts: list[str]) -> str:
    def allowed(texts: list[str]) -> str:
        return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(t.encode()).digest()).decode()}'" for t in texts)

    return (
        f"default-src 'none'; style-src {allowed(styles)}; script-src {allowed(scripts)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _printable(value: Any) -> Any:
    """A text with every character shown that would be invisible or would act on the text around it.

    Half a character cannot be written as UTF-8, a browser drops or changes most control characters, bidirectional
    controls reorder what a reader sees, and fillers and format characters let two names look alike.
    """
    if not isinstance(value, str) or hasattr(value, "__html__") or (value.isascii() and value.isprintable()):
        return value
    return "".join(map(_visible, value))


def _visible(character: str) -> str:
    code, category = ord(character), unicodedata.category(character)
    if category == "Cs" or (category == "Cc" and character not in "\t\n"):
        return "\N{REPLACEMENT CHARACTER}"
    if (category == "Cf" and character not in JOINERS) or character in FILLERS:
        return f"[U+{code:04X}]"
    return character
