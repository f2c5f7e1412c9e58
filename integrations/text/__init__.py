"""Words of Russian and English texts: tokens, base forms, sentences, Markdown blocks.

Nothing here touches the database. The Russian dictionary is loaded at the first Russian word, not at import.
"""

from integrations.text.tokens import Token, terms, tokens

__all__ = ["Token", "terms", "tokens"]
