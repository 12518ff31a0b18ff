"""Whether an answer honestly says that a video does not tell, in whatever words.

Only answers to questions that no video can answer are looked at, so any limit that an answer admits will do.
"""

import re

_PATTERNS = {
    "en": (
        r"\b(?:can ?not|can't|could ?not|couldn't|unable to|not able to|impossible to|hard to|sorry)\b",
        r"\b(?:do|does|did|is|are|was|were|has|have)(?: not|n't)(?: \w+)? (?:know|tell|show|say|reveal|let"
        r"|clear|sure|certain|known|visible|possible|see|hear|recogni[sz]e|include|something|my|in|come|detect|have|a)\b",
        r"\bnot (?:clear|sure|certain|known|visible|possible|something|in the video)\b",
        r"(?:but|,|only) (?:not|no)\b",
        r"\b(?:no|none|nothing)\b.{0,30}\b(?:idea|information|sound|way|hint|sign|answer|numbers?|measurements?|dates?"
        r"|titles?|text|prices?|brand|audio|recogni[sz]ed?|make out|could|tells?|says|shows|know|me)\b",
        r"\bonly (?:recogni[sz]e|see|know|have|count|make out|be guessing|pictures)\b",
        r"\b(?:all|that much) I (?:can|have)\b|\bguess(?:ing)?\b|\b(?:beyond|past|reached) me\b",
        r"\bthan I can\b",
        r"\btoo (?:fine|many|small|far|fast|blurry)\b|\bI'd need\b|\b(?:outside|after) the (?:clip|video)\b",
        r"\b(?:unclear|unknown|no nose)\b",
    ),
    "zh": (
        "[看听认说判猜答查念数量分定闻读传对给断](?:断)?不(?:出|到|清|见|准|了|好|上|过|懂|住)",
        "不(?:知道|清楚|确定|太?清楚|太确定|得而知|明确|认|懂|会|行|敢|好判断|好说|在(?:视频|画面))",
        "不能(?:确定|判断|回答|看|知道|说|告诉)|无法|没法|没有?办法|难以|很难|瞎猜|才行",
        "没有?(?:说|提到|显示|告诉|声音|信息|价格|线索|认出|看出|看到|拍到|读到|听到|识别|足够|能)",
        "(?:画面|视频|声音).{0,3}没有|只(?:有画面|能|知道|看|认|说)",
    ),
}
_REFUSAL = {
    language: re.compile("|".join(patterns), re.IGNORECASE) for language, patterns in _PATTERNS.items()
}


def is_refusal(answer: str, language: str) -> bool:
    """answer: in simplified characters where it is Chinese."""
    return bool(_REFUSAL[language].search(answer.replace("’", "'")))
