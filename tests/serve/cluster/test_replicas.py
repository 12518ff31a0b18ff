"""`serve run core.serve:app` with two replicas on this machine, one of which is killed while it writes."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import openai
import psutil
import pytest

from core.serve.keys import add_key
from tests.serve.asking import about, in_turns
from tests.tiny_checkpoints import tiny_families, write_checkpoint

pytest.importorskip("ray", reason="the extra `ray` is not installed")
pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
STARTING = 400.0  # seconds on a busy machine
STARTS = 3
REPLICA = "ray::ServeReplica:default:Engine"
LONG = 400  # tokens
# Settings of Ray for a machine that is busy with other tests: how long its own processes may take to start.
PATIENT = {
    "agent_register_timeout_ms": "300000",
    "gcs_rpc_server_connect_timeout_s": "300",
    "gcs_server_request_timeout_seconds": "300",
    "py_gcs_connect_timeout_s": "300",
    "raylet_start_wait_time_s": "300",
    "worker_register_timeout_seconds": "300",
}
# `serve`, with a Ray whose own page is left out: it is half of what a start costs.
PROGRAM = """
import ray
ray.init(include_dashboard=False, namespace="serve")
from ray.serve.scripts import cli
cli()
"""


class NotStartedError(Exception):
    """Ray ends where its first process is not there within 30 seconds, as happens on a busy machine."""


class Cluster:
    """At `url`, until `close`, which ends every process of it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.token = add_key(folder / "keys.toml", "ada")
        model = write_checkpoint(tiny_families()["llava"], folder / "tiny")
        self.temporary = Path(tempfile.mkdtemp(prefix="ray-"))  # Ray's sockets there allow no long path
        self.url = f"http://127.0.0.1:{_free_port()}"
        config = folder / "serve.yaml"
        config.write_text(
            f"http_options: {{port: {self.url.rpartition(':')[2]}}}\n"
            "applications:\n- import_path: core.serve:app\n"
            f"  args: {{keys: {folder / 'keys.toml'}, store: {folder / 'store'}, model: {model}, cpus: 0.1, "
            "min_replicas: 2, max_replicas: 2, senses_at_once: 0}\n"
        )
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path[1:]]),
            "RAY_TMPDIR": str(self.temporary),
            "RAY_USAGE_STATS_ENABLED": "0",
            **{f"RAY_{name}": value for name, value in PATIENT.items()},
            "RAY_prestart_worker_first_driver": "0",
        }
        self.log = folder / "serve.log"
        command = [sys.executable, "-c", PROGRAM, "run", str(config)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_for(self._ready, STARTING)
        except BaseException:
            self.close()
            raise

    def client(self) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key=self.token, max_retries=0, timeout=120)

    def replicas(self) -> list[psutil.Process]:
        below = psutil.Process(self.process.pid).children(recursive=True)
        return [each for each in below if REPLICA in _name(each)]

    def writing(self) -> psutil.Process:
        """The replica that uses the processor."""
        before = {each: each.cpu_times().user for each in self.replicas()}

        def used() -> list[tuple[float, int]]:
            return sorted((each.cpu_times().user - since, each.pid) for each, since in before.items())

        wait_for(lambda: used()[-1][0] > used()[0][0] + 0.2, 60)
        return psutil.Process(used()[-1][1])

    def running(self) -> int:
        """How many replicas the ingress knows of."""
        logs = self.temporary.glob("**/replica_default_Ingress_*.log")
        known = re.findall(r"Rebuilt .* (\d+) replicas", "".join(each.read_text() for each in logs))
        return int(known[-1]) if known else 0

    def close(self) -> None:
        if self.process.poll() is None:
            for each in psutil.Process(self.process.pid).children(recursive=True):
                each.kill()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.temporary, ignore_errors=True)

    def _ready(self) -> bool:
        if self.process.poll() is not None:
            raise NotStartedError(self.log.read_text(errors="replace"))
        try:
            return httpx.get(f"{self.url}/health").status_code == 200 and self.running() == 2
        except httpx.TransportError:
            return False


def wait_for(happened, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _name(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    running = None
    for _ in range(STARTS):
        with suppress(NotStartedError):
            running = Cluster(tmp_path_factory.mktemp("cluster"))
            break
    assert running, "Ray did not start"
    yield running
    running.close()


def test_later_turns_find_the_cache_of_earlier_ones_whichever_replica_has_it(
    cluster: Cluster, clip_file: Path
):
    client = cluster.client()
    for number in range(6):  # by chance, each would be at the right replica every second time
        file = client.files.create(file=clip_file, purpose="user_data")
        messages = about(file.id, f"What is it, the {number}?")
        first = client.chat.completions.create(model="tiny", messages=messages, max_tokens=8)
        messages += [
            {"role": "assistant", "content": first.choices[0].message.content},
            {"role": "user", "content": "And then?"},
        ]
        second = client.chat.completions.create(model="tiny", messages=messages, max_tokens=8)
        assert second.usage.prompt_tokens_details.cached_tokens > 0


def test_an_answer_and_its_conversation_go_on_when_the_replica_that_writes_is_killed(
    cluster: Cluster, data_url: str
):
    client = cluster.client()
    questions = ["What is it?", "那是什么？"]
    before = in_turns(client, "tiny", data_url, questions, max_tokens=16)
    asked = {"messages": about(data_url), "max_tokens": LONG, "temperature": 1.0, "seed": 7}
    whole = client.chat.completions.create(model="tiny", **asked)
    text, killed = "", None
    for chunk in client.chat.completions.create(model="tiny", stream=True, **asked):
        text += chunk.choices[0].delta.content or ""
        if text and killed is None:
            killed = cluster.writing()
            killed.kill()
    assert killed is not None
    assert "another is asked" in cluster.log.read_text(errors="replace")
    assert text == whole.choices[0].message.content
    assert chunk.choices[0].finish_reason == whole.choices[0].finish_reason
    assert in_turns(client, "tiny", data_url, questions, max_tokens=16) == before


def test_who_goes_away_frees_the_place(cluster: Cluster, data_url: str):
    stream = cluster.client().chat.completions.create(
        model="tiny", messages=about(data_url), max_tokens=1500, stream=True
    )
    next(iter(stream))
    headers = {"authorization": f"Bearer {cluster.token}"}

    def running() -> bool:
        text = httpx.get(f"{cluster.url}/metrics", headers=headers).text
        return "reeltalk_requests_running 1.0" in text

    assert running()
    stream.close()
    wait_for(lambda: not running(), 10)
