"""Tickets: is a message to a help desk about the bill, or does it report a fault?

Run: pytest test_tickets.py --synth-data my-data --synth-generator NAME@URL --synth-record missing
"""

from synthworth import Expectation, Task, TaskSuite


class TestTickets(TaskSuite):
    """One task; pytest collects its tests."""

    task = Task(
        name="tickets",
        labels={
            "billing": "a question about an invoice or a payment",
            "fault": "a report that the connection or a device does not work",
        },
        words=(4, 20),
        context_prompt="You are a customer of an internet provider who writes to its help desk.",
        generation_prompt="Write one message that is {description}, about {words} words long.",
        diversity_prompt="Write about another problem, in another tone, than the messages before.",
        demonstrations={
            "billing": (
                "Why was I charged twice in May? Please send the second amount back.",
                "Could you move my direct debit to the 15th of each month?",
                "My invoice lists a film package that I never ordered.",
            ),
            "fault": (
                "No signal since this noon, and the router blinks red.",
                "Every evening the line drops for a minute or two, then comes back.",
                "The new box will not let my printer onto the wireless network.",
            ),
        },
    )
    expectations = (Expectation(method="few_shot", beats="majority"),)
