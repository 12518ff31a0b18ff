"""Words in the LLM's embedding space: what a word's embedding is, and words that the LLM did not have.

SmolLM2 spells Chinese in bytes, about two tokens a character. Words that our training texts use get a
token of their own: a Chinese name then is one choice, as an English one is, and answers come two to three
times faster. A new row starts as the mean of the tokens that spelled the word, or of its English
translation where there is one.
"""

import re

import torch
from torch import Tensor
from transformers import LlamaForCausalLM, PreTrainedTokenizerBase


def word_embedding(llm: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, text: str) -> Tensor:
    """The mean of the input embeddings of a text's tokens, as it stands in a sentence. Shape: (K,)."""
    spaced = (
        text if text[0] > "\u2e80" or text[0] == " " else " " + text
    )  # English words follow a space, Chinese ones do not
    ids = tokenizer(spaced, add_special_tokens=False)["input_ids"]
    return llm.model.embed_tokens.weight.data[ids].mean(dim=0)


def add_words(
    llm: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, words: list[str], rows: Tensor
) -> None:
    """Give each word a token and its row [V_new, K] of the tied embedding matrix."""
    added = tokenizer.add_tokens(words)
    assert added == len(words) == len(rows), "every new word is new and has a row"
    old = llm.model.embed_tokens.weight.data  # Shape: (V, K)
    llm.resize_token_embeddings(len(old) + len(words), mean_resizing=False)
    llm.model.embed_tokens.weight.data[len(old) :] = rows.to(old.dtype)


def first_rows(
    llm: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, words: list[str], english: dict[str, str]
) -> Tensor:
    """Where the rows of new words start, before any training. Shape: (V_new, K).

    `english` translates some of the words. A translated word starts near its English one, moved by the
    mean difference between Chinese spellings and English words, so that the two languages stay apart.
    """
    embeddings = llm.model.embed_tokens.weight.data  # Shape: (V, K)
    length = torch.linalg.vector_norm(embeddings, dim=-1).mean()
    spelled = torch.stack([word_embedding(llm, tokenizer, word) for word in words])  # Shape: (V_new, K)
    translated = [index for index, word in enumerate(words) if word in english]
    if translated:
        meant = torch.stack([word_embedding(llm, tokenizer, english[words[index]]) for index in translated])
        shift = spelled[translated].mean(dim=0) - meant.mean(dim=0)
        spelled[translated] = torch.nn.functional.normalize(meant, dim=-1) * length + shift
    return torch.nn.functional.normalize(spelled, dim=-1) * length


# What no answer in a language holds: other characters than ASCII in English, small letters in Chinese, which
# has T恤, DNA and X光片. A name that the LLM knows in both languages then is not written in the wrong one.
# The tokenizer spells bytes: ASCII as itself, its blanks as U+0100 to U+0121.
_OTHER = {"en": re.compile(r"[^\x00-\x7f\u0100-\u0121]"), "zh": re.compile(r"[a-z]")}


def suppressed_tokens(tokenizer: PreTrainedTokenizerBase, language: str) -> Tensor:
    """The tokens, bool [V], that no answer in this language holds; those that end one are not among them."""
    spelled = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    special = set(tokenizer.all_special_tokens)
    suppressed = [text not in special and bool(_OTHER[language].search(text)) for text in spelled]
    return torch.tensor(suppressed)
