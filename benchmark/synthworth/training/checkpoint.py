"""Load an encoder from the hub or a folder: its tokens, and its network with a fresh head for the labels."""

import contextlib
from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from synthworth.core import minilm
from synthworth.training.recipes import MINILM, Recipe, Untrainable

MOST_TEXTS = 500_000  # whose token ids are kept: 100 MB
LEAST_LENGTH = 8  # tokens that an encoder must be able to read
MOST_UNKNOWN = 0.5  # share of the tokens of the training texts
ATTENTION_DROPOUT = ("attention_probs_dropout_prob", "attention_dropout", "attn_pdrop")  # by the libraries' families
HIDDEN_SIZE = 768  # of a network that does not say


class Checkpoint(NamedTuple):
    """An encoder as it is before training; `notes` are lines that its user should read."""

    tokens: "Tokens"
    network: Any
    notes: tuple[str, ...]


class Tokens:
    """The token ids of texts, cut to `length` tokens; each text is cut once, however often it is asked for.

    `pad` fills rows up. A text without tokens is one `pad`, as a network needs at least one. Raises Untrainable if a
    text needs an id that is not below `vocabulary`, the number of rows of the network's word embedding.
    """

    def __init__(self, tokenizer: Any, length: int, *, pad: int, vocabulary: int) -> None:
        self.pad = pad
        self._tokenizer = tokenizer
        self.length = length
        self._vocabulary = vocabulary
        self._known: dict[str, array[int]] = {}

    def __call__(self, texts: Sequence[str]) -> list[Sequence[int]]:
        """Return the ids of each text, in the order of the texts."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if len(self._known) + len(new) > MOST_TEXTS:
            self._known.clear()
            new = list(dict.fromkeys(texts))
        if new:
            cut = self._tokenizer(new, truncation=True, max_length=self.length)["input_ids"]
            if (largest := max((max(ids, default=0) for ids in cut), default=0)) >= self._vocabulary:
                raise Untrainable(
                    f"the tokenizer of {self._tokenizer.name_or_path} gives the token {largest}, and its network knows "
                    f"{self._vocabulary}; give an encoder with the tokenizer that belongs to it"
                )
            self._known.update((text, array("i", ids or [self.pad])) for text, ids in zip(new, cut, strict=True))
        return [self._known[text] for text in texts]

    def check_known(self, texts: Sequence[str]) -> None:
        """Raise Untrainable if most tokens of these texts are unknown to the tokenizer, so that nothing can be learnt.

        That is so if the vocabulary is missing, belongs to another encoder, or has another script than the texts.
        """
        unknown = self._tokenizer.unk_token_id
        special = {*self._tokenizer.all_special_ids, self.pad} - {unknown}
        tokens = [token for ids in self(texts) for token in ids if token not in special]
        lost = tokens.count(unknown) if unknown is not None else 0
        if lost > MOST_UNKNOWN * len(tokens):
            raise Untrainable(
                f"{lost / len(tokens):.0%} of the tokens of the training texts are unknown to the tokenizer of "
                f"{self._tokenizer.name_or_path}; give an encoder that reads their language, with all files of its "
                "tokenizer"
            )


def load(recipe: Recipe, labels: int) -> Checkpoint:
    """Load the recipe's encoder with a head for that many labels, drawn from torch's random state.

    A head that the checkpoint brings is never used: every seed starts from its own. Raises Untrainable, in one line, if
    the checkpoint cannot be loaded or cannot be trained as it is.
    """
    packaged = recipe.encoder == MINILM and not Path(recipe.encoder).is_dir()
    source = str(minilm()) if packaged else recipe.encoder
    network, notes = _network_of(source, labels, recipe.attention_dropout)
    length = min(recipe.length, _positions(network))
    tokens = _tokens_of(source, length, _vocabulary(network), _pad_candidates(network.config))
    if tokens.length < LEAST_LENGTH:
        raise Untrainable(
            f"the encoder {source} reads {tokens.length} tokens of a text; at least {LEAST_LENGTH} needed"
        )
    if tokens.length < recipe.length:
        notes += (f"the encoder {source} reads {tokens.length} tokens of a text, not {recipe.length}",)
    for config in (network.config, network.config.get_text_config()):
        config.pad_token_id = tokens.pad  # decoders find the last token of a text by it
    return Checkpoint(tokens, network, notes)


def hidden_size(network: Any) -> int:
    """Return the width of the network's states in units, which says how large it is."""
    return int(getattr(network.config.get_text_config(), "hidden_size", HIDDEN_SIZE))


def _network_of(source: str, labels: int, attention_dropout: float | None) -> tuple[Any, tuple[str, ...]]:
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification

    with _loading(source):
        config = AutoConfig.from_pretrained(source, num_labels=labels, trust_remote_code=False)
    if attention_dropout is not None:
        _set_attention_dropout(config, attention_dropout, source)
    with _loading(source):
        # A head of other labels has another shape: it is drawn anew, as a missing one is.
        network, loaded = AutoModelForSequenceClassification.from_pretrained(
            source,
            config=config,
            dtype=torch.float32,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
    return network, _with_fresh_head(network, loaded, source)


def _with_fresh_head(network: Any, loaded: Any, source: str) -> tuple[str, ...]:
    """Draw the head anew if the checkpoint had one, and refuse a checkpoint that has no weights for the body."""
    import torch

    body = f"{network.base_model_prefix}."
    mismatched = {name for name, *_ in loaded["mismatched_keys"]}
    fresh = {*loaded["missing_keys"], *mismatched}
    in_body = [name for name, _ in network.named_parameters() if name.startswith(body)]
    if in_body and all(name in fresh for name in in_body):
        raise Untrainable(f"the encoder {source} has no weights of a {network.config.model_type}; give another")
    if wrong := sorted(name for name in mismatched if name.startswith(body)):
        raise Untrainable(f"the weights of {source} do not fit its configuration, first {wrong[0]}; fetch it again")
    head = {name: weight for name, weight in network.named_parameters() if not name.startswith(body)}
    kept = [name for name in head if name not in fresh]
    if kept:
        drawn = dict(type(network)(network.config).named_parameters())
        with torch.no_grad():
            for name in kept:
                head[name].copy_(drawn[name])
    if kept or any(name in head for name in mismatched):
        return (f"the encoder {source} comes with a classification head; it is left out, and each seed draws its own",)
    return ()


def _set_attention_dropout(config: Any, share: float, source: str) -> None:
    name = next((name for name in ATTENTION_DROPOUT if hasattr(config, name)), None)
    if name is None:
        raise Untrainable(f"the encoder {source} has no attention dropout to set; leave attention_dropout out")
    setattr(config, name, share)


def _positions(network: Any) -> int:
    """Return how many tokens the network can read; RoBERTa and its kin count their positions from behind the pad."""
    import torch

    limit = getattr(network.config.get_text_config(), "max_position_embeddings", None)
    if not isinstance(limit, int) or limit <= 0:
        return 2**31
    starts = [
        module.padding_idx + 1
        for name, module in network.named_modules()
        if isinstance(module, torch.nn.Embedding) and "position" in name and module.padding_idx is not None
    ]
    return limit - max(starts, default=0)


def _vocabulary(network: Any) -> int:
    return int(network.get_input_embeddings().weight.shape[0])


def _pad_candidates(config: Any) -> tuple[int, ...]:
    """Return the ids that the configuration names for padding, then for the end of a text."""
    text = config.get_text_config()
    named = [getattr(of, name, None) for name in ("pad_token_id", "eos_token_id") for of in (config, text)]
    return tuple(id_ for id_ in named if isinstance(id_, int))


@lru_cache(maxsize=2)  # in a process that trains many classifiers, the texts of a task are met again and again
def _tokens_of(source: str, length: int, vocabulary: int, candidates: tuple[int, ...]) -> Tokens:
    from transformers import AutoTokenizer

    with _loading(source):
        tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
    # Without files, the library makes a tokenizer that knows its special tokens alone.
    if len(tokenizer) - len({*tokenizer.all_special_ids}) < 2:
        raise Untrainable(
            f"the encoder {source} has no tokenizer files; save its tokenizer beside its weights: "
            "tokenizer.save_pretrained(FOLDER)"
        )
    if tokenizer.vocab_size > vocabulary:
        raise Untrainable(
            f"the tokenizer of {source} has {tokenizer.vocab_size} tokens, and its network knows {vocabulary}; give an "
            "encoder with the tokenizer that belongs to it"
        )
    length = min(length, tokenizer.model_max_length)
    ends = (tokenizer.pad_token_id, *candidates, tokenizer.eos_token_id)
    pad = next((id_ for id_ in ends if id_ is not None and 0 <= id_ < vocabulary), None)
    if pad is None:
        raise Untrainable(
            f"the encoder {source} has neither a padding token nor an end-of-text token; set one of its tokenizer"
        )
    return Tokens(tokenizer, length, pad=pad, vocabulary=vocabulary)


@contextlib.contextmanager
def _loading(source: str) -> Iterator[None]:
    """Turn whatever a library raises over a stranger's files into one line, and keep its notices off the screen."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    except Exception as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise Untrainable(f"cannot load the encoder {source} ({reason}); give a hub id or a local folder") from None
