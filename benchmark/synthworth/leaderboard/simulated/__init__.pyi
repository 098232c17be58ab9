from .report import coverage as coverage
