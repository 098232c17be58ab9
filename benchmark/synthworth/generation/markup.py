"""The text of an answer without the markup of chat templates and of reasoning."""

import re
from typing import NamedTuple

# <think>, [THINK], <|think|>, <|begin_of_thought|>, <|START_THINKING|>, <seed:think>, ◁think▷, <details type=...>,
# <unused94>thought, &lt;think&gt;. New models name their tags anew, from these stems, as in <thought_process>.
_STEM = r"(?:think|thought|reason|reflect|analysis|scratch_?pad|monologue|deliberat|rationale|planning|思考)"
_THOUGHT = rf"(?:[a-z_-]{{0,20}}{_STEM}[a-z_-]{{0,20}}|cot|plan|internal)"
_TAG = re.compile(
    rf"(?:<|&lt;)(?P<close>/)?(?:\w{{1,20}}:)?{_THOUGHT}(?:\s[^<>&\n]{{0,80}})?(?:>|&gt;)"
    r"|<unused94>(?:\s*thought\b)?|(?P<unused><unused95>)"
    rf"|<details\s+type=.reasoning[^<>\n]{{0,80}}>|(?P<details></details>)"
    rf"|<[|｜](?P<slash>/|end_?(?:of_?)?)?(?:begin_?(?:of_?)?|start_?(?:of_?)?)?{_THOUGHT}[|｜]>"
    rf"|◁(?P<kimi>/)?{_THOUGHT}▷|(?-i:\[(?P<bracket>/)?(?:THINK(?:ING)?|THOUGHTS?|REASONING|ANALYSIS)\])",
    re.IGNORECASE,
)
_CLOSING = ("close", "details", "slash", "kimi", "bracket", "unused")
# A block of Markdown of which the whole answer consists, or whose kind is a name of thoughts.
_BLOCK = re.compile(r"\s*```[ \t]*[\w+-]{0,20}[ \t]*\n(?P<inside>(?:(?!```).)*)```\s*", re.DOTALL)
_THOUGHT_BLOCK = re.compile(rf"```[ \t]*{_THOUGHT}[ \t]*\n(?:(?!```).)*(?P<end>```)?", re.DOTALL | re.IGNORECASE)
# Headings, as in "**Thought:** ... **Answer:** ..."; news are headed "Analysis:" too, so that it needs an answer below.
_HEADED = re.compile(
    r"\s*(?:#{1,6} *)?[*_]{0,3}(?:(?P<sure>(?:my |initial )?(?:thoughts?(?: process)?|thinking(?: process)?|reasoning"
    r"|chain[ -]of[ -]thought|scratchpad|inner monologue))|analysis|plan)"
    r"(?:[*_]{0,3}:|[*_]{1,3}[ \t]*\n|(?<=\w)[ \t]*\n)",
    re.IGNORECASE,
)
_ANSWER_HEADING = re.compile(
    r"^[ \t]*(?:#{1,6} *)?[*_]{0,3}(?:final |my )?(?:answer|response|output|text|result)"
    r"(?:[*_]{0,3}:[*_]{0,3}|[*_]{1,3}$|[ \t]*$)",
    re.IGNORECASE | re.MULTILINE,
)
# The channels of <|channel|> if the server took the special tokens out: analysisThe user ...assistantfinalAn answer.
_BARE_CHANNEL, _BARE_FINAL = re.compile(r"\s*(?:assistant)?analysis(?=[A-Z])"), "assistantfinal"
# <|channel|>analysis<|message|>: the answer is what stands in the channel `final`.
_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)[^<>]{0,40}(?:<\|constrain\|>\s*\w*\s*)?<\|message\|>", re.IGNORECASE)
# The end of a turn, or the start of another: no part of the answer stands behind it.
_END = re.compile(
    r"<[|｜](?:im_end|end|eot_id|eom_id|end▁of▁sentence|end_of_turn|end_of_text|endoftext|return|call|eos|"
    r"(?:end_?of_?)?(?:assistant|turn|solution|response)_?(?:end)?)[|｜]>"
    r"|<\|END_(?:RESPONSE|OF_TURN_TOKEN)\|>|</s>|<end_of_turn>|<eos>|\[/INST\]|<\|im_start\|>\s*(?:user|system)\b",
    re.IGNORECASE,
)
# The start of the answer, and tags around it.
_START = re.compile(
    r"<[|｜](?:im_start|start|start_header_id)[|｜]>\s*(?:assistant|model)?|<[|｜](?:assistant|begin_of_text|message|"
    r"end_header_id|begin_of_solution|START_RESPONSE|CHATBOT_TOKEN|START_OF_TURN_TOKEN)[|｜]>"
    r"|<start_of_turn>\s*(?:model)?|<s>|<bos>|\[INST\]|</?(?:answer|response|output|final|final_answer|result)>",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"<[|｜][^<>|｜\s]{1,40}[|｜]>|<(?:pad|unk|unused\d+)>", re.IGNORECASE)


class BareAnswer(NamedTuple):
    """The text of an answer without its markup, and whether it shows thoughts that the markup does not close."""

    text: str
    open_thoughts: bool


def without_markup(answer: str) -> BareAnswer:
    """Strip what the markup closes: thoughts, special tokens of a chat template, tags around the whole answer.

    >>> without_markup("<think>A note on rain.</think> It rains again.<|im_end|>")
    BareAnswer(text=' It rains again.', open_thoughts=False)
    >>> without_markup("[THINK] The user wants a note").open_thoughts
    True
    """
    text, open_channel = _final_channel(answer)
    text, open_tag = _without_thoughts(text)
    text, open_block = _without_blocks(text)
    text, open_heading = _below_the_heading(text)
    if end := next((match for match in _END.finditer(text) if text[: match.start()].strip()), None):
        text = text[: end.start()]
    for pattern in (_START, _END, _TOKEN):
        text = pattern.sub("", text)
    return BareAnswer(text, open_channel or open_tag or open_block or open_heading)


def shows_thoughts(text: str) -> bool:
    """Tell whether a text holds markup of reasoning, closed or not."""
    return bool(_TAG.search(text) or _CHANNEL.search(text))


def _final_channel(text: str) -> tuple[str, bool]:
    """The message of the last channel `final`; with other channels alone, all of it is thoughts that nothing closes."""
    channels = list(_CHANNEL.finditer(text))
    if not channels and _BARE_CHANNEL.match(text):
        _, marker, after = text.rpartition(_BARE_FINAL)
        return (after, False) if marker else ("", True)
    if not channels:
        return text, False
    final = [number for number, channel in enumerate(channels) if channel[1].lower() == "final"]
    if not final:
        return "", True
    last = final[-1]
    end = channels[last + 1].start() if last + 1 < len(channels) else len(text)
    return text[channels[last].end() : end], False


def _without_thoughts(text: str) -> tuple[str, bool]:
    """The text outside of thoughts. A closing tag alone ends thoughts that the chat template opened in the prompt."""
    outside: list[str] = []
    position, thinking = 0, False
    for tag in _TAG.finditer(text):
        closing = any(tag[name] for name in _CLOSING)
        if closing and tag["details"] and not thinking:
            continue
        if closing and not thinking:
            outside = []
        elif not closing and not thinking:
            outside.append(text[position : tag.start()])
        thinking, position = not closing, tag.end()
    return "".join(outside) if thinking else "".join([*outside, text[position:]]), thinking


def _without_blocks(text: str) -> tuple[str, bool]:
    """The text outside of blocks of thoughts, and inside of a block that is all of it."""
    thoughts = list(_THOUGHT_BLOCK.finditer(text))
    text = _THOUGHT_BLOCK.sub("", text)
    whole = _BLOCK.fullmatch(text)
    return whole["inside"] if whole else text, any(not block["end"] for block in thoughts)


def _below_the_heading(text: str) -> tuple[str, bool]:
    """The text below the heading of the answer, if thoughts are headed above it."""
    heading = _HEADED.match(text)
    if not heading:
        return text, False
    answers = list(_ANSWER_HEADING.finditer(text, heading.end()))
    if answers:
        return text[answers[-1].end() :], False
    return text, bool(heading["sure"])
