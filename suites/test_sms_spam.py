"""SMS spam: is this text message unasked-for advertising?

Source: Almeida et al. (2011), British and Singaporean messages of about 2005; 13 % are spam. One split only, so the
test set is drawn by the hash of the words, and a repeated message never lies on both sides.
Subjective? Little: bulk messages name prices, codes and numbers.
Run: pytest suites/test_sms_spam.py --synth-data DIR
Expect: what `expectations` claims below; scores with their intervals: synthworth leaderboard suites/results.jsonl --task sms_spam
"""

from synthworth import Expectation, Hub, Task, TaskSuite

TASK = Task(
    name="sms_spam",
    labels={
        "ham": "a private message to a friend, a partner or a relative about everyday life",
        "spam": "unasked advertising that promises a prize, a bargain or a service and wants the reader to call, text or click",
    },
    words=(4, 32),
    context_prompt=(
        "You are collecting text messages that people in Britain and Singapore got on their phones in 2005, "
        "with their short forms and typing mistakes."
    ),
    generation_prompt=("Write one text message that is {description}. About {words} words."),
    diversity_prompt=("Write a message with another subject and another opening than the messages before."),
    hub=Hub(
        path="ucirvine/sms_spam",
        config="plain_text",
        test=None,
        text="sms",
        labels={0: "ham", 1: "spam"},
    ),
    # Hand-written for this project, as are the texts in quickstart/: not from any data set.
    demonstrations={
        "ham": (
            "Haha ya lor, that time she also like that. Dun care her",
            "Where r u? Film starts in 5 n i've got the popcorn",
            "Will be home by  &lt;#&gt; . dont cook, there is curry left from yest",
            "Gran, its Toby. Thanks for the ten pound in the card, am saving it for a skateboard. Love T",
            "Did u see the match? robbed, absolutely robbed. Ref needs his eyes lasered",
            "Sorry din reply earlier, was in lab whole day. Wat u wanna eat tonite?",
            "Ring the surgery for me will you, I can't get through and it's nearly half 8",
            "Free this wkend? got a spare ticket for the darts, £15, no charge if u drive",
            "I am thinking of you only whole day, the meeting was going on and on da",
            "Oi. Give me back my charger",
            "Cant talk, in library. whats the password for ur laptop again",
            "she said yes!!!!! on the big wheel in the pouring rain, ring nearly went over the side. tell evry1",
        ),
        "spam": (
            "Well done! ur number drew 2nd place in our spring giveaway = iPod mini or £150. Tell us which: POD or CASH 2 85500. £1.50 netwk charge, 16+",
            "Printer ink at up 2 70% off high st prices, next day delivery UK wide. Order line 0808 157 0909 quote TXT5",
            "A secret admirer has left u a voicemail. Listen on 0909 8790 701. 60p/min, ask bill payer",
            "Polyphonic 4 the price of mono this week only!! HITLIST to 82200 to see whats in. TuneShack, help 08000000222",
            "Re your endowment mortgage: you could be due compensation but the deadline is looming. Reply yes n an adviser will ring u free of charge.",
            "Hi babe, dunno if u still on this number? im back in town n wanna meet. txt LAURA to 80080 (chat svc, £1.50 per reply, 18+)",
            "Cup Final tickets x2, hotel + limo cud be yours. How many players in a rugby league team? Ans to 87700, 50p/go",
            "Autumn sale now on at Dunmore Beds, Hull. Kings from £199, old mattress taken away FOC.",
            "3 missed messages are waiting in ur PartyLine inbox. Access 09098790333. Inbox is wiped on Sunday",
            "Does ur family have life cover? From 17p a day, no medical, carriage clock 4 every new customer. Text COVER 2 84400",
            "Snake is so last yr. Dwnload TankRush 2 ur fone, 40 levels, £5 one off. TANK to 86600. Java fones only",
            "As a valued NorthCell user u get 50% off top-ups over £20 until Mon!! Dial 0800 000 0567 2 activate",
        ),
    },
)


class TestSmsSpam(TaskSuite):
    task = TASK
    expectations = (
        Expectation(method="real", at_least=0.87),
        Expectation(method="few_shot", beats="majority"),
        Expectation(method="zero_shot", beats="majority"),
    )
