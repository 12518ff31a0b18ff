"""Markdown that others have written, shown so that it fetches nothing.

Pictures, links and tags of any kind are shown as they were typed. Stress, lists and code stay what they are.
"""

import re

# [text](address), [name]: address, ![picture]. The backslash goes between the two signs, because one before
# them would undo one that is there already.
_BRACKETS = re.compile(r"\](?=[(:])|!(?=\[)")
# Addresses that are links by themselves.
_ADDRESSES = re.compile(r":(?=//)|www(?=\.)|(?=@)", re.IGNORECASE)


def unlinked(text: str) -> str:
    """The Markdown without links, pictures and tags; read by a person, it says the same."""
    return without_addresses(_BRACKETS.sub(lambda match: f"{match[0]}\\", text.replace("<", "&lt;")))


def without_addresses(text: str) -> str:
    """Only what would be a link without any brackets is none."""
    return _ADDRESSES.sub(lambda match: f"{match[0]}\\", text)
