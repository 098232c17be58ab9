"""How far a number can be trusted: intervals, comparisons, associations, and where their variance comes from."""

from synthworth.measures.statistics.association import Correlation, RegressionLine, regression_line, spearman
from synthworth.measures.statistics.bootstrap import (
    RESAMPLES,
    Resampled,
    bootstrap_interval,
    resampled_counts,
    resampled_scores,
)
from synthworth.measures.statistics.contrast import (
    Sample,
    row_variance,
    sample_of,
    split_over_tasks,
    variance_of_difference,
    variance_of_mean,
    variance_of_sum,
    variance_over_tasks,
)
from synthworth.measures.statistics.interval import Interval, Variance, interval_of, p_of, share_interval
from synthworth.measures.statistics.multiplicity import holm
from synthworth.measures.statistics.paired import (
    Difference,
    McNemar,
    mcnemar,
    paired_difference,
)
from synthworth.measures.statistics.power import (
    detectable_difference_of_means,
    means_power,
    seeds_to_detect,
)
from synthworth.measures.statistics.variance import (
    SOURCES,
    Purchase,
    SeedScore,
    VarianceSplit,
    draws_of_mean,
    mean_interval,
    purchases,
    row_correlation,
    variance_split,
)
from synthworth.measures.statistics.worth import Worth, real_examples, worth

__all__ = [
    "RESAMPLES",
    "SOURCES",
    "Correlation",
    "Difference",
    "Interval",
    "McNemar",
    "Purchase",
    "RegressionLine",
    "Resampled",
    "Sample",
    "SeedScore",
    "Variance",
    "VarianceSplit",
    "Worth",
    "bootstrap_interval",
    "detectable_difference_of_means",
    "draws_of_mean",
    "holm",
    "interval_of",
    "mcnemar",
    "mean_interval",
    "means_power",
    "p_of",
    "paired_difference",
    "purchases",
    "real_examples",
    "regression_line",
    "resampled_counts",
    "resampled_scores",
    "row_correlation",
    "row_variance",
    "sample_of",
    "seeds_to_detect",
    "share_interval",
    "spearman",
    "split_over_tasks",
    "variance_of_difference",
    "variance_of_mean",
    "variance_of_sum",
    "variance_over_tasks",
    "variance_split",
    "worth",
]
