"""OpenAI's own client, unchanged, talks with a clip."""

import asyncio
import base64
from pathlib import Path

import openai
import pytest
from PIL import Image

from tests.demo.client import wait_for
from tests.event_loop import run_apart
from tests.serve.asking import QUESTION, about
from tests.serve.server import ApiServer
from tests.serve.speaking import LONG, said_to

ANSWER = said_to(QUESTION)


def test_a_question_about_a_clip_inside_the_request_is_answered(server: ApiServer, data_url: str):
    reply = server.client().chat.completions.create(model="tiny", messages=about(data_url))
    (choice,) = reply.choices
    assert (choice.message.content, choice.finish_reason) == (ANSWER, "stop")
    assert reply.usage.completion_tokens == len(ANSWER)
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens
    details = reply.usage.prompt_tokens_details.model_dump()
    assert details["video_tokens"] == 9 + 16
    assert details["video_tokens"] + details["text_tokens"] == reply.usage.prompt_tokens
    ours = reply.model_dump()["reeltalk"]
    assert len(ours["clips"][0]["frames"]) == 16
    assert reply._request_id.startswith("req_")


def test_a_stream_brings_the_same_answer_piece_by_piece_and_counts_it(server: ApiServer, data_url: str):
    stream = server.client().chat.completions.create(
        model="tiny", messages=about(data_url), stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert "".join(filter(None, pieces)) == ANSWER
    assert len(list(filter(None, pieces))) > 10
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-2].model_dump()["reeltalk"]["language"] == "en"
    assert (chunks[-1].choices, chunks[-1].usage.completion_tokens) == ([], len(ANSWER))
    assert len({chunk.id for chunk in chunks}) == 1


def test_the_asynchronous_client_gets_many_answers_at_once(server: ApiServer, data_url: str):
    async def ask(question: str) -> str:
        reply = await server.later().chat.completions.create(model="tiny", messages=about(data_url, question))
        return reply.choices[0].message.content

    questions = [f"What is thing {number}?" for number in range(6)]

    async def ask_all() -> list[str]:
        return await asyncio.gather(*map(ask, questions))

    assert run_apart(ask_all()) == [said_to(question) for question in questions]


def test_a_clip_is_uploaded_once_and_asked_about_in_several_turns(server: ApiServer, clip_file: Path):
    client = server.client()
    file = client.files.create(file=clip_file, purpose="user_data")
    messages = [
        {
            "role": "user",
            "content": [
                {"type": "input_video", "input_video": {"file_id": file.id}},
                {"type": "text", "text": QUESTION},
            ],
        }
    ]
    first = client.chat.completions.create(model="tiny", messages=messages)
    messages += [
        {"role": "assistant", "content": first.choices[0].message.content},
        {"role": "user", "content": "And then?"},
    ]
    second = client.chat.completions.create(model="tiny", messages=messages)
    assert second.choices[0].message.content == said_to("And then?", 2)
    cached = second.usage.prompt_tokens_details.cached_tokens
    assert cached >= first.usage.prompt_tokens
    assert second.model_dump()["reeltalk"]["clips"][0]["known_before"]


def test_files_are_listed_told_of_and_deleted(server: ApiServer, clip_file: Path):
    client = server.client()
    one, two = (client.files.create(file=clip_file, purpose="user_data") for _ in range(2))
    expires = {"anchor": "created_at", "seconds": 3600}
    short = client.files.create(file=clip_file, purpose="vision", expires_after=expires)
    assert short.expires_at - short.created_at == 3600
    assert [file.id for file in client.files.list(limit=2)][:2] == [short.id, two.id]
    assert {one.id, two.id} <= {file.id for file in client.files.list(limit=1)}  # page after page
    assert client.files.retrieve(one.id).filename == clip_file.name
    assert client.files.delete(one.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(one.id)


def test_nobody_sees_or_uses_the_file_of_another_key(server: ApiServer, clip_file: Path):
    file = server.client().files.create(file=clip_file, purpose="user_data")
    bob = server.client(server.bob)
    assert file.id not in {each.id for each in bob.files.list()}
    for attempt in (
        lambda: bob.files.retrieve(file.id),
        lambda: bob.files.delete(file.id),
        lambda: bob.chat.completions.create(model="tiny", messages=about(file.id)),
    ):
        with pytest.raises(openai.NotFoundError):
            attempt()


def test_models_are_listed(server: ApiServer):
    assert [model.id for model in server.client().models.list()] == ["tiny"]
    assert server.client().models.retrieve("tiny").owned_by == "reeltalk"
    with pytest.raises(openai.NotFoundError):
        server.client().models.retrieve("gpt-4")


def test_a_picture_is_a_clip_of_one_frame(server: ApiServer, tmp_path: Path):
    Image.new("RGB", (64, 48), "red").save(tmp_path / "red.png")
    url = "data:image/png;base64," + base64.b64encode((tmp_path / "red.png").read_bytes()).decode()
    picture = {"type": "image_url", "image_url": {"url": url, "detail": "low"}}
    messages = [{"role": "user", "content": [picture, {"type": "text", "text": "What colour?"}]}]
    reply = server.client().chat.completions.create(model="tiny", messages=messages)
    clip = reply.model_dump()["reeltalk"]["clips"][0]
    assert (clip["duration"], clip["frames"]) == (0, [0])


def test_two_clips_are_compared(server: ApiServer, data_url: str, other_clip_file: Path):
    other = server.client().files.create(file=other_clip_file, purpose="user_data")
    messages = about(data_url)
    messages[0]["content"].insert(1, {"type": "file", "file": {"file_id": other.id}})
    reply = server.client().chat.completions.create(model="tiny", messages=messages)
    assert len(reply.model_dump()["reeltalk"]["clips"]) == 2


@pytest.mark.parametrize("format", ["mp4", "video/mp4", "../x", "a\0b"])
def test_however_a_clip_inside_the_request_is_called_it_is_read(
    server: ApiServer, data_url: str, format: str
):
    clip = {"type": "input_video", "input_video": {"data": data_url.partition(",")[2], "format": format}}
    messages = [{"role": "user", "content": [clip, {"type": "text", "text": QUESTION}]}]
    reply = server.client().chat.completions.create(model="tiny", messages=messages)
    assert reply.choices[0].message.content == ANSWER


def test_frames_and_range_are_as_asked_for(server: ApiServer, data_url: str):
    ours = {"frames": 4, "start": 0.5, "end": 1.5}
    reply = server.client().chat.completions.create(
        model="tiny", messages=about(data_url), extra_body={"reeltalk": ours}
    )
    frames = reply.model_dump()["reeltalk"]["clips"][0]["frames"]
    assert len(frames) == 4
    assert all(0.4 <= second <= 1.5 for second in frames)


def test_an_answer_ends_at_a_stop_and_at_the_most_tokens(server: ApiServer, data_url: str):
    create = server.client().chat.completions.create
    stopped = create(model="tiny", messages=about(data_url), stop=["square", "nowhere"])
    assert stopped.choices[0].message.content == ANSWER.partition("square")[0]
    assert stopped.choices[0].finish_reason == "stop"
    cut = create(model="tiny", messages=about(data_url), max_tokens=5)
    assert (cut.choices[0].message.content, cut.choices[0].finish_reason) == (ANSWER[:5], "length")
    assert cut.usage.completion_tokens == 5


def test_a_system_message_is_read_before_the_first_question(server: ApiServer, data_url: str):
    system = [{"role": "system", "content": "You are terse."}]
    with_one = server.client().chat.completions.create(model="tiny", messages=system + about(data_url))
    without = server.client().chat.completions.create(model="tiny", messages=about(data_url))
    assert with_one.choices[0].message.content == ANSWER
    assert with_one.usage.prompt_tokens == without.usage.prompt_tokens + len("You are terse.\n\n")


def test_what_is_wrong_has_a_status_and_a_field(server: ApiServer, data_url: str):
    create = server.client().chat.completions.create
    with pytest.raises(openai.NotFoundError) as unknown:
        create(model="gpt-4", messages=about(data_url))
    assert (unknown.value.code, unknown.value.param) == ("model_not_found", "model")
    text_only = [{"role": "user", "content": "Hello"}]
    with pytest.raises(openai.BadRequestError, match="one clip"):
        create(model="tiny", messages=text_only)
    with pytest.raises(openai.BadRequestError, match="cannot do that") as tools:
        create(model="tiny", messages=about(data_url), n=2)
    assert tools.value.param == "n"
    with pytest.raises(openai.BadRequestError, match="temperature"):
        create(model="tiny", messages=about(data_url), temperature=9)
    with pytest.raises(openai.BadRequestError, match="frame_count"):
        create(model="tiny", messages=about(data_url), extra_body={"reeltalk": {"frame_count": 4}})
    with pytest.raises(openai.BadRequestError, match="base64"):
        create(model="tiny", messages=about("data:video/mp4;base64,!!!!"))
    with pytest.raises(openai.BadRequestError, match="neither a video nor a picture") as broken:
        create(model="tiny", messages=about("data:video/mp4;base64,AAAA"), stream=True)
    assert broken.value.code == "not_a_video"
    with pytest.raises(openai.BadRequestError, match="is empty"):
        create(model="tiny", messages=about(data_url, " "))
    with pytest.raises(openai.PermissionDeniedError, match="fetches no clip"):
        create(model="tiny", messages=about("https://site.example/cat.mp4"))


def test_without_a_key_nothing_answers(server: ApiServer):
    with pytest.raises(openai.AuthenticationError) as wrong:
        server.client("sk-reeltalk-guessed").models.list()
    assert wrong.value.code == "invalid_api_key"
    assert server.plain("nobody").get("/metrics").status_code == 401
    assert server.plain("nobody").get("/health").json() == {"status": "ready"}


def test_a_client_that_goes_away_ends_its_answer(server: ApiServer, data_url: str):
    messages = about(data_url, f"Please {LONG}")
    stream = server.client().chat.completions.create(
        model="tiny", messages=messages, stream=True, max_tokens=2000
    )
    for number, _ in enumerate(stream):
        if number == 3:
            break
    assert server.api.admission.inside == 1
    stream.close()
    wait_for(lambda: server.api.admission.inside == 0)
    with pytest.raises(openai.APITimeoutError):  # not streamed
        server.client(timeout=1).chat.completions.create(model="tiny", messages=messages, max_tokens=2000)
    wait_for(lambda: server.api.admission.inside == 0)
