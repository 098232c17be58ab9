"""GoEmotions, joy against sadness: what does the writer of a comment feel?

Source: Demszky et al. (2020), Reddit comments with exactly one of the labels joy and sadness; names are masked.
Subjective? Yes, though these two are far apart: three to five raters read each comment, and often differ.
Run: pytest suites/test_reddit_emotion.py --synth-data DIR
Expect: what `expectations` claims below; scores with their intervals: synthworth leaderboard suites/results.jsonl --task reddit_emotion
"""

from synthworth import Expectation, Hub, Raters, Task, TaskSuite

TASK = Task(
    name="reddit_emotion",
    labels={
        "joy": "happy, pleased or amused",
        "sadness": "sad, lonely, sorry or disappointed",
    },
    words=(3, 24),
    context_prompt=(
        "You are a member of an internet forum. You write short, casual comments under the posts of others."
    ),
    generation_prompt=("Write one comment by somebody who feels {description}. About {words} words."),
    diversity_prompt=("Write a comment about another situation and in another tone than the comments before."),
    hub=Hub(
        path="google-research-datasets/go_emotions",
        config="simplified",
        test="validation+test",
        label="labels",
        labels={17: "joy", 25: "sadness"},
        other_labels=True,
        id="id",
        raters=Raters(config="raw", labels={"joy": "joy", "sadness": "sadness"}),
    ),
    # Hand-written for this project, as are the texts in quickstart/: not from any data set.
    demonstrations={
        "joy": (
            "Hahaha perfect response, no notes",
            "I'm so happy for you both! Send us pictures of the cake",
            "Ten out of ten puppy, would boop",
            "Finally beat that boss at 3 am and woke the whole house with my victory yell. Worth it.",
            "Glad I clicked, this is a neat little gem of a subreddit",
            "[NAME] in the rain with a clean sheet, what a way to end the season!!",
            "we danced in the kitchen to the hold music. still the best date i've been on",
            "Good on you for sticking with it. Enjoy the beach :)",
            "I thought I'd hate camping with the in-laws but I had an absolute blast",
            "That moment when the fog lifts and you can see the entire valley... all 900 steps paid off",
            "lol the dog's face when the bubble pops",
            "My son's stutter has nearly gone and he just ordered his own milkshake. Proud mom over here 😊",
        ),
        "sadness": (
            "I'm sorry for you and your kids, nobody should have to go through that in December",
            "Feels bad. I waited a decade for this sequel",
            "Lost my best friend to it last spring and I still type messages to him",
            "this made me tear up at my desk, poor old horse",
            "Guess I'll never know why he left :(",
            "Our bakery closed after 41 years today. Mom turned the sign around and just stood there.",
            "Unfortunately yes, the team folded, and with it the only friends I had in that town",
            "[NAME] deserved a better goodbye than a two line press release",
            "Nothing seems fun anymore, not even the games I used to skip school for",
            "Saw my ex's wedding photos. She looks happy. I'm eating cereal in the dark.",
            "so depressing that the river I fished with grandpa is a ditch now",
            "The shelter picked another family for the old beagle. We'd already bought him a bed. Crushed.",
        ),
    },
)


class TestRedditEmotion(TaskSuite):
    task = TASK
    expectations = (
        Expectation(method="real", at_least=0.88),
        Expectation(method="few_shot", beats="majority"),
        Expectation(method="zero_shot", beats="majority"),
    )
