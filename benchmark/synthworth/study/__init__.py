"""The study of Li et al. 2023 on the project's own results: figures, tables, and what becomes of its claims."""

from synthworth.study.drawing import figures_of
from synthworth.study.evidence import Evidence, Missing
from synthworth.study.gather import Sources, gather
from synthworth.study.table import Table, write_tables
from synthworth.study.tables import tables_of
from synthworth.study.verdicts import verdicts_of

__all__ = [
    "Evidence",
    "Missing",
    "Sources",
    "Table",
    "figures_of",
    "gather",
    "tables_of",
    "verdicts_of",
    "write_tables",
]
