"""The study of Li et al. 2023 on the project's own results: figures, tables, and what becomes of its claims."""

from benchmark.study.evidence import Evidence, Missing
from benchmark.study.figures import figures_of
from benchmark.study.gather import Sources, gather
from benchmark.study.table import Table, write_tables
from benchmark.study.tables import tables_of
from benchmark.study.verdicts import verdicts_of

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
