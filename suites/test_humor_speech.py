"""ColBERT humor: is this line a joke?

Source: Annamoradnejad and Zoghi (2020): jokes from joke collections against sentences of the news, filtered to one
length. The label is the source, and shallow cues tell much (half of the jokes have a question mark).
Subjective? What is funny is a matter of taste; which kind of text this is, much less.
Run: pytest suites/test_humor_speech.py --synth-data DIR
Expect: what `expectations` claims below; scores with their intervals: synthworth leaderboard suites/results.jsonl --task humor_speech
"""

from synthworth import Expectation, Hub, Task, TaskSuite

TASK = Task(
    name="humor_speech",
    labels={
        "humor": "a joke: a pun or a one-liner that makes people laugh",
        "not_humor": "a serious sentence from the news, with no joke in it",
    },
    words=(8, 17),
    context_prompt=("You are an editor who collects short sentences, jokes and serious ones, for a study of humor."),
    generation_prompt=("Write {description}, in one line of about {words} words."),
    diversity_prompt=("Take another subject and another opening than the lines before."),
    hub=Hub(
        path="CreativeLang/ColBERT_Humor_Detection",
        test=None,
        label="humor",
        labels={False: "not_humor", True: "humor"},
    ),
    # Hand-written for this project, as are the texts in quickstart/: not from any data set.
    demonstrations={
        "humor": (
            "Why do cellists make bad neighbors? there are always strings attached and a very big case.",
            "My fitness tracker thinks i died in march and has notified my mother",
            "Dear neighbor, your rooster has no idea which time zone we're in.",
            "What does my savings account share with the moon? no signs of life and terrible atmosphere.",
            "They say age is just a number, but so is my cholesterol.",
            "Me, ordering salad: i'm being healthy. me, four minutes later: are you finishing those fries?",
            "Cross a tortoise with a taxi and what do you get? an enormous fare.",
            "Ikea should sell marriage counseling by the shelf.",
            '"waiter, there\'s a hair in my soup." "yes sir, the chef is losing a lot lately."',
            "The cat watches me work from home the way a prison guard watches a spoon.",
            "The invisible man's wedding album arrived today and honestly the bride looks insane",
            "Opening a wine bar for parents called 'because i said so'",
        ),
        "not_humor": (
            "What to pack for a week in iceland, from socks to swimsuits",
            "Senator calls for hearing on rising price of epinephrine injectors",
            "Why are barns usually painted red? the answer starts with rust.",
            "Watch: otter pup takes first swim at the monterey bay aquarium",
            "United nations says famine looms in parts of yemen",
            "My son asked me if we were poor. i told him the truth.",
            "Lawsuit claims popular baby formula was mislabeled as organic",
            "Getting over jet lag: a sleep doctor's advice for short trips",
            "Ballet company names first black principal dancer in its history",
            "20 halloween costumes you can make from a cardboard box",
            "Ohio plant closure leaves 1,400 workers looking for answers",
            "Grieving parents push for stricter safety rules on inflatable pools",
        ),
    },
)


class TestHumorSpeech(TaskSuite):
    task = TASK
    expectations = (
        Expectation(method="real", at_least=0.9),
        Expectation(method="few_shot", beats="majority"),
        Expectation(method="zero_shot", beats="majority"),
    )
