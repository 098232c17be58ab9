"""The study of Li et al. 2023 on the project's own results: figures, tables, and verdicts on its claims."""

from synthworth.study.claims.from_evidence import verdicts_of
from synthworth.study.evidence import Evidence, Missing
from synthworth.study.figures.from_evidence import figures_of
from synthworth.study.gathering import EvidenceFiles, gather
from synthworth.study.tables.from_evidence import tables_of
from synthworth.study.tables.study_table import StudyTable, write_tables

__all__ = [
    "Evidence",
    "EvidenceFiles",
    "Missing",
    "StudyTable",
    "figures_of",
    "gather",
    "tables_of",
    "verdicts_of",
    "write_tables",
]
