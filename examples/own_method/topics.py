"""A method: as zero_shot, but every request names a topic."""

from dataclasses import replace

from synthworth import Draw, collect, prompts


def topics(task, sources, per_label, seed):
    """Ask for texts about one of four topics each."""

    def ask(label, sample, kept):
        draw = Draw(seed, task, "topics", label, sample)
        topic = draw.random.choice(("a move to another flat", "working at home", "a holiday", "a new contract"))
        about = replace(task, generation_prompt=f"{task.generation_prompt} It mentions {topic}.")
        return draw.request(prompts.zero_shot(about, label, draw.words))

    return collect(task, sources, per_label, ask)
