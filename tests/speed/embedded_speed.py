"""Prints how fast the embedded generator answers: our batching, llama.cpp's server, and transformers' `generate`.

Run: `python tests/embedded_speed.py` after `pip install xllamacpp` (left out where it is not installed). The same 64
chat requests, half of them with three demonstrations, in one process each time; ratios matter, machines differ.
"""

import asyncio
import importlib.util
import os
import subprocess
import sys
import time

from synthworth.generation.generator import EMBEDDED, server
from synthworth.generation.generator.embedded import weights_of

REQUESTS, SLOTS, TOKENS = 64, 64, 64
ASK = "Write one news item about a storm, an election or a strike, a headline and one sentence, about {} words in all."
SHOWN = "Ferries stay in port . Gales kept {} boats from sailing on Monday, and islanders queued for bread and milk."


def conversations():
    for number in range(REQUESTS):
        turns = [{"role": "system", "content": "You are a reporter at a news agency. You write short news items."}]
        for shown in range(3 if number % 2 else 0):
            turns += [{"role": "user", "content": ASK.format(20 + shown)}]
            turns += [{"role": "assistant", "content": SHOWN.format(number + shown)}]
        yield [*turns, {"role": "user", "content": ASK.format(20 + number % 20)}]


def tokens_of(tokenizer):
    texts = [tokenizer.apply_chat_template(c, tokenize=False, add_generation_prompt=True) for c in conversations()]
    return [tuple(tokenizer(text, add_special_tokens=False)["input_ids"]) for text in texts]


def ours(network, tokenizer):
    from synthworth.generation.generator.language_model import Batch, LanguageModel, TokenPrompt

    batch = Batch(LanguageModel(network, slots=SLOTS, context=server.CONTEXT), tokenizer)
    asked = [
        (i, TokenPrompt(tokens=t, seed=i, temperature=0.7, top_p=0.9, max_tokens=TOKENS))
        for i, t in enumerate(tokens_of(tokenizer))
    ]
    start = time.perf_counter()
    answers = batch.admit(asked)
    while len(batch):
        answers += batch.step()
    return time.perf_counter() - start, sum(answer.tokens for answer in answers)


def transformers_generate(network, tokenizer):
    import torch

    tokenizer.padding_side = "left"
    texts = [tokenizer.apply_chat_template(c, tokenize=False, add_generation_prompt=True) for c in conversations()]
    inputs = tokenizer(texts, padding=True, add_special_tokens=False, return_tensors="pt")
    start = time.perf_counter()
    with torch.inference_mode():
        out = network.generate(**inputs, do_sample=True, temperature=0.7, top_p=0.9, max_new_tokens=TOKENS)
    written = out[:, inputs["input_ids"].shape[1] :]
    return time.perf_counter() - start, int((written != tokenizer.pad_token_id).sum())


def llama_cpp():
    import openai
    import xllamacpp

    threads = os.cpu_count() or 1
    settings = xllamacpp.CommonParams()
    settings.model.path = str(weights_of(EMBEDDED))
    settings.n_parallel, settings.n_ctx = 16, 16 * server.CONTEXT
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = threads
    settings.hostnames, settings.port = ["127.0.0.1"], 0
    running = xllamacpp.Server(settings)  # it listens only as long as somebody holds it

    async def ask():
        client = openai.AsyncOpenAI(base_url=f"{running.listening_address}/v1", api_key="none", timeout=600)
        room = asyncio.Semaphore(16)

        async def one(number, messages):
            async with room:
                return await client.chat.completions.create(
                    model="x", messages=messages, seed=number, temperature=0.7, top_p=0.9, max_tokens=TOKENS
                )

        return await asyncio.gather(*(one(i, c) for i, c in enumerate(conversations())))

    start = time.perf_counter()
    answers = asyncio.run(ask())
    return time.perf_counter() - start, sum(answer.usage.completion_tokens for answer in answers)


def main():
    if sys.argv[1:] == ["llama.cpp"]:
        seconds, tokens = llama_cpp()
        print(
            f"llama.cpp's server, Q4_1: {REQUESTS / seconds:.2f} requests/s, {tokens / seconds:.0f} tokens/s",
            flush=True,
        )
        os._exit(0)  # the server's threads have no way to be told that it is over
    network, tokenizer = server.load(weights_of(EMBEDDED))
    for name, measured in (("our batching, bf16", ours), ("transformers' generate, bf16", transformers_generate)):
        seconds, tokens = measured(network, tokenizer)
        print(f"{name}: {REQUESTS / seconds:.2f} requests/s, {tokens / seconds:.0f} tokens/s", flush=True)
    if importlib.util.find_spec("xllamacpp"):
        subprocess.run([sys.executable, __file__, "llama.cpp"], check=True)


if __name__ == "__main__":
    main()
