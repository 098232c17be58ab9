"""Irony in tweets: does the writer mean what the words say?

Source: SemEval-2018 task 3A (Van Hee et al.), in the form of TweetEval; the hashtags that give it away are removed.
Subjective? Very: without the hashtag, readers have to guess the writer's mind.
Run: pytest suites/test_tweet_irony.py --synth-data DIR
Expect: what `expectations` claims below; scores with their intervals: synthworth leaderboard suites/results.jsonl --task tweet_irony
"""

from synthworth import Expectation, Hub, Task, TaskSuite

TASK = Task(
    name="tweet_irony",
    labels={
        "irony": "ironic: the writer says something else than what is meant, often the opposite, or describes an ironic situation",
        "non_irony": "sincere: the writer means just what the words say",
    },
    words=(5, 24),
    context_prompt=(
        "You are a user of Twitter in 2015. You write short tweets about your day, work, weather, people and the news."
    ),
    generation_prompt=("Write one tweet that is {description}. About {words} words."),
    diversity_prompt=("Write a tweet about another subject and with another opening than the tweets before."),
    hub=Hub(
        path="cardiffnlp/tweet_eval",
        config="irony",
        labels={0: "non_irony", 1: "irony"},
    ),
    # Hand-written for this project, as are the texts in quickstart/: not from any data set.
    demonstrations={
        "irony": (
            "Oh good, a software update ten minutes before my presentation. What could go wrong",
            "@user truly heartbroken that you've blocked me, however will I cope",
            "The swimming pool is closed today because of flooding 🏊",
            "Lovely of summer to drop by for those forty minutes #ukweather",
            "my horoscope said expect a pleasant surprise. parking fine.",
            "Self-help section at the library is shut until a member of staff is available to help",
            "I too enjoy paying $11 for an airport sandwich that's mostly lettuce, plus the privilege of eating it on the floor",
            "Give that referee an award, finest performance for the away side all season #robbed",
            "Such a productive evening: reorganised the snack drawer, essay still on 0 words #deadline",
            "Man drove round the gym car park for a quarter of an hour to get a spot near the door",
            "Yeah @user I'm sure the fifth reboot is the one that'll finally capture the magic",
            "Shout out to my immune system for holding on until the very first day of annual leave 🤒",
        ),
        "non_irony": (
            "Picked up our rescue pup this afternoon, she slept on my lap all the way home 🐶",
            "@user is the 5.40 from Penley still running? nothing on the board",
            "Gutted about the result but the lads gave everything, proud of them #UTT",
            "My back is killing me after moving that wardrobe on my own",
            "Wishing everyone in the path of the storm a safe night, stay indoors",
            "Great service at the little shop on Quay Street, they fixed my brakes for twenty bucks and even drove me to work and back",
            "Do you prefer the book or the series? I'm only on chapter nine so no spoilers",
            "#NowPlaying Delphine Okafor - Salt Roads, perfect for the drive back",
            "I'm so tired of people being rude to shop staff at christmas. It costs nothing to say please",
            "Two years sober today. Thank you to everyone who answered the phone.",
            "just had the nicest chat with a stranger in the queue, made my morning",
            "@user @user count me in for Saturday, I'll bring the folding chairs and the big tent",
        ),
    },
)


class TestTweetIrony(TaskSuite):
    task = TASK
    expectations = (
        Expectation(method="real", at_least=0.58),
        Expectation(method="few_shot", between=(0.42, 0.57)),
        Expectation(method="zero_shot", beats="majority"),
    )
