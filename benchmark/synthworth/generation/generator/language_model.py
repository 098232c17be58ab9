"""Continuous batching for a small language model on a CPU: rows join and leave between steps, each with its own seed.

Why not `transformers.generate` or llama.cpp: a recording sends thousands of short prompts, and here bf16 matrix
products in one full batch are 2 to 4 times faster than either (`tests/speed/embedded_speed.py` prints all three).
The arithmetic is that of Llama, Mistral and Qwen2, which differ in their biases; a test compares each token by token.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# llama.cpp draws from 40 tokens by default; the tail beyond this many is noise that a 135M model cannot afford.
TOP_K = 64
PREFILL_TOKENS = 4096
ARCHITECTURES = ("llama", "mistral", "qwen2")
SHARED_TOKENS = 16  # that a copy of keys and values pays for
STOP_LOOKBACK = 8


@dataclass(frozen=True, kw_only=True)
class TokenPrompt:
    """One chat prompt as token ids, and how to sample its answer."""

    tokens: tuple[int, ...]
    seed: int = 0
    temperature: float = 1.0
    top_p: float = 1.0
    frequency_penalty: float = 0.0
    max_tokens: int = 128
    stop: tuple[str, ...] = ()


class FinishedAnswer(NamedTuple):
    """The ticket of the prompt, the text, its length in tokens, and "stop" or "length"."""

    ticket: int
    text: str
    tokens: int
    finish_reason: str


@dataclass
class _Row:
    ticket: int
    prompt: TokenPrompt
    draw: Any
    written: list[int] = field(default_factory=list)


class LanguageModel:
    """The network in memory: token ids in, logits out, with keys and values kept for `slots` rows."""

    def __init__(self, network: Any, *, slots: int, context: int) -> None:
        import torch

        check_architecture(network.config)
        config, parts = network.config, network.model
        self.heads, self.kv_heads = config.num_attention_heads, config.num_key_value_heads
        self.size = head_size(config)
        self.eps, self.context, self.slots = config.rms_norm_eps, context, slots
        self.embedding = parts.embed_tokens.weight
        self.head = network.lm_head.weight
        self.norm = parts.norm.weight
        self.layers = [
            (
                layer.input_layernorm.weight,
                _stacked(layer.self_attn.q_proj, layer.self_attn.k_proj, layer.self_attn.v_proj),
                _stacked(layer.self_attn.o_proj),
                layer.post_attention_layernorm.weight,
                _stacked(layer.mlp.gate_proj, layer.mlp.up_proj),
                _stacked(layer.mlp.down_proj),
            )
            for layer in parts.layers
        ]
        angles = parts.rotary_emb(self.embedding[:1], torch.arange(context)[None])
        self.cos, self.sin = (a[0].to(self.embedding.dtype) for a in angles)
        shape = (len(self.layers), 2, slots, self.kv_heads, context, self.size)
        self.cache = torch.zeros(shape, dtype=self.embedding.dtype)

    def prefill(self, slots: slice, prompts: Sequence[Sequence[int]], kept: Sequence[int]) -> Any:
        """Run prompts, one a slot, and return the logits after each: shape (prompts, vocabulary).

        Of each prompt, the keys and values of its first `kept` tokens, fewer than all, are in its slot already.
        """
        import torch

        rest = [prompt[known:] for prompt, known in zip(prompts, kept, strict=True)]
        width, steps = max(map(len, prompts)), max(map(len, rest))
        # Padded on the right: no token before looks there, and what it leaves in the cache is overwritten.
        ids = torch.tensor([[*tokens, *[0] * (steps - len(tokens))] for tokens in rest])
        at = (torch.tensor(kept)[:, None] + torch.arange(steps)).clamp(max=self.context - 1)
        cos, sin = self.cos[at][:, None], self.sin[at][:, None]
        seen = (torch.arange(width) <= at[:, :, None])[:, None]

        def attend(layer: int, q: Any, k: Any, v: Any) -> Any:
            keys, values = self.cache[layer, 0, slots], self.cache[layer, 1, slots]
            for row, (tokens, known) in enumerate(zip(rest, kept, strict=True)):
                keys[row, :, known : known + len(tokens)] = k[row, :, : len(tokens)]
                values[row, :, known : known + len(tokens)] = v[row, :, : len(tokens)]
            if not any(kept):
                return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
            keys, values = keys[:, :, :width], values[:, :, :width]
            return torch.nn.functional.scaled_dot_product_attention(q, keys, values, attn_mask=seen, enable_gqa=True)

        hidden = self._layers(self.embedding[ids], cos, sin, attend)
        last = hidden[torch.arange(len(prompts)), torch.tensor([len(tokens) - 1 for tokens in rest])]
        return self._logits(last)

    def decode(self, tokens: Sequence[int], lengths: Sequence[int]) -> Any:
        """One more token for the rows in the first slots, `lengths` tokens long so far; their next logits."""
        import torch

        rows, width = len(tokens), max(lengths) + 1
        at = torch.tensor(lengths)
        cos, sin = self.cos[at][:, None, None], self.sin[at][:, None, None]
        group = self.heads // self.kv_heads
        places = torch.arange(rows)
        seen = (torch.arange(width)[None] <= at[:, None])[:, None, None].expand(rows, 1, group, width)

        def attend(layer: int, q: Any, k: Any, v: Any) -> Any:
            self.cache[layer, 0, places, :, at] = k[:, :, 0]
            self.cache[layer, 1, places, :, at] = v[:, :, 0]
            keys, values = self.cache[layer, :, :rows, :, :width]
            # The query heads that share a key head stand as positions of one query: no key is copied for them,
            # and the fused kernel takes it. Plain matrix products were 2 to 4 times slower here, and oneDNN kept
            # a kernel for every width it saw: gigabytes.
            shared = q.view(rows, self.kv_heads, group, self.size)
            mixed = torch.nn.functional.scaled_dot_product_attention(shared, keys, values, attn_mask=seen)
            return mixed.reshape(rows, self.heads, 1, self.size)

        return self._logits(self._layers(self.embedding[torch.tensor(tokens)][:, None], cos, sin, attend)[:, 0])

    def move(self, source: int, target: int, length: int) -> None:
        """Copy a row's keys and values to another slot."""
        self.cache[:, :, target, :, :length] = self.cache[:, :, source, :, :length]

    def _layers(self, x: Any, cos: Any, sin: Any, attend: Any) -> Any:
        from torch.nn import functional as F

        rows, width, _ = x.shape
        split = [self.heads * self.size, self.kv_heads * self.size, self.kv_heads * self.size]
        for number, (norm_in, qkv, out, norm_mid, gate_up, down) in enumerate(self.layers):
            parts = F.linear(self._norm(x, norm_in), *qkv).split(split, dim=-1)
            q, k, v = (p.view(rows, width, -1, self.size).transpose(1, 2) for p in parts)
            mixed = attend(number, self._rotate(q, cos, sin), self._rotate(k, cos, sin), v)
            x = x + F.linear(mixed.transpose(1, 2).reshape(rows, width, -1), *out)
            gate, up = F.linear(self._norm(x, norm_mid), *gate_up).chunk(2, dim=-1)
            x = x + F.linear(F.silu(gate) * up, *down)
        return x

    def _logits(self, hidden: Any) -> Any:
        from torch.nn import functional as F

        return F.linear(self._norm(hidden, self.norm), self.head).float()

    def _norm(self, x: Any, weight: Any) -> Any:
        from torch.nn import functional as F

        return F.rms_norm(x, (x.shape[-1],), weight, self.eps)

    def _rotate(self, x: Any, cos: Any, sin: Any) -> Any:
        import torch

        first, second = x.chunk(2, dim=-1)
        return x * cos + torch.cat([-second, first], dim=-1) * sin


def check_architecture(config: Any) -> None:
    """Raise ValueError unless the network of this configuration has the arithmetic of `LanguageModel`."""
    if config.model_type not in ARCHITECTURES:
        raise ValueError(f"a network of the kind {config.model_type} cannot be run; kinds: {', '.join(ARCHITECTURES)}")
    if config.hidden_act != "silu":
        raise ValueError(f"a network with the activation {config.hidden_act} cannot be run; it has to be silu")


def head_size(config: Any) -> int:
    """Return the number of units of an attention head."""
    return int(getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads)


def _stacked(*layers: Any) -> tuple[Any, Any]:
    """Return the weights of linear layers with the same input as those of one, and their biases; None without any."""
    import torch

    biases = [layer.bias for layer in layers if layer.bias is not None]
    return torch.cat([layer.weight for layer in layers]), torch.cat(biases) if biases else None


class Batch:
    """The rows being answered: `admit` prompts while there is room, `step` until they have ended."""

    def __init__(self, network: LanguageModel, tokenizer: Any) -> None:
        self._network = network
        self._tokenizer = tokenizer
        self._rows: list[_Row] = []
        self._next: list[int] = []

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def room(self) -> int:
        """The number of prompts that can join."""
        return self._network.slots - len(self._rows)

    def admit(self, prompts: Sequence[tuple[int, TokenPrompt]]) -> list[FinishedAnswer]:
        """Take prompts in, each with a ticket, and draw their first tokens; return the answers that have ended.

        A prompt that begins as that of a row here takes over its keys and values; one that begins as another that
        joins waits for it, so that a beginning that many prompts share is computed once.
        """
        import torch

        answers: list[FinishedAnswer] = []
        waiting = sorted(prompts, key=lambda p: -len(p[1].tokens))
        while waiting:
            group, kept, waiting = self._next_group(waiting)
            start = len(self._rows)
            for place, (source, known) in enumerate(kept):
                self._network.move(source, start + place, known)
            slots = slice(start, start + len(group))
            with torch.inference_mode():
                logits = self._network.prefill(slots, [p.tokens for _, p in group], [known for _, known in kept])
            rows = [_Row(ticket, p, torch.Generator().manual_seed(p.seed)) for ticket, p in group]
            self._rows += rows
            self._next += self._draw(logits, rows)
            answers += self._leave(start)
        return answers

    def _next_group(
        self, waiting: Sequence[tuple[int, TokenPrompt]]
    ) -> tuple[list[tuple[int, TokenPrompt]], list[tuple[int, int]], list[tuple[int, TokenPrompt]]]:
        """Split prompts into those to run now, with the row and length that each takes over, and those that wait."""
        group: list[tuple[int, TokenPrompt]] = []
        kept: list[tuple[int, int]] = []
        later: list[tuple[int, TokenPrompt]] = []
        for ticket, prompt in waiting:
            known, source = max(
                ((_shared(prompt, row.prompt), place) for place, row in enumerate(self._rows)), default=(0, 0)
            )
            joining = max((_shared(prompt, other) for _, other in group), default=0)
            width = max(len(p.tokens) for _, p in (*group, (ticket, prompt)))
            if group and (joining - known >= SHARED_TOKENS or width * (len(group) + 1) > PREFILL_TOKENS):
                later.append((ticket, prompt))
                continue
            group.append((ticket, prompt))
            kept.append((source, known) if known >= SHARED_TOKENS else (0, 0))
        return group, kept, later

    def step(self) -> list[FinishedAnswer]:
        """One more token for every row; returns the answers that have ended with it."""
        import torch

        lengths = [len(r.prompt.tokens) + len(r.written) - 1 for r in self._rows]
        with torch.inference_mode():
            logits = self._network.decode(self._next, lengths)
            self._next = self._draw(logits, self._rows)
        return self._leave(0)

    def _draw(self, logits: Any, rows: Sequence[_Row]) -> list[int]:
        import torch

        for place, row in enumerate(rows):
            if row.prompt.frequency_penalty and row.written:
                used, counts = torch.tensor(row.written).unique(return_counts=True)
                logits[place, used] -= row.prompt.frequency_penalty * counts
        best, tokens = logits.topk(min(TOP_K, logits.shape[-1]), dim=-1)
        shares = (best / torch.tensor([[max(r.prompt.temperature, 1e-3)] for r in rows])).softmax(-1)
        before = shares.cumsum(-1) - shares
        # Temperature 0 means the first of the best, even if bf16 makes two logits equal.
        most = torch.tensor([[r.prompt.top_p if r.prompt.temperature else 0.0] for r in rows])
        shares = shares.masked_fill(before >= most, 0.0)
        edges = shares.cumsum(-1)
        points = torch.cat([torch.rand(1, 1, generator=r.draw) for r in rows]) * edges[:, -1:]
        places = (edges < points).sum(-1).clamp(max=best.shape[-1] - 1)
        return [int(t) for t in tokens.gather(1, places[:, None])[:, 0]]

    def _leave(self, first: int) -> list[FinishedAnswer]:
        """Write down the tokens just drawn from row `first` on; a row that has ended gives its slot to the last."""
        answers = []
        for place in reversed(range(first, len(self._rows))):
            row, token = self._rows[place], self._next[place]
            if not (answer := self._ended(row, token)):
                continue
            answers.append(answer)
            last, token = self._rows.pop(), self._next.pop()
            if last is not row:
                self._network.move(len(self._rows), place, len(last.prompt.tokens) + len(last.written))
                self._rows[place], self._next[place] = last, token
        return answers

    def _ended(self, row: _Row, token: int) -> FinishedAnswer | None:
        end = token == self._tokenizer.eos_token_id
        if not end:
            row.written.append(token)
        tail = self._text(row.written[-STOP_LOOKBACK:]) if row.prompt.stop else ""
        stopped = any(mark in tail for mark in row.prompt.stop)
        if not (end or stopped or len(row.written) >= row.prompt.max_tokens):
            return None
        text = self._text(row.written)
        for mark in row.prompt.stop:
            text = text.partition(mark)[0]
        return FinishedAnswer(row.ticket, text, len(row.written), "stop" if end or stopped else "length")

    def _text(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))


def _shared(one: TokenPrompt, other: TokenPrompt) -> int:
    """Count the first tokens that two prompts share, without the last token of `one`, whose logits are wanted."""
    most = min(len(one.tokens) - 1, len(other.tokens))
    if one.tokens[:most] == other.tokens[:most]:
        return most
    return next(i for i in range(most) if one.tokens[i] != other.tokens[i])
