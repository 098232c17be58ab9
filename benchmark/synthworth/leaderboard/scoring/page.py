"""The score of a file of texts as one page of HTML that needs no other file."""

from synthworth.core import text_of
from synthworth.leaderboard.scoring.report import TextScore
from synthworth.leaderboard.site import renderer


def page(score: TextScore, title: str) -> str:
    """Render a score as a page under a title. Raises ValueError if Jinja2 is missing."""
    tables = score.tables(whole_texts=True)
    return renderer()("score", title=title, score=score, tables=tables, text_of=text_of, root="", command="score")
