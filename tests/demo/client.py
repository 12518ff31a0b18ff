"""A visitor of the page's server that is a program, through gradio_client."""

import time
from pathlib import Path

from gradio_client import Client, handle_file
from gradio_client.client import Job

from tests.demo.server import DemoServer


def connect(server: DemoServer, language: str = "en") -> Client:
    return Client(server.url, verbose=False, headers={"accept-language": language}, analytics_enabled=False)


def plain(output):
    """A value as the page would show it; gradio_client hands out some as updates."""
    return output.get("value") if isinstance(output, dict) and output.get("__type__") == "update" else output


def open_clip(client: Client, clip: Path) -> list[str]:
    """What the status of the clip said, one after the other."""
    job = client.submit(handle_file(str(clip)), 8, api_name="/open_clip")
    job.result()
    return [status for status in (plain(output[0]) for output in job.outputs()) if status]


def ask(client: Client, question: str, api_name: str = "/ask", **settings) -> list[list[str]]:
    """The texts of the chat's messages after every update."""
    arguments = [question] if api_name == "/ask" else []
    job = client.submit(*arguments, **settings, api_name=api_name)
    job.result()
    return chats(job)


def chats(job: Job) -> list[list[str]]:
    """The texts of the chat's messages after every update so far of a job that asks."""
    shown = [chat for chat in (plain(output[0]) for output in job.outputs()) if chat is not None]
    return [[part["text"] for message in chat for part in message["content"]] for chat in shown]


def wait_for(condition, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
