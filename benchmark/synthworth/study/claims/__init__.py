"""The claims of Li et al. 2023 (arXiv 2310.07849) as questions to results: supported, contradicted, or cannot tell."""

from synthworth.study.claims.over_tasks import (
    METHODS,
    Scores,
    diversity_order,
    drop_grows,
    method_order,
    mixing_does_not_help,
)
from synthworth.study.claims.scores import Conditions, scores_of, seed_scores_of
from synthworth.study.claims.verdict import CANNOT_TELL, CONTRADICTED, SUPPORTED, ClaimVerdict, corrected
from synthworth.study.claims.within_tasks import accuracy_rises, mixing_does_not_help_on

__all__ = [
    "CANNOT_TELL",
    "CONTRADICTED",
    "METHODS",
    "SUPPORTED",
    "ClaimVerdict",
    "Conditions",
    "Scores",
    "accuracy_rises",
    "corrected",
    "diversity_order",
    "drop_grows",
    "method_order",
    "mixing_does_not_help",
    "mixing_does_not_help_on",
    "scores_of",
    "seed_scores_of",
]
