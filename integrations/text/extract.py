"""Picking from a passage what answers a question best, as valid Markdown."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from integrations.text.markdown import Block, blocks, plain_text, sentences
from integrations.text.tokens import terms

Weights = Mapping[str, float]

# Paragraphs, and lists and tables, up to these many words are quoted whole.
WHOLE_PARAGRAPH = 60
WHOLE_LIST = 90


def weigh(question: str, passages: Sequence[str]) -> dict[str, float]:
    """The weight of each term of the question: the rarer it is in the blocks of the passages, the more."""
    units = [_held(block.text) for passage in passages for block in blocks(passage)]
    counts = Counter(term for unit in units for term in unit)
    return {term: math.log(1 + (len(units) + 1) / (counts[term] + 0.5)) for term in set(terms(question))}


def excerpt(passage: str, weights: Weights, *, budget: int) -> str:
    """The part of a Markdown passage that answers best, in its own order, in about `budget` words.

    A block goes with the one that introduces it ("Run:" and the command), whichever of them was chosen.
    """
    parts = [_trimmed(block, weights) for block in blocks(passage) if block.text]
    if sum(part.words for part in parts) <= budget:
        return _joined(parts)
    bundles = _bundles(parts)
    order = sorted(range(len(bundles)), key=lambda index: (-_bundle_score(bundles[index], weights), index))
    chosen: list[int] = []
    words = 0
    for index in order:
        size = sum(part.words for part in bundles[index])
        if chosen and (words + size > budget or not _bundle_score(bundles[index], weights)):
            continue
        chosen.append(index)
        words += size
    return _joined(part for index in sorted(chosen) for part in bundles[index])


def score(text: str, weights: Weights) -> float:
    """The weight of the question's terms that `text` holds."""
    held = _held(text)
    return sum(weight for term, weight in weights.items() if term in held)


@lru_cache(maxsize=4_000)
def _held(text: str) -> frozenset[str]:
    """The same passages answer again and again."""
    return frozenset(terms(text))


def _joined(parts: Iterable[Block]) -> str:
    return "\n\n".join(part.source for part in parts)


def _bundles(parts: list[Block]) -> list[list[Block]]:
    """Blocks that are read together: a lead-in with what follows, code with what is said before it."""
    bundles: list[list[Block]] = []
    for part in parts:
        if bundles and (bundles[-1][-1].introduces or (part.kind == "code" and len(bundles[-1]) == 1)):
            bundles[-1].append(part)
        else:
            bundles.append([part])
    return bundles


def _bundle_score(bundle: list[Block], weights: Weights) -> float:
    return score(" ".join(part.text for part in bundle), weights)


def _trimmed(block: Block, weights: Weights) -> Block:
    """A long paragraph, list or table without what says nothing on the question."""
    if block.kind == "paragraph" and block.words > WHOLE_PARAGRAPH:
        return _changed(block, _best_run(sentences(block.source), weights))
    if block.kind == "table" and block.words > WHOLE_LIST:
        head, rows = block.source.split("\n")[:2], block.source.split("\n")[2:]
        return _changed(block, "\n".join([*head, *_matching_items(rows, weights)]))
    if block.kind == "list" and block.words > WHOLE_LIST and not block.source.lstrip()[0].isdigit():
        return _changed(block, "\n".join(_matching_items(block.items, weights)))
    return block


def _changed(block: Block, source: str) -> Block:
    return replace(block, source=source, text=plain_text(source), items=())


def _best_run(run: list[str], weights: Weights) -> str:
    """The neighbouring sentences, up to WHOLE_PARAGRAPH words, that hold the most of the question."""
    best, best_score = run[0], -1.0
    for start in range(len(run)):
        text = run[start]
        for sentence in run[start + 1 :]:
            if len(f"{text} {sentence}".split()) > WHOLE_PARAGRAPH:
                break
            text = f"{text} {sentence}"
        if (value := score(text, weights)) > best_score:
            best, best_score = text, value
    return best


def _matching_items(items: Sequence[str], weights: Weights) -> list[str]:
    return [item for item in items if score(item, weights)] or list(items[:5])
