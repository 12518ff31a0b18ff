"""Places in a Markdown document, such as the model card, that commands fill."""

from pathlib import Path


def put_into(document: Path, name: str, text: str) -> None:
    """Replace the text between the two marks of this name, `ablation` or `effects`."""
    begin, end = f"<!-- {name}: made by `python -m core.lab evaluate --{name}` -->", f"<!-- end of {name} -->"
    before, rest = document.read_text(encoding="utf-8").split(begin)
    after = rest.split(end)[1]
    document.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
