"""The menu of models, used by programs: choosing, loading, failing, two visitors with two models."""

from pathlib import Path

import pytest

from core.errors import ModelError
from demo.page.i18n import t
from tests.demo.client import ask, connect, open_clip, plain, wait_for
from tests.demo.server import DemoServer, Script, write_clip

pytestmark = pytest.mark.slow  # several servers, each with models that are loaded visibly

QUESTION = "What is in the video?"
OTHER = {"en": "I am the other one.", "zh": "我是另一个。"}
TOO_LARGE = ModelError("not_enough_memory", name="someone/large", needed="70.0", free="4.0")
PARTS = (
    "menu",
    "card",
    "answer_language",
    "timestamps",
    "starters",
    "chat",
    "status",
)  # the first of what choosing updates


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "mine.mp4", seconds=2.0)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    others = {
        "someone/other": Script(answers=OTHER),
        "someone/english": Script(answers={"en": "Only English."}),
        "someone/large": Script(error=TOO_LARGE),
        "someone/broken": Script(error=RuntimeError("a bug")),
    }
    server = DemoServer(tmp_path_factory.mktemp("server"), [], others=others)
    server.models.first.wait()
    yield server
    server.close()


def choosing(client, key: str):
    return client.submit(key, api_name="/choose_model")


def seen(job) -> list[dict]:
    """What every step of choosing showed, part by part; None where it left a part as it was."""
    return [dict(zip(PARTS, output, strict=False)) for output in job.outputs()]


def cards(job) -> list[str]:
    return [plain(step["card"]) for step in seen(job) if plain(step["card"])]


def choose(client, key: str) -> list[dict]:
    job = choosing(client, key)
    job.result(timeout=20)
    return seen(job)


def test_one_model_alone_has_no_menu(tmp_path):
    server = DemoServer(tmp_path, [])
    try:
        (menu,) = [
            each["props"]
            for each in server.app.get_config_file()["components"]
            if each["props"].get("elem_id") == "rt-menu"
        ]
        assert menu["visible"] is False
        assert (
            "/choose_model"
            not in connect(server).view_api(return_format="dict", print_info=False)["named_endpoints"]
        )
    finally:
        server.close()


def test_the_old_model_answers_while_the_chosen_one_is_loaded_visibly(server, clip):
    client = connect(server)
    open_clip(client, clip)
    ask(client, QUESTION)
    server.scripts["someone/other"].may_load.clear()
    job = choosing(client, "someone/other")
    wait_for(lambda: any("Loading the model… 40 %" in card for card in cards(job)))
    assert "until someone/other is ready, ReelTalk compact goes on answering" in cards(job)[-1]
    assert "red square" in ask(client, QUESTION)[-1][-1]
    server.scripts["someone/other"].may_load.set()
    job.result(timeout=20)
    last = [step for step in seen(job) if plain(step["status"])][-1]
    assert "8 pictures read" in plain(last["status"]), "the clip was not read again"
    assert "<strong>someone/other</strong>" in cards(job)[-1]
    assert "rt-busy" not in cards(job)[-1]
    placeholder = last["chat"]["placeholder"]
    assert "You are now talking with someone/other" in placeholder
    assert "starts anew" in placeholder
    chat = ask(client, QUESTION)[-1]
    assert len(chat) == 2, "the old conversation went on"
    assert chat[1].startswith(OTHER["en"])


@pytest.mark.parametrize(
    ("language", "reason", "still"),
    [
        ("en", "someone/large needs about 70.0 GB of memory", "You are still talking with ReelTalk compact."),
        ("zh", "someone/large 大约需要 70.0 GB 内存", "现在和你聊的还是“影语 compact 小模型”。"),
    ],
)
def test_a_model_that_cannot_be_loaded_leaves_the_old_one_and_says_why(server, clip, language, reason, still):
    client = connect(server, language)
    open_clip(client, clip)
    ask(client, QUESTION)
    step = choose(client, "someone/large")[-1]
    assert reason in plain(step["card"])
    assert still in plain(step["card"])
    assert plain(step["menu"]) == "compact"
    chat = ask(client, QUESTION)[-1]
    assert len(chat) == 4, "the conversation did not go on"
    assert "red square" in chat[3]


def test_a_bug_while_loading_says_no_more_than_that_and_leaves_the_old_model(server):
    step = choose(connect(server), "someone/broken")[-1]
    assert t("model.failed", "en") in plain(step["card"])
    assert "a bug" not in plain(step["card"])
    assert plain(step["menu"]) == "compact"


def test_two_visitors_talk_with_different_models(server, clip):
    one, two = connect(server), connect(server)
    open_clip(one, clip)
    open_clip(two, clip)
    choose(one, "someone/english")
    assert ask(one, QUESTION)[-1][1].startswith("Only English.")
    assert "red square" in ask(two, QUESTION)[-1][1]
    assert len(ask(one, QUESTION)[-1]) == 4


def test_what_a_model_cannot_do_is_not_shown(server):
    chinese = connect(server, "zh")
    step = choose(chinese, "someone/english")[-1]
    assert step["answer_language"]["visible"] == "hidden"
    assert "它只懂英文。" in plain(step["card"])
    assert t("starter.1", "en") in plain(step["starters"])
    assert t("chat.empty_text_one_language", "zh") in step["chat"]["placeholder"]
    step = choose(chinese, "compact")[-1]
    assert step["answer_language"]["visible"] is True
    assert t("starter.1", "zh") in plain(step["starters"])


def test_a_model_that_was_dropped_is_loaded_again_for_the_next_question(server, clip):
    english, other = server.models.by_key("someone/english"), server.models.by_key("someone/other")
    client = connect(server)
    open_clip(client, clip)
    choose(client, "someone/english")
    ask(client, QUESTION)
    choose(connect(server), "someone/other")
    assert (english.loaded, other.loaded) == (False, True)
    chat = ask(client, QUESTION)[-1]
    assert len(chat) == 4
    assert chat[3].startswith("Only English.")
    assert (english.loaded, other.loaded) == (True, False)


def test_choosing_the_own_model_again_calls_the_other_one_off(server, clip):
    client = connect(server)
    choose(client, "someone/english")
    server.scripts["someone/other"].may_load.clear()
    job = choosing(client, "someone/other")
    wait_for(lambda: cards(job) != [])
    step = choose(client, "someone/english")[-1]
    assert plain(step["menu"]) == "someone/english"
    server.scripts["someone/other"].may_load.set()
    job.result(timeout=20)
    assert all("<strong>someone/english</strong>" in card for card in cards(job))
    assert not plain(seen(job)[-1]["card"]), "it would hide what the other handler has shown by then"


def test_a_choice_that_is_told_twice_is_followed_once(server):
    client = connect(server)
    assert not server.models.by_key("someone/english").loaded
    server.scripts["someone/english"].may_load.clear()
    first = choosing(client, "someone/english")
    wait_for(lambda: cards(first) != [])
    choose(client, "someone/english")
    server.scripts["someone/english"].may_load.set()
    first.result(timeout=20)
    assert "<strong>someone/english</strong>" in cards(first)[-1]
    assert "rt-busy" not in cards(first)[-1]
