"""The answer of a score, in sentences: the worth, each comparison, and what to do next."""

from synthworth.core import listed
from synthworth.leaderboard.estimates import difference
from synthworth.leaderboard.label_fidelity import JUDGE_TOO_WEAK, LABELS_AT_CHANCE
from synthworth.leaderboard.scoring.draws import LEAST, by_label, estimate_of
from synthworth.leaderboard.scoring.few_labels import AccuracyOfFewLabels
from synthworth.leaderboard.scoring.pools import Pools, counted
from synthworth.leaderboard.scoring.text_checks import TextChecks
from synthworth.leaderboard.scoring.trainings import DESCRIPTIONS, TEN, TOGETHER, Trained
from synthworth.measures.statistics import Estimate, Worth

FEW_TESTS = 300  # test texts: with fewer, most of an interval is theirs
LITTLE = 10  # real texts per label that are labelled in a quarter of an hour
DUPLICATED = 0.1  # of the texts


def answer(pools: Pools, outcome: Trained, words: str) -> str:
    """Say what the written texts are worth, or which score they give and what is missing for a worth."""
    these = f"These {len(pools.written):,} written texts ({_per_label(pools)} per label)"
    score = estimate_of(outcome.written)
    gives = f"Macro-F1 {score.value:.3f}, 95 % {score.low:.3f} to {score.high:.3f}"
    if (worth := outcome.worth) is not None:
        return f"{these} are worth {in_words(worth)}, to {words}: {gives}."
    if not outcome.curve:
        more = f"{LEAST} of each label to train on" if pools.short else "real texts"
        return f"{these} train {words} to {gives} on the real test texts; their worth in real texts needs {more}."
    either = " either" if score.low <= outcome.floor else ""
    return (
        f"{these} train {words} to {gives}; up to {max(outcome.curve):,} real texts per label do not clearly beat "
        f"guessing{either}, so that no worth can be told."
    )


def in_words(worth: Worth) -> str:
    """Say a worth with its interval.

    >>> in_words(Worth(27.4, 0.0, 60.2, least=5, most=100))
    '27 real ones per label (95 %: fewer than 5 to 60)'
    """

    value, low, high = (_side(number, worth) for number in worth[:3])
    ends = "and so is all of its 95 % interval" if value == low == high else f"95 %: {low} to {high}"
    return f"{value} real ones per label ({ends})"


def _side(number: float, worth: Worth) -> str:
    few, many = number < worth.least, number > worth.most
    return f"fewer than {worth.least:,}" if few else f"more than {worth.most:,}" if many else f"{number:,.0f}"


def of_few_labels(found: AccuracyOfFewLabels | None) -> tuple[str, ...]:
    """Say the accuracy from few labels, and what the unlabelled texts added."""
    if found is None:
        return ()
    value, low, high, _, worth = found.powered
    more = worth - found.labelled
    gain = f"as exact as {worth:,.0f} labelled texts" if more >= 1 else "which the unlabelled ones do not narrow"
    return (
        f"Their accuracy is {value:.3f} (95 %: {low:.3f} to {high:.3f}), from {found.labelled:,} labelled and "
        f"{found.unlabelled:,} unlabelled real texts: {gain}.",
    )


def verdicts(outcome: Trained) -> tuple[str, ...]:
    """Say of each free alternative if the written texts beat it."""
    score = estimate_of(outcome.written)
    said = [
        _against(
            "guessing", Estimate(score.value - outcome.floor, score.low - outcome.floor, score.high - outcome.floor)
        )
    ]
    if DESCRIPTIONS in outcome.others:
        said.append(_against("the label descriptions alone", outcome.over(outcome.others[DESCRIPTIONS])))
    if TEN in outcome.curve:
        said.append(_against(f"{TEN} real texts per label", outcome.over(outcome.curve[TEN])))
    return tuple(said)


def next_step(pools: Pools, outcome: Trained, texts: TextChecks) -> str:
    """Say what to do now: the gravest fault that is worth mending, and how to use the texts unless it forbids that."""
    grave, slight = _grave(outcome, texts), _slight(pools, texts)
    said = [*grave, *slight][:2] if grave else [*slight[:1], _use(pools, outcome)]
    return " ".join(one[0].upper() + one[1:] for one in said)


def note_on_width(outcome: Trained, tests: int) -> list[str]:
    """Say why an interval has no width, which looks like certainty and is none: test texts that tell nothing."""
    score = estimate_of(outcome.written)
    if score.low < score.high:
        return []
    if score.value == 1:
        wrong = 1 - 0.05 ** (1 / tests)  # the exact upper end for no error in so many
        return [
            f"every training predicts all {tests:,} test texts right, so that the interval has no width; up to "
            f"{100 * wrong:.1f} % of other texts may be wrong nonetheless (95 %): score on more texts, or harder ones"
        ]
    return ["every training has the same score, so that the interval has no width: it says nothing of other test texts"]


def _grave(outcome: Trained, texts: TextChecks) -> list[str]:
    """Faults that leave a set without use."""
    if texts.fidelity and texts.fidelity.verdict == LABELS_AT_CHANCE:
        return ["check the labels: a judge that learnt from real texts cannot confirm them."]
    if estimate_of(outcome.written).low > outcome.floor:
        return []
    weak = texts.fidelity is not None and texts.fidelity.verdict == JUDGE_TOO_WEAK
    more = "real texts teach it no more: try another --classifier" if weak else "read the most suspect texts below"
    return [f"a classifier learns nothing that shows from these texts; {more}."]


def _slight(pools: Pools, texts: TextChecks) -> list[str]:
    """Faults to mend before the texts are used, the gravest first."""
    said = []
    if pools.lacking:
        said.append(f"add texts with the label {listed(pools.lacking)}: none is left that could teach it.")
    if texts.copies:
        copies = "copy" if texts.copies == 1 else f"{texts.copies:,} copies"
        said.append(f"take the {copies} of test texts out of the file: trained on, they flatter a score.")
    if texts.contradictions > DUPLICATED * texts.texts:
        said.append(f"give each text one label: {texts.contradictions:,} come under two.")
    if texts.duplicates > DUPLICATED * texts.texts:
        said.append(f"ask for more variety: {texts.duplicates:,} of {texts.texts:,} texts repeat another.")
    if texts.copies_of_real > DUPLICATED * texts.texts:
        said.append(f"count the real texts too: {texts.copies_of_real:,} of the written ones copy or edit these.")
    return said


def _use(pools: Pools, outcome: Trained) -> str:
    worth = outcome.worth
    if pools.short:
        return f"add real training texts to {LEAST} of each label at least; those given have {counted(pools.short)}."
    if worth is None and outcome.curve:
        if outcome.all_real is not None and estimate_of(outcome.all_real).low > outcome.floor:
            return "give more real training texts with --real: all of those given teach it something, fewer do not yet."
        return "read some of the real texts and their labels, or try another --classifier: real ones teach it nothing."
    if worth is None:
        return f"give real training texts with --real: {LITTLE} of each label are enough to begin with."
    if TEN in outcome.curve and outcome.over(outcome.curve[TEN]).high < 0:
        return f"label {LITTLE} real texts of each label instead: they are less work, and score higher."
    if worth.low < LITTLE and worth.high > LITTLE:
        rows = f", on more than these {len(pools.test):,} test texts" if len(pools.test) < FEW_TESTS else ""
        reach = f"the interval reaches from {_side(worth.low, worth)} to {_side(worth.high, worth)}"
        return f"do not decide yet: {reach}; score more written texts{rows}."
    together, alone = outcome.others.get(TOGETHER), outcome.all_real
    if together is not None and alone is not None:
        return _together(difference([together], [alone]))
    return "use them where you cannot label that many real texts."


def _together(over: Estimate) -> str:
    """Say if to mix, from Macro-F1 of written and all real texts less that of all real ones alone."""
    by = f"{abs(over.value):.3f}"
    if over.low > 0:
        return f"train on them together with your real texts: that scores {by} higher than the real ones alone."
    if over.high < 0:
        return f"do not mix them in with all your real texts: that scores {by} lower than the real ones alone."
    return "use them where you have fewer real texts than that; added to all your real ones, no gain shows."


def _against(what: str, over: Estimate) -> str:
    """Say if the written texts beat something, from their score less its own.

    >>> _against("guessing", Estimate(-0.1, -0.15, -0.05))
    'They lose to guessing, by 0.100 (95 %: +0.050 to +0.150).'
    """
    if over.low > 0:
        return f"They beat {what}, by {over.value:.3f} {_ends(over)}."
    if over.high < 0:
        lost = Estimate(-over.value, -over.high, -over.low)  # by how much: its ends have the sign that it has
        return f"They lose to {what}, by {lost.value:.3f} {_ends(lost)}."
    return f"They cannot be told from {what}: the difference is {over.value:+.3f} {_ends(over)}."


def _ends(of: Estimate) -> str:
    return f"(95 %: {of.low:+.3f} to {of.high:+.3f})"


def _per_label(pools: Pools) -> str:
    """The number of written texts of a label, from the fewest to the most.

    A label that has none is not counted here; a note names it.
    """
    counts = sorted(map(len, by_label(pools.written).values()))
    return f"{counts[0]:,}" if counts[0] == counts[-1] else f"{counts[0]:,} to {counts[-1]:,}"
