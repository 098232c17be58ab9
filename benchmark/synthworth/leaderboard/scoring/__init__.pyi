from .classifiers import CLASSIFIERS as CLASSIFIERS
from .page import page as page
from .ranking import TextRanking as TextRanking
from .ranking import rank as rank
from .ranking import rank_texts as rank_texts
from .report import TextScore as TextScore
from .score import score as score
from .score import score_texts as score_texts
