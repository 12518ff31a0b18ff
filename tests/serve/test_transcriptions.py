"""What is said in a file, written down in the forms of OpenAI's API; and what is heard joins an answer."""

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from core.engine.video_chat import VideoChat
from core.serve.settings import ApiLimits
from tests.senses.sounds import RECORDINGS, clip_with, recording, silence
from tests.serve.asking import about
from tests.serve.server import ApiServer
from tests.serve.speaking import SpeakingImageLLM


@pytest.fixture(scope="module")
def hearing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    folder = tmp_path_factory.mktemp("hearing")
    chats = {"tiny": VideoChat(SpeakingImageLLM(), folder / "engine")}
    running = ApiServer(folder, chats, ApiLimits(senses_at_once=1))
    yield running
    running.close()


@pytest.mark.slow
def test_a_sound_is_written_down_in_every_form(hearing: ApiServer):
    create = hearing.client().audio.transcriptions.create
    sound = RECORDINGS / "heath_ledger.mp3"
    with sound.open("rb") as file:
        assert "for free" in create(model="whisper-1", file=file).text
    with sound.open("rb") as file:
        srt = create(model="whisper-base", file=file, response_format="srt", language="en")
    assert " --> " in srt
    with sound.open("rb") as file:
        whole = create(model="whisper-1", file=file, response_format="verbose_json")
    assert whole.language == "en"
    assert whole.segments[0].end > whole.segments[0].start
    assert "whisper-base" in {model.id for model in hearing.client().models.list()}


@pytest.mark.slow
def test_what_is_heard_is_in_the_prompt_and_told_beside_the_answer(hearing: ApiServer, tmp_path: Path):
    clip = clip_with(tmp_path / "clip.mp4", recording("heath_ledger.mp3"))
    client = hearing.client()
    file = client.files.create(file=clip, purpose="user_data")
    ours = {"reeltalk": {"senses": ["hearing"]}}
    reply = client.chat.completions.create(model="tiny", messages=about(file.id), extra_body=ours)
    cues = reply.model_dump()["reeltalk"]["cues"]
    assert cues[0]["source"] == "heard"
    assert cues[0]["end"] > cues[0]["start"]
    none = {"reeltalk": {"senses": []}}
    deaf = client.chat.completions.create(model="tiny", messages=about(file.id), extra_body=none)
    assert deaf.model_dump()["reeltalk"]["cues"] == []
    assert deaf.usage.prompt_tokens < reply.usage.prompt_tokens


def test_silence_has_no_words_and_no_sound_no_words_either(
    hearing: ApiServer, tmp_path: Path, clip_file: Path
):
    create = hearing.client().audio.transcriptions.create
    for path in (clip_with(tmp_path / "still.mp4", silence(2)), clip_file):
        with path.open("rb") as file:
            assert create(model="whisper-1", file=file).text == ""


def test_a_file_that_holds_no_sound_is_refused(hearing: ApiServer):
    with pytest.raises(openai.BadRequestError):
        hearing.client().audio.transcriptions.create(model="whisper-1", file=("a.mp3", b"words"))


def test_a_server_that_does_not_hear_has_no_such_model(server: ApiServer):
    with pytest.raises(openai.NotFoundError):
        server.client().audio.transcriptions.create(model="whisper-1", file=("a.mp3", b"words"))
    with pytest.raises(openai.BadRequestError, match="no sense called hearing"):
        server.client().chat.completions.create(
            model="tiny", messages=about("file-x"), extra_body={"reeltalk": {"senses": ["hearing"]}}
        )
