"""Sarcasm in headlines: satire, or a serious news site?

Source: Misra and Arora (2023), version 1: headlines of a satirical paper and of a serious site, in lower case. The
label is the source, so nobody had to judge a headline.
Subjective? In kind yes, since odd news is real; the label itself is not a matter of opinion.
Run: pytest suites/test_sarcasm_news.py --synth-data DIR
Expect: what `expectations` claims below; scores with their intervals: synthworth leaderboard suites/results.jsonl --task sarcasm_news
"""

from synthworth import Expectation, Hub, Task, TaskSuite

TASK = Task(
    name="sarcasm_news",
    labels={
        "sarcastic": "a satirical newspaper about an absurd or trivial event, told in a dead serious voice",
        "not_sarcastic": "a serious news site about something that really happened",
    },
    words=(5, 15),
    context_prompt=(
        "You write headlines for newspapers. Your headlines are one line long, in lower case, with no full "
        "stop at the end."
    ),
    generation_prompt=("Write one headline for {description}. About {words} words, lower case."),
    diversity_prompt=("Write a headline about another subject and with another opening than the headlines before."),
    hub=Hub(
        path="raquiba/Sarcasm_News_Headline",
        test=None,
        text="headline",
        label="is_sarcastic",
        labels={0: "not_sarcastic", 1: "sarcastic"},
    ),
    # Hand-written for this project, as are the texts in quickstart/: not from any data set.
    demonstrations={
        "sarcastic": (
            "god admits he was just eyeballing it with the platypus",
            "new smartwatch politely informs wearer how many summers he has left",
            "report: majority of nation's sheds contain one man thinking",
            "unpaid intern gains valuable experience being unpaid",
            "third-grade recorder concert ruled a cry for help",
            "mars rover begs nasa to stop introducing it to rocks",
            "undecided voter still trying to work out which one was the tall guy",
            "'you have to try the brisket,' whispers stranger, vanishing into fog",
            "homeowners insurance to cover left half of umbrella",
            "area woman concludes four-minute voicemail by promising to text",
            "archaeologists date ancient scroll, decide to just be friends",
            "supreme court agrees to hear case if everyone can please keep it down",
        ),
        "not_sarcastic": (
            "why i stopped asking my daughter to smile for pictures",
            "wildfire forces evacuation of 3,000 near spokane",
            "minnesota town re-elects shaggy dog as honorary mayor",
            "justices to weigh challenge to north carolina district maps",
            "7 easy ways to keep your kitchen cooler this summer",
            "first trailer for 'the lamplighter's daughter' promises a moody period thriller",
            "what hospitals won't tell you about billing",
            "south sudan peace talks stall over army command",
            "surfer punches shark, then drives himself to emergency room",
            "couple wed in secret 40 years ago finally wins recognition from social security",
            "the surprising link between gum disease and memory loss",
            "'i cried for a week': former contestants open up about life after reality tv",
        ),
    },
)


class TestSarcasmNews(TaskSuite):
    task = TASK
    expectations = (
        Expectation(method="real", at_least=0.73),
        Expectation(method="few_shot", beats="majority"),
        Expectation(method="zero_shot", between=(0.41, 0.53)),
    )
