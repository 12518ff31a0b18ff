"""Messages as clients of OpenAI's API write them."""

from typing import Any

QUESTION = "What moves?"


def about(url: str, question: str = QUESTION) -> list[Any]:
    """One question about one clip."""
    clip = {"type": "video_url", "video_url": {"url": url}}
    return [{"role": "user", "content": [clip, {"type": "text", "text": question}]}]


def in_turns(client: Any, model: str, url: str, questions: list[str], **more: Any) -> list[str]:
    """The answers of one conversation, each after those before."""
    messages = about(url, questions[0])
    answers: list[str] = []
    for number, question in enumerate(questions):
        if number:
            messages += [
                {"role": "assistant", "content": answers[-1]},
                {"role": "user", "content": question},
            ]
        reply = client.chat.completions.create(model=model, messages=messages, **more)
        answers.append(reply.choices[0].message.content)
    return answers
