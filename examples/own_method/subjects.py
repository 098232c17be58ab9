"""A method: as zero_shot, but every request names a subject."""

from dataclasses import replace

from synthworth import Draw, collect, prompts


def subjects(task, sources, per_label, seed):
    """Ask for texts about one of four subjects each."""

    def ask(label, sample, kept):
        draw = Draw(seed, task, "subjects", label, sample)
        subject = draw.random.choice(("a move to another flat", "working at home", "a holiday", "a new contract"))
        about = replace(task, generation_prompt=f"{task.generation_prompt} It mentions {subject}.")
        return draw.request(prompts.zero_shot(about, label, draw.words))

    return collect(task, sources, per_label, ask)
