"""Cues as the LLM reads them: lines with their times under a heading that says where they are from.

That nothing is said or written is told only to a question about it: a small LLM that reads it before "what is
going on here?" answers that it cannot read the words.

What trains an LLM and what asks it take the same text from here.
"""

import re
from collections.abc import Sequence

from core.dialogue.conversation import Cue
from core.dialogue.prompt import timestamp

HEADINGS = {
    "subtitles": "Subtitles of this video, each with its time:",
    "heard": "What is said in this video, each line with its time:",
    "read": "Text in the pictures, each with its time:",
}
# Where a sense looked and found nothing. Nobody takes a video without subtitles for a silent one.
NOTHING = {"heard": "Nothing is said in this video.\n\n", "read": "There is no text in the pictures.\n\n"}
# Questions that are about a source.
ABOUT = {
    "heard": re.compile(
        r"\b(?:sa(?:y|ys|id|ying)|talk\w*|sp(?:eak|oke)\w*|speech|hear\w*|listen\w*|sounds?|voices?|audio|nois[ey]\w*|"
        r"music\w*|songs?|sings?|singing|quiet|silen\w+|mention\w*|discuss\w*|conversation|words?|languages?|transcri\w+)\b"
        r"|[说說讲講谈談聊话話听聽声聲音唱歌]|台词|台詞|语言|語言|旁白|安静|安靜|提到",
        re.IGNORECASE,
    ),
    "read": re.compile(
        r"\b(?:read\w*|text\w*|writ\w*|wrote|signs?|words?|letters?|labels?|titles?|subtitles?|captions?|slides?|"
        r"logos?|print\w*|it says?)\b"
        r"|[字写寫读讀念牌]|文本|标题|標題|标语|標語|标志|標誌|幻灯|投影",
        re.IGNORECASE,
    ),
}


def nothing_text(sources: Sequence[str], question: str) -> str:
    """That these sources found nothing, as far as the question is about them."""
    return "".join(NOTHING[name] for name in sources if name in NOTHING and ABOUT[name].search(question))


def cue_lines(cues: Sequence[Cue]) -> list[str]:
    """Cues as lines of text: "0:07 Hello." """
    return [f"{timestamp(cue.start)} {cue.text}" for cue in cues]


def line_text(source: str, lines: Sequence[str]) -> str:
    """The lines under their heading; empty where there are none."""
    return "\n".join([HEADINGS[source], *lines, "", ""]) if lines else ""
