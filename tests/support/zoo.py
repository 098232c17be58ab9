"""Tiny random encoders of many families, as folders: networks from configurations, and tokenizers of a few words."""

from encoders import KNOWN, WIDE

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
WORDS = len(KNOWN)

# The library's family, what its configuration is given beside the size of the vocabulary, and the specials of its
# tokenizer: those of BERT, or those of a decoder, which has an end of text and no padding.
FAMILIES = {
    "bert": ("Bert", {**SMALL, **WIDE}, "bert"),
    "roberta": ("Roberta", {**SMALL, **WIDE, "max_position_embeddings": 162, "pad_token_id": 0}, "bert"),
    "xlm-roberta": ("XLMRoberta", {**SMALL, **WIDE, "max_position_embeddings": 162, "pad_token_id": 0}, "bert"),
    "distilbert": ("DistilBert", {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64, **WIDE}, "bert"),
    "electra": ("Electra", {**SMALL, **WIDE, "embedding_size": 32}, "bert"),
    "albert": ("Albert", {**SMALL, **WIDE, "embedding_size": 32}, "bert"),
    "mpnet": ("MPNet", {**SMALL, **WIDE, "pad_token_id": 0}, "bert"),
    "deberta-v2": (
        "DebertaV2",
        {**SMALL, **WIDE, "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 16},
        "bert",
    ),
    "modernbert": (
        "ModernBert",
        {
            **SMALL,
            **WIDE,
            "pad_token_id": 0,
            "cls_token_id": 2,
            "bos_token_id": 2,
            "sep_token_id": 3,
            "eos_token_id": 3,
        },
        "bert",
    ),
    "gpt2": (
        "GPT2",
        {"n_embd": 32, "n_layer": 2, "n_head": 2, "bos_token_id": 1, "eos_token_id": 1, **WIDE},
        "decoder",
    ),
    "llama": (
        "Llama",
        {**SMALL, **WIDE, "num_key_value_heads": 1, "pad_token_id": -1, "bos_token_id": 1, "eos_token_id": 1},
        "decoder",
    ),
    "t5": (
        "T5",
        {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_heads": 2, "eos_token_id": 3, "pad_token_id": 0}
        | {"decoder_start_token_id": 0},
        "bert",
    ),
    "bart": (
        "Bart",
        {"d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 2}
        | {"decoder_attention_heads": 2, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "init_std": 0.2}
        | {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "decoder_start_token_id": 3},
        "bert",
    ),
}


def save_tokenizer(folder, specials="bert", words=KNOWN, **options):
    """A tokenizer that parts words at spaces; a decoder's has an end of text (1) and neither padding nor markers."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    named = {"unk_token": "[UNK]"}
    if specials == "bert":
        made.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", words.index("[CLS]")), ("[SEP]", words.index("[SEP]"))]
        )
        named |= {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
        named |= {"eos_token": "[SEP]"}
    elif specials == "decoder":
        named |= {"eos_token": "[UNK]"}
    PreTrainedTokenizerFast(tokenizer_object=made, **named | options).save_pretrained(folder)


def save(folder, family, *, kind="Model", tokenizer=True, **changes):
    """A folder with a tiny network of that family, by the library's class FAMILY + `kind`, and its tokenizer."""
    import torch
    import transformers

    name, values, specials = FAMILIES[family]
    folder.mkdir(exist_ok=True)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        config = getattr(transformers, f"{name}Config")(**{"vocab_size": WORDS, **values, **changes})
        getattr(transformers, f"{name}{kind}")(config).save_pretrained(folder)
    if tokenizer:
        save_tokenizer(folder, specials)
    return str(folder)
