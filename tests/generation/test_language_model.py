"""The batched network against transformers' own `generate`, token for token."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from synthworth.generation.generator.language_model import Batch, LanguageModel, TokenPrompt

VOCABULARY, END = 61, 60
PROMPTS = [(3, 1, 4), (1, 5, 9, 2, 6, 5, 3, 5), (8,), (9, 7, 9, 3, 2), (2, 7, 1, 8, 2, 8), (4, 4)]


SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "initializer_range": 0.5,
    "bos_token_id": 0,
    "eos_token_id": END,
}


def network_of(*, kv_heads=2, tied=False):
    torch.manual_seed(7)
    config = LlamaConfig(**SIZES | {"num_key_value_heads": kv_heads}, tie_word_embeddings=tied)
    return LlamaForCausalLM(config).float().eval()


def tokenizer_of():
    """One letter a token, so that the text shows the tokens; the last token ends an answer."""
    letters = {chr(0x41 + i): i for i in range(END)} | {"<end>": END}
    tokenizer = Tokenizer(models.WordLevel(letters, unk_token="<end>"))
    tokenizer.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>")


NETWORK, TOKENIZER = network_of(), tokenizer_of()


def batch_of(network=NETWORK, slots=4):
    return Batch(LanguageModel(network, slots=slots, context=128), TOKENIZER)


def answers_of(prompts, *, batch=None, joining=1):
    """Answers by ticket; `joining` prompts join before each step while there is room."""
    batch = batch_of() if batch is None else batch
    waiting, answers = list(enumerate(prompts)), []
    while waiting or len(batch):
        many = min(joining, batch.room)
        if now := waiting[:many]:
            waiting = waiting[many:]
            answers += batch.admit(now)
        if len(batch):
            answers += batch.step()
    assert sorted(answer.ticket for answer in answers) == list(range(len(prompts)))
    return sorted(answers)


def letters_of(tokens):
    return "".join(chr(0x41 + token) for token in tokens)


def reference(network, tokens, most):
    """What transformers writes greedily, and whether it ended by itself."""
    with torch.inference_mode():
        made = network.generate(
            torch.tensor([tokens]),
            attention_mask=torch.ones(1, len(tokens), dtype=torch.long),
            do_sample=False,
            max_new_tokens=most,
            pad_token_id=END,
        )
    written = made[0, len(tokens) :].tolist()
    return letters_of(written[:-1] if written[-1] == END else written), written[-1] == END


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("kv_heads", [4, 2, 1])
def test_greedy_answers_alone_are_those_of_transformers(kv_heads, tied):
    network = network_of(kv_heads=kv_heads, tied=tied)
    for tokens in PROMPTS:
        made = answers_of([TokenPrompt(tokens=tokens, temperature=0, max_tokens=40)], batch=batch_of(network))[0]
        assert (made.text, made.finish_reason == "stop") == reference(network, tokens, 40)


KINDS = {
    "qwen2": (Qwen2Config, Qwen2ForCausalLM, {}),
    "mistral": (MistralConfig, MistralForCausalLM, {"sliding_window": None}),
    "llama with biases": (LlamaConfig, LlamaForCausalLM, {"attention_bias": True, "mlp_bias": True}),
    "llama with wide heads": (LlamaConfig, LlamaForCausalLM, {"head_dim": 12}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_greedy_answers_of_other_kinds_are_those_of_transformers(kind):
    configuration, network_type, more = KINDS[kind]
    torch.manual_seed(7)
    network = network_type(configuration(**SIZES, **more)).float().eval()
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):  # they start at 0, and would decide nothing
            torch.nn.init.normal_(parameter)
    prompts = [TokenPrompt(tokens=tokens, temperature=0, max_tokens=40) for tokens in PROMPTS]
    for prompt, made in zip(prompts, answers_of(prompts, batch=batch_of(network), joining=3), strict=True):
        assert (made.text, made.finish_reason == "stop") == reference(network, prompt.tokens, 40)


@pytest.mark.parametrize("joining", [1, 2, 4])
def test_greedy_answers_are_those_of_transformers_while_rows_join_and_leave(joining):
    most = [3, 40, 1, 17, 29, 8]
    prompts = [TokenPrompt(tokens=t, temperature=0, max_tokens=n) for t, n in zip(PROMPTS, most, strict=True)]
    made = [answer.text for answer in answers_of(prompts, joining=joining)]
    assert made == [reference(NETWORK, t, n)[0] for t, n in zip(PROMPTS, most, strict=True)]


def test_a_prefill_larger_than_one_group_is_the_same(monkeypatch):
    monkeypatch.setattr("synthworth.generation.generator.language_model.PREFILL_TOKENS", 8)
    made = answers_of([TokenPrompt(tokens=t, temperature=0, max_tokens=12) for t in PROMPTS], joining=4)
    assert [answer.text for answer in made] == [reference(NETWORK, t, 12)[0] for t in PROMPTS]


BEGINNING = (5, 3, 8, 2, 9, 7, 1, 6) * 3


@pytest.mark.parametrize("joining", [1, 4])
def test_prompts_that_begin_alike_have_the_answers_of_transformers_and_run_their_beginning_once(joining, monkeypatch):
    run, prefill = [], LanguageModel.prefill

    def counted(self, slots, prompts, kept):
        run.extend(len(prompt) - known for prompt, known in zip(prompts, kept, strict=True))
        return prefill(self, slots, prompts, kept)

    monkeypatch.setattr(LanguageModel, "prefill", counted)
    ends = [(3, 1, 4), (1, 5), (1, 5), (9,), (3, 1, 4, 1, 5)]
    prompts = [TokenPrompt(tokens=(*BEGINNING, *end), temperature=0.0, max_tokens=12) for end in ends]
    made = answers_of(prompts, batch=batch_of(slots=8), joining=joining)
    for prompt, answer in zip(prompts, made, strict=True):
        assert answer.text == reference(NETWORK, prompt.tokens, 12)[0]
    assert max(run) >= len(BEGINNING)
    assert sum(run) < 2 * len(BEGINNING) + sum(map(len, ends))


def test_the_answer_with_temperature_0_does_not_depend_on_the_seed_even_in_a_tie():
    network = network_of()
    torch.nn.init.zeros_(network.lm_head.weight)
    made = {
        answers_of([TokenPrompt(tokens=(1, 2), temperature=0, seed=seed, max_tokens=5)], batch=batch_of(network))[
            0
        ].text
        for seed in range(5)
    }
    assert len(made) == 1


SAMPLED = st.builds(
    TokenPrompt,
    tokens=st.lists(st.integers(0, END - 1), min_size=1, max_size=9).map(tuple),
    seed=st.integers(0, 2**28),
    temperature=st.sampled_from([0.3, 0.7, 1.0, 1.5]),
    top_p=st.sampled_from([0.5, 0.9, 1.0]),
    frequency_penalty=st.sampled_from([0.0, 0.5]),
    max_tokens=st.integers(1, 12),
)


@settings(max_examples=25)
@given(SAMPLED, st.lists(SAMPLED, max_size=6), st.integers(1, 4))
def test_the_same_seed_gives_the_same_answer_whatever_the_batch(prompt, others, joining):
    alone = answers_of([prompt])[0]
    assert answers_of([*others, prompt], joining=joining)[-1][1:] == alone[1:]


def test_another_seed_gives_another_answer():
    made = answers_of([TokenPrompt(tokens=(1, 2, 3), seed=seed, temperature=1.5, max_tokens=20) for seed in range(6)])
    assert len({answer.text for answer in made}) == 6


def test_a_first_token_is_drawn_as_often_as_softmax_says():
    tokens, draws = (5, 3, 2), 400
    with torch.inference_mode():
        logits = NETWORK(torch.tensor([tokens])).logits[0, -1].double() / 4
    shares = logits.softmax(-1)
    likely = int(shares.argmax())
    prompts = [TokenPrompt(tokens=tokens, seed=seed, temperature=4.0, max_tokens=1) for seed in range(draws)]
    texts = [answer.text for answer in answers_of(prompts, batch=batch_of(slots=100), joining=100)]
    expected, found = float(shares[likely]), texts.count(letters_of([likely])) / draws
    assert abs(found - expected) < 4 * (expected * (1 - expected) / draws) ** 0.5


def test_a_small_top_p_leaves_only_the_most_likely_token():
    made = answers_of(
        [TokenPrompt(tokens=(1, 2, 3), top_p=1e-6, temperature=1.5, seed=s, max_tokens=9) for s in range(4)]
    )
    assert {answer.text for answer in made} == {reference(NETWORK, (1, 2, 3), 9)[0]}


def test_a_frequency_penalty_forbids_what_was_written():
    made = answers_of([TokenPrompt(tokens=(1, 2), frequency_penalty=1e6, temperature=0, max_tokens=30)])[0]
    assert len(set(made.text)) == len(made.text) > 10


def test_a_stop_string_cuts_the_answer_and_says_stop():
    whole = answers_of([TokenPrompt(tokens=(3, 1, 4), temperature=0, max_tokens=20)])[0].text
    mark = whole[6:9]
    made = answers_of([TokenPrompt(tokens=(3, 1, 4), temperature=0, max_tokens=20, stop=("?", mark))])[0]
    assert (made.text, made.finish_reason) == (whole.partition(mark)[0], "stop")
    assert made.tokens < 20


def test_an_answer_that_fills_max_tokens_says_length():
    made = answers_of([TokenPrompt(tokens=(3, 1, 4), temperature=0, max_tokens=5)])[0]
    assert (len(made.text), made.tokens, made.finish_reason) == (5, 5, "length")


def test_an_answer_that_ends_by_itself_says_stop_and_does_not_show_the_end():
    network = network_of()
    with torch.no_grad():
        network.lm_head.weight[END] = 3 * network.lm_head.weight[:END].abs().max() * network.model.norm.weight
    ended = [t for t in PROMPTS if reference(network, t, 30)[1]]
    assert ended
    for tokens in ended:
        made = answers_of([TokenPrompt(tokens=tokens, temperature=0, max_tokens=30)], batch=batch_of(network))[0]
        assert (made.text, made.finish_reason) == (reference(network, tokens, 30)[0], "stop")


def test_room_is_what_the_slots_leave():
    batch = batch_of(slots=3)
    batch.admit(
        [(0, TokenPrompt(tokens=(1, 2), temperature=0, max_tokens=9)), (1, TokenPrompt(tokens=(3,), max_tokens=1))]
    )
    assert (len(batch), batch.room) == (1, 2)
