from .classifiers import CLASSIFIERS as CLASSIFIERS
from .page import page as page
from .report import TextScore as TextScore
from .score import score as score
from .score import score_texts as score_texts
