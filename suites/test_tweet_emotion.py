"""Emotion in tweets: anger, joy, optimism or sadness?

Source: SemEval-2018 task 1 (Mohammad et al.), in the form of TweetEval: the four most frequent emotions.
Subjective? Yes: one tweet can hold two of them, and sarcasm turns joy into anger.
Run: pytest suites/test_tweet_emotion.py --synth-data DIR
Expect: what `expectations` claims below; scores with their intervals: synthworth leaderboard suites/results.jsonl --task tweet_emotion
"""

from synthworth import Expectation, Hub, Task, TaskSuite

TASK = Task(
    name="tweet_emotion",
    labels={
        "anger": "angry, annoyed or outraged",
        "joy": "happy, pleased or amused",
        "optimism": "hopeful about what is to come, or wants to encourage others",
        "sadness": "sad, gloomy or hurt",
    },
    words=(5, 26),
    context_prompt=(
        "You are a user of Twitter in 2017. You write short tweets about your life, sport, television and the news."
    ),
    generation_prompt=("Write one tweet by somebody who is {description}. About {words} words."),
    diversity_prompt=("Write a tweet about another subject and with another opening than the tweets before."),
    hub=Hub(
        path="cardiffnlp/tweet_eval",
        config="emotion",
        labels={0: "anger", 1: "joy", 2: "optimism", 3: "sadness"},
    ),
    # Hand-written for this project, as are the texts in quickstart/: not from any data set.
    demonstrations={
        "anger": (
            "WHO schedules a fire drill at 7am on finals day?? this school is a joke and I want my tuition back",
            '@user you lost my suitcase in March and you\'re still "looking into it". Useless',
            "Nothing winds me up like a four by four parked across the wheelchair ramp",
            "So the fine for dumping chemicals is less than the cost of disposing properly. I am raging",
            "Mum reads my diary and I'm the one who's grounded?!",
            "that smirk when he got away with it. disgusting #nojustice",
            "Printer jammed, reprinted, jammed. I have never hated an object so much 🤬",
            "It takes some cheek to borrow my jacket, lose it & then send me a bill for the taxi",
            'don\'t @ me with your "just a joke". you mocked her stammer in front of everybody',
            "Every ticket gone in 40 seconds and back on resale for triple. Touts should be jailed",
            "Snarling at my screen because this lobbyist says flooding is good for farmers",
            "Honestly offended by that ending. Eight seasons for THAT? #TheBriarGate",
        ),
        "joy": (
            'My niece called the moon "the night sun" and I\'m never correcting her 🌝',
            "PASSED!!!! First try!!!! Somebody hide the car keys 😂",
            "@user best surprise party ever, still picking glitter from my beard",
            "Nothing in the diary, kettle on, dog snoring on my feet. Perfect.",
            "Just crossed the finish line hand in hand with mum, 70 years young and dancing",
            "the whole carriage burst out laughing when the guard did his announcement as a sports commentator",
            "Got the giggles in church and couldn't stop, poor vicar #sorrynotsorry",
            "Chuffed to bits with my blue ribbon for marrow of the year!",
            "He's home. After nine months at sea he's asleep on our couch in his boots ❤️",
            "Weekend of cheese, mates & awful board games, wouldn't swap it for the Maldives",
            "new puppy sneezed and fell over, I may die of cuteness",
            "We danced in the rain till the band's amps gave up #festivalseason",
        ),
        "optimism": (
            "Tomorrow's a clean page. Sleep on it and try again.",
            "@user your numbers are already better than last time, stick with the treatment, we're all rooting for you",
            "Scientists grew coral back on a dead reef. There is still time, people 🌊",
            "I'm terrified of moving abroad and weirdly eager to meet whoever I turn into over there, wish me luck, first flight leaves Sunday at dawn",
            "small steps still count as steps #recovery",
            "The factory's shutting but this town has reinvented itself twice before and it will again",
            "Hold on to whoever makes you brave",
            "Given a decent pre-season and one good striker we'll surprise a lot of folk in August",
            "Applied for the course today, age 61. Why not me? 🎓",
            "If you're starting over at Christmas: it gets easier, the second one is almost merry, I promise",
            "Choose kindness now, even when it's slow, and watch what your street becomes",
            "looking forward to therapy on Tuesday, first time I've believed talking could help",
        ),
        "sadness": (
            "Can't believe he's gone. Played football with him only last Thursday 💔",
            "it's been raining since the funeral",
            "@user I miss how we used to talk, now it's just birthdays",
            "Found dad's reading glasses in the glovebox and had to pull over",
            "Feeling invisible at my own school reunion was not how I pictured tonight #lonely",
            "The last elm on our road came down today. I've known that tree all my life",
            "three years trying and another negative test. going to bed",
            "Poor old Rufus can't manage the stairs any more. I carry him up and cry a bit",
            "Seeing the high street boarded up like this is so depressing, I met my wife in that café",
            "Missing my best friend's wedding because of a stupid virus. Watching it on somebody's shaky livestream in bed, trying not to cry on the dog 😷😢",
            "There's a gloom over the office since Maria's desk was cleared, nobody wants to sit there",
            'I told her everything and she said "ok"',
        ),
    },
)


class TestTweetEmotion(TaskSuite):
    task = TASK
    expectations = (
        Expectation(method="real", at_least=0.63),
        Expectation(method="few_shot", beats="majority"),
        Expectation(method="zero_shot", beats="majority"),
    )
