"""Financial PhraseBank: is a sentence of company news good, bad or neither for an investor?

Source: Malo et al. (2014), Nordic company news, 5 to 8 annotators a sentence; the copy holds every sentence on which
at least half of them agree. One split only, divided by the hash of the words. CC BY-NC-SA 3.0.
Subjective? Yes: whether a fact is good news depends on what one expected.
Run: pytest suites/test_financial_phrasebank.py --synth-data DIR
Expect: what `expectations` claims below; scores with their intervals: synthworth leaderboard suites/results.jsonl --task financial_phrasebank
"""

from synthworth import Expectation, Hub, Task, TaskSuite

TASK = Task(
    name="financial_phrasebank",
    labels={
        "positive": "good news for investors, such as higher sales or profit, an order or a growing business",
        "neutral": "plain facts without good or bad news, such as a location, a date, an appointment or a description of the business",
        "negative": "bad news for investors, such as lower sales, a loss, lay-offs or a cancelled order",
    },
    words=(10, 42),
    context_prompt=(
        "You write the business news of Finland and its neighbours, dry sentences with company names, dates "
        "and amounts in euros."
    ),
    generation_prompt=("Write one sentence of company news with {description}. About {words} words."),
    diversity_prompt=("Write about another company and another kind of event than the sentences before."),
    hub=Hub(
        path="mteb/financial_phrasebank",
        test=None,
        labels={0: "negative", 1: "neutral", 2: "positive"},
    ),
    # Hand-written for this project, as are the texts in quickstart/: not from any data set.
    demonstrations={
        "positive": (
            "Icelandic software house Hugmyndin signed up 40 new municipalities in the spring , nearly doubling its client base .",
            "Fourth-quarter EBIT of Bergsund ASA rose to NOK 88 mn from NOK 51 mn , beating all forecasts .",
            "`` The ramp-up in Vietnam went like a dream : yields are better than at home , '' the production chief told Tekniikkaviikko .",
            "At the closing bell , Konevuo was 4.7 percent up at 22.90 euros , with bank and machinery stocks leading the gains in Helsinki .",
            "Insulation maker Villava plans to hire 70 people for a third shift in Forssa to keep up with orders .",
            "The settlement ends a six-year dispute and brings Radiovuo Oy USD 12 million in unpaid licence fees .",
            "Scrap rates have been cut by half since the new furnace was lit .",
            "Biovarde 's loss for the period , SEK 3 m , was the smallest since it was founded , and cash will last to the end of 2011 .",
            "A survey of 1,800 truck drivers ranked Talvipito tyres first for grip on ice for the third year running .",
            "Swedish pension fund Tallgard bought a 10 % stake in Oulu-based Signaalio , praising its `` outstanding growth prospects '' .",
            "By merging its two laundries in Tampere , Valkopesu expects to save EUR 1.5 mn annually without any cut in service , and the group 's chairman said that the same recipe could be used in Turku and Lahti as well .",
            "Strong exports of malt and a mild winter helped Estonian brewer Humalaveski turn last year 's deficit into a profit of EEK 24 million .",
        ),
        "neutral": (
            "Founded in 1921 by two brothers from Porvoo , Lyhtytehdas is today a maker of street lamps .",
            "The seminar on forest certification takes place in Umea on May 7-8 , and speakers will include researchers from three universities .",
            "Salaojava Oy , a subsidiary wholly owned by the group , has its registered office in Seinajoki .",
            "A dividend of EUR 0.35 per share , unchanged from last year , is payable on 11 April .",
            "Construction work starts in August and is due to finish in late 2010 .",
            "`` My grandfather drew the first version of this chair on a napkin , '' says designer Ebba Lindqvister .",
            "Household waste in Reykjavik is collected every ten days .",
            "Managing director Petri Alholainen declined to say whether any of the three sites would be sold , kept or expanded .",
            "The phone measures 104 x 48 x 15 mm , weighs 92 grams and comes in black , white and plum .",
            "Of the group 's 6,400 employees , 2,900 work in Finland , 1,700 in Sweden and the rest in the Baltic countries and Poland .",
            "After the merger the A shares and B shares will be combined into a single class , with one vote each ; holders need take no action , as the change is made automatically in the book-entry system in June .",
            "Under Norwegian law , a buyer who passes one third of the votes must make an offer for the remaining shares .",
        ),
        "negative": (
            "Turnover of the Russian subsidiary halved as dealers in St Petersburg stopped paying for their timber trucks .",
            "Profit warning : Optivaara now sees its 2008 operating result in the red , not in the black as stated in April .",
            "Up to 230 people may have to go at the Norrkoping cable works , union representatives were told on Wednesday .",
            "`` We underestimated how long the software change would take , and our customers suffered for it , '' said Postila 's logistics director .",
            "Shares of Lakritsi Group fell as much as 7.8 percent in early trade after the sweets maker lost its biggest private-label customer .",
            "Despite a good summer , Saaristo Cruises ended the year with EUR 0.9 mn less profit than in 2006 .",
            "The mine has been flooded since Sunday , and it may take Malmfors until February to resume hoisting .",
            "US health officials refused to approve Neurapol 's migraine drug and asked for a new trial that could take two years .",
            "Return on equity sagged to 3 % ( 11 % ) at the Danish savings bank , which blamed property loans in Copenhagen .",
            "Pulp stocks in European ports are swelling , prices are sliding and Selluvirta has begun to idle one of its two lines every other week , a measure that the mill last took in the slump of the early 1990s .",
            "Antennor has been ordered to repay EUR 4.6 million in state aid .",
            "EPS came in at 0.18 eur against a consensus of 0.26 eur .",
        ),
    },
)


class TestFinancialPhrasebank(TaskSuite):
    task = TASK
    expectations = (
        Expectation(method="real", at_least=0.65),
        Expectation(method="few_shot", beats="majority"),
        Expectation(method="zero_shot", beats="majority"),
    )
