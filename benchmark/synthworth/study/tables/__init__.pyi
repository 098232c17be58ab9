from .from_evidence import tables_of as tables_of
from .study_table import write_tables as write_tables
