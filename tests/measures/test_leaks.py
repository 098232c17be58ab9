"""The audit finds copies and edited copies wherever they stand, as brute force does, and leaves other texts alone."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory import peak
from synthworth.core.weights import minilm
from synthworth.measures.disguises import plain
from synthworth.measures.leaks import NEAR_COSINE, Audit, Match, audit, counts, without_suspects
from synthworth.training.embedding import embed

LETTERS = "abcdefghijklmnopqrst"
TEXTS = ["Fog shuts the airport.", "Rain falls on the harbour town.", "A cup of tea, please!"]
SOURCES = {"test": ["The sun is out.", "fog shuts the airport"], "train": ["A cup of tea, please!", "Nothing new."]}
ANYTHING = st.lists(st.sampled_from(["Fog!", "fog", "fo g", "rain", "Rain rain", "...", ""]), max_size=8)

# One text of each kind of the ten tasks: itself, lightly edited, said in other words, and another text on its subject.
REWRITTEN = [
    (
        "Ferry strike ends . Crews on the northern islands go back to work on Monday after a pay deal .",
        "Ferry strike over . Crews on the northern isles return to work on Monday after a pay deal .",
        "Sailors of the island boats have agreed on wages and will be sailing again from Monday on .",
        "Ferry strike spreads . Crews in the south join the walkout , and holiday traffic comes to a halt .",
    ),
    (
        "Chip maker Halden cuts its forecast for the third quarter as orders for phones dry up .",
        "Chip maker Halden lowers its outlook for the third quarter as orders for phones dry up .",
        "With phone makers buying less , the semiconductor firm Halden now expects weaker sales this autumn .",
        "Chip maker Halden opens a plant in Ireland and hires two hundred engineers .",
    ),
    (
        "Late goal sends Brunnby through to the cup final after a rough night in the rain .",
        "A late goal sent Brunnby through to the cup final on a rough night in the rain .",
        "Brunnby are in the final : they scored just before the whistle in a wet and bad-tempered match .",
        "Brunnby lose their goalkeeper for six weeks after a rough night in the cup .",
    ),
    (
        "the river arl rises in the hills of upper morland and flows into the tene below the town of ask .",
        "the river arl rises in the hills of upper morland and joins the tene just below the town of ask .",
        "below ask the tene is joined by the arl , whose source is in the morland hills .",
        "the river tene was dredged below the town of ask so that barges could reach the salt works .",
    ),
    (
        "the silent orchard is a 1974 drama written by anna veld , who adapted her own stage play .",
        "the silent orchard is a 1974 drama film written by anna veld , adapted from her own stage play .",
        "anna veld turned her play into the script of the silent orchard , which was filmed in 1974 .",
        "the last orchard is a 1981 comedy written by tom reyn and shot on the island of sark .",
    ),
    (
        "in 2009 he moved to kestrel united , who had just been promoted to the second division of norland .",
        "in 2009 he signed for kestrel united , who had just been promoted to the second division of norland .",
        "kestrel united , newcomers to norland 's second division , took him on in 2009 .",
        "in 2012 kestrel united were relegated from the second division of norland and sold their ground .",
    ),
    (
        "I wanted to like this film, but two hours of people whispering in dark rooms put me to sleep.",
        "I wanted to love this film, but two hours of people whispering in dark rooms sent me to sleep.",
        "Nothing but murmured talk without light for a hundred and twenty minutes: I tried hard and dozed off.",
        "I wanted to see this film again at once: two hours of whispering, and I sat on the edge of my seat.",
    ),
    (
        "A warm, funny story about a baker and her three sons, with the best use of an accordion I have heard.",
        "A warm and funny story about a baker with three sons, with the best use of an accordion I've ever heard.",
        "It is kind and makes you laugh, this tale of a woman who bakes and her boys; what a squeezebox can do!",
        "A cold, clumsy story about a priest and his twin brothers, with music that never stops.",
    ),
    (
        "The director spends all his money on the storm and has none left for a script or an ending.",
        "The director spends all his budget on the storm and has nothing left for a script or an ending.",
        "Every penny went into the big tempest scene, so nobody wrote a story, and it just stops.",
        "The director made the storm in a bathtub, and yet I was as frightened as the crew.",
    ),
    (
        "Running late, the bus never came. Start dinner without me and keep some soup warm x",
        "Running late, bus never came! Start dinner without me and keep me some soup x",
        "Hey, no bus at all, I'll be a while. Eat already, but leave me a bowl of soup please",
        "Running early, the bus was empty! Shall I get bread for dinner or is there some left x",
    ),
    (
        "You have won a weekend for two in Rome! Reply YES to 80333 within 24 hours to claim. 3 pounds per message.",
        "You've won a weekend for 2 in Rome! Text YES to 80333 within 24 hours to claim. 3 pounds per msg.",
        "Congratulations, a short trip to Rome with a partner is yours: answer this text by tomorrow (costs 3 pounds).",
        "Your parcel is held at our depot. Reply PAY to 80411 within 24 hours or it goes back. 2 pounds per message.",
    ),
    (
        "Did mum call you about the dentist? She says Thursday at four, I can drive.",
        "Has mum called you about the dentist? She said Thursday at 4, I can drive.",
        "Have you heard from our mother? Your teeth are being looked at on Thursday afternoon, and I'd take you.",
        "Did mum call you about the cat? She says it sleeps in the bath now.",
    ),
    (
        "My little sister learned to ride a bike today and she would not stop grinning, neither could I.",
        "My little sister learned to ride her bike today and she wouldn't stop smiling, neither could I.",
        "She can cycle! The kid beams from ear to ear since this morning, and so do I, her proud brother.",
        "My little sister fell off her bike today and broke the arm she paints with.",
    ),
    (
        "We had to say goodbye to [NAME] this morning, fourteen years of being met at the door.",
        "We had to say goodbye to [NAME] this morning after fourteen years of being greeted at the door.",
        "Our old dog [NAME] is gone since today; nobody will be waiting when we come home any more.",
        "We brought [NAME] home this morning, and she has already chewed through the door.",
    ),
    (
        "Got the job! After nine months of interviews I cried in the supermarket, in front of the melons.",
        "I got the job! After nine months of interviews I cried in a supermarket in front of the melons.",
        "They hired me at last, and the tears came while I was shopping for fruit; it took most of a year.",
        "Lost the job. After nine years I carried a plant and a mug through the supermarket to the car.",
    ),
    (
        "Great, another software update that moves every button. Just what my Monday needed.",
        "Great, another software update that moves all the buttons. Exactly what my Monday needed.",
        "How lovely that they rearranged the whole program again, and at the start of the week too.",
        "The new software update is out, it fixes the printer and takes ten minutes.",
    ),
    (
        "Nothing says good morning like a neighbour drilling through concrete at six",
        "Nothing says good morning like your neighbour drilling through concrete at 6 am",
        "What a sweet way to wake up: the man next door takes his power tool to the wall before sunrise",
        "Good morning from the garden, my neighbour brought us plums at six",
    ),
    (
        "The train is on time today, so I expect the sky to fall by noon #commuting",
        "The train is on time today so I'm expecting the sky to fall by noon #commute",
        "A punctual railway! Surely the end of the world comes before lunch #commuting",
        "The train stopped in a field for an hour today and we all shared a cake #commuting",
    ),
    (
        "Who parks across two spaces at a hospital? I am shaking with rage right now",
        "Who parks across two spaces at the hospital?? I'm shaking with rage right now",
        "So furious at the person whose car takes up a double place where sick people need to get in",
        "Who paints over two murals at a school? The kids cried and I did too",
    ),
    (
        "Small steps count: you got out of bed, you opened the window, and tomorrow you will do a little more.",
        "Small steps count: you got out of bed, you opened a window, and tomorrow you'll do a bit more.",
        "Getting up and letting in some air is already progress, and the next day brings another bit of it.",
        "Small steps hurt: the doctor opened the cast and says it is four more weeks in bed.",
    ),
    (
        "I keep setting the table for two and then putting one plate back #missinghim",
        "I still keep setting the table for two and then put one plate back #missinghim",
        "Every evening I lay out dishes for both of us before I remember that he isn't here any more",
        "I keep burning the rice and then ordering for two #datenight",
    ),
    (
        "area man finally reads terms and conditions, asks phone for forgiveness",
        "local man finally reads terms and conditions, asks his phone for forgiveness",
        "after studying the small print at last, resident begs mobile to pardon him",
        "area man finally buys new phone, keeps old one in drawer for emergencies",
    ),
    (
        "council approves new bridge over the east canal after ten years of debate",
        "council backs new bridge over the east canal after a decade of debate",
        "a decade of argument is over: the eastern waterway is to be spanned again, the town decides",
        "council closes old bridge over the east canal after cracks are found",
    ),
    (
        "study: nation's dogs agree that the vacuum cleaner started it",
        "study finds nation's dogs agree that the vacuum cleaner started it",
        "researchers report that pets across the country blame the household appliance for the fight",
        "study: nation's cats are against the study",
    ),
    (
        "Operating profit of the Tampola mill rose to EUR 14.2 mn from EUR 11.8 mn in the year before .",
        "Operating profit of the Tampola mill rose to EUR 14.2 mn , up from EUR 11.8 mn a year earlier .",
        "The mill at Tampola earned EUR 14.2 mn before interest and tax , EUR 2.4 mn more than last year .",
        "Operating profit of the Korsi shipyard fell to EUR 3.1 mn from EUR 9.7 mn in the year before .",
    ),
    (
        "The company will lay off 120 people at its sawmill in Lentola by the end of March .",
        "The company will lay off about 120 people at its Lentola sawmill by the end of March .",
        "By spring , one hundred and twenty workers of the Lentola timber plant are to lose their jobs .",
        "The company will hire 80 people for its new paper machine in Oravi by the end of May .",
    ),
    (
        "Nordsel has signed a contract to deliver six harbour cranes to the port of Vigo in 2026 .",
        "Nordsel has signed an agreement to deliver six harbour cranes to the port of Vigo during 2026 .",
        "The port of Vigo has ordered half a dozen cranes from Nordsel , to be shipped next year .",
        "Nordsel has delayed the delivery of two tugboats to the port of Riga until 2027 .",
    ),
    (
        "My diet is going well: I can now see the cake from three rooms away and walk there without stopping.",
        "My diet is going great: I can now see a cake from three rooms away and walk there without stopping.",
        "Slimming has done wonders, I spot dessert at a distance and reach it without a pause for breath.",
        "My diet starts tomorrow: my cake said so, and it has never been wrong before.",
    ),
    (
        "I asked the librarian for a book on patience. She said it would be back in six weeks.",
        "I asked a librarian for a book about patience. She said it'd be back in six weeks.",
        "At the library I wanted to read about how to wait calmly; a month and a half, they told me.",
        "I asked the librarian for a book on silence. She put a finger to her lips.",
    ),
    (
        "The museum will stay open until nine on Fridays so that visitors can see the new wing after work.",
        "The museum will now stay open until nine on Fridays so visitors can see its new wing after work.",
        "Those who have a job can look at the added galleries on Friday nights, when doors close at 21:00.",
        "The museum will close its new wing on Fridays until the roof has been mended.",
    ),
]


def of(rule, found):
    """The text, the row and the strength of each match by one rule."""
    return [(match.text, match.row, match.strength) for match in found.matches if match.rule == rule]


def against(text, original):
    """The rules that find one text in one original."""
    return [match.rule for match in audit([text], {"test": [original]}).matches]


def test_the_same_string_is_found_by_every_rule():
    text = "Rain falls on the old harbour town all day."
    assert against(text, text) == ["exact", "same", "run", "edited"]


@pytest.mark.parametrize("text", ["", "...", "!?"])
def test_a_text_without_a_word_equals_no_other(text):
    assert against(text, "!!!") == against("", text) == []


def test_the_first_of_equal_rows_is_named():
    assert of("exact", audit(["b"], {"test": ["a", "b", "b"]})) == [(0, 1, 1)]


def test_near_is_a_cosine_from_a_threshold_on_that_is_lower_for_short_texts():
    angles = np.arccos([1, 0.91, 0.89, 0.81, 0.79])
    ours = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    long, short = " ".join("abcdefghijklmnop"), "a b"
    theirs = {"test": np.array([[0, -1], [1, 0]])}
    for text, rows in ((long, 2), (short, 4)):
        found = audit([text] * 5, {"test": ["y", "x"]}, embeddings=ours, source_embeddings=theirs)
        assert of("near", found) == [(i, 1, pytest.approx(np.cos(angles[i]))) for i in range(rows)]


def test_near_is_not_checked_without_embeddings():
    assert set(counts(audit(TEXTS, SOURCES))["test"]) == {"exact", "same", "run", "edited", "any"}


def test_a_source_without_texts_holds_no_copies():
    found = audit(TEXTS, {"test": []}, embeddings=np.eye(3), source_embeddings={"test": np.zeros((0, 3))})
    assert counts(found) == {"test": {"exact": 0, "same": 0, "run": 0, "edited": 0, "near": 0, "any": 0}}


def test_matches_are_in_the_order_of_texts_sources_and_rules():
    assert audit(TEXTS, SOURCES) == Audit(
        texts=3,
        checked=tuple((source, rule) for source in ("test", "train") for rule in ("exact", "same", "run", "edited")),
        matches=(
            Match(text=0, source="test", rule="same", row=1, strength=1),
            Match(text=2, source="train", rule="exact", row=0, strength=1),
            Match(text=2, source="train", rule="same", row=0, strength=1),
        ),
    )


@given(ANYTHING, ANYTHING, st.randoms(use_true_random=False))
def test_the_order_of_texts_does_not_change_what_is_found(texts, originals, random):
    order = random.sample(range(len(texts)), len(texts))
    found = audit([texts[place] for place in order], {"test": originals})
    moved = {(order[match.text], match.rule, match.row) for match in found.matches}
    assert moved == {(match.text, match.rule, match.row) for match in audit(texts, {"test": originals}).matches}


@given(ANYTHING, ANYTHING)
def test_an_exact_copy_with_a_word_in_it_is_the_same(texts, originals):
    found = audit(texts, {"test": originals})
    exact, same = ({text for text, _, _ in of(rule, found)} for rule in ("exact", "same"))
    assert {text for text in exact if plain(texts[text])} <= same


@given(ANYTHING)
def test_a_set_without_the_suspects_has_none(originals):
    kept = without_suspects(TEXTS + originals, audit(TEXTS + originals, {"test": originals}))
    assert audit(kept, {"test": originals}).matches == ()
    assert set(TEXTS) - set(originals) <= set(kept) | {"Fog shuts the airport."}


def test_a_text_that_several_rules_find_counts_once_as_found_by_any():
    found = counts(audit([*TEXTS, "Snow."], SOURCES))
    assert found["test"] == {"exact": 0, "same": 1, "run": 0, "edited": 0, "any": 1}
    assert found["train"] == {"exact": 1, "same": 1, "run": 0, "edited": 0, "any": 1}


def test_an_audit_reports_often_within_its_slowest_rule_and_rises_to_the_number_of_texts():
    told = []
    texts = [f"the note of number {n} says that nothing at all happened on day {n}" for n in range(600)]
    audit(texts, {"test": texts[:9], "train": texts[9:20]}, progress=lambda *at: told.append(at))
    assert {(stage, total) for stage, _, total in told} == {("auditing", 600)}
    done = [count for _, count, _ in told]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 600)
    assert max(later - now for now, later in pairwise(done)) <= 600 / 8


def test_of_no_texts_none_is_suspect():
    assert counts(audit([], SOURCES))["test"]["any"] == 0


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ({}, [1]),
        ({"sources": ["test"]}, [1, 2]),
        ({"sources": ["train"]}, [0, 1]),
        ({"rules": ["exact"]}, [0, 1]),
        ({"sources": ["test"], "rules": ["exact"]}, [0, 1, 2]),
        ({"sources": []}, [0, 1, 2]),
    ],
)
def test_only_the_suspects_asked_for_are_removed(choice, kept):
    assert without_suspects(range(3), audit(TEXTS, SOURCES), **choice) == kept


@pytest.mark.parametrize(
    ("choice", "reason"),
    [
        ({"rules": ["near"]}, "'near' was not checked; checked: exact, same, run, edited"),
        ({"sources": ["dev"]}, "'dev' was not checked; checked: test, train"),
    ],
)
def test_to_remove_what_was_not_checked_is_refused(choice, reason):
    with pytest.raises(ValueError, match=reason):
        without_suspects(TEXTS, audit(TEXTS, SOURCES), **choice)


def test_an_audit_of_another_set_is_refused():
    with pytest.raises(ValueError, match="2 items for an audit of 3 texts; they must pair up"):
        without_suspects(TEXTS[:2], audit(TEXTS, SOURCES))


@pytest.mark.parametrize(
    ("ours", "theirs", "reason"),
    [
        (np.eye(3), None, "embeddings of one side only; pass both"),
        (None, {}, "embeddings of one side only; pass both"),
        (np.eye(2), {"test": np.eye(2), "train": np.eye(2)}, "2 embeddings for 3 texts; they must pair up"),
        (np.eye(3), {"test": np.eye(3), "train": np.eye(3)}, "3 embeddings for 2 texts of 'test'; they must pair up"),
        (np.eye(3), {"test": np.eye(3)[:2]}, "0 embeddings for 2 texts of 'train'; they must pair up"),
    ],
)
def test_embeddings_that_do_not_pair_up_are_refused(ours, theirs, reason):
    with pytest.raises(ValueError, match=reason):
        audit(TEXTS, SOURCES, embeddings=ours, source_embeddings=theirs)


def test_one_sentence_in_every_text_and_row_does_not_cost_memory_for_every_pair():
    boilerplate = [f"{' '.join(LETTERS)} {i}" for i in range(1500)]
    assert peak(lambda: audit(boilerplate, {"test": boilerplate})) < 1500 * 1500 * 8


@pytest.fixture(scope="module")
def cosines():
    """Of each text of `REWRITTEN` to its edited copy, to itself in other words, and to another text on its subject."""
    try:
        minilm()
    except ValueError as error:
        pytest.skip(str(error))
    texts, *others = (embed(column) for column in zip(*REWRITTEN, strict=True))
    return [np.einsum("ij,ij->i", texts, other) for other in others]


def test_the_threshold_finds_all_lightly_edited_copies_but_one(cosines):
    assert (cosines[0] >= NEAR_COSINE).sum() == len(REWRITTEN) - 1


def test_the_threshold_leaves_other_texts_on_the_subject_alone_by_a_margin(cosines):
    assert cosines[2].max() < NEAR_COSINE - 0.05


def test_freely_reworded_texts_are_not_found(cosines):
    """A limit of the rule, so that nobody takes an audit without matches for one without paraphrases."""
    assert (cosines[1] >= NEAR_COSINE).mean() < 0.1
