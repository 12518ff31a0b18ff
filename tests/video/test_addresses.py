"""A clip from an address of the web: only from hosts that are allowed, and never from inside."""

import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from core.addresses import Addresses, is_public, name_at
from core.errors import VideoError
from tests.video.web import NAME, Web


@pytest.fixture
def addresses(web: Web) -> Callable[..., Addresses]:
    def made(**more):
        options = {"max_bytes": 1000, "seconds": 5.0, "resolve": lambda name, port: ["127.0.0.1"]}
        options |= {"public": lambda address: True}
        return Addresses([f"{NAME}:{web.server_port}"], **(options | more))

    return made


def test_a_clip_comes_from_an_allowed_host_that_is_told_its_name(web: Web, addresses, tmp_path: Path):
    path = addresses().fetch(web.holds("/a%20cat.mp4?x=1"), tmp_path)
    assert path.read_bytes() == b"clip"
    assert path.parent == tmp_path
    assert web.hosts == [f"{NAME}:{web.server_port}"]


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/a.mp4",
        f"https://{NAME}.evil.example/a.mp4",
        f"http://{NAME}:22/",
        f"http://evil@{NAME}/",
        f"http://{NAME}@evil.example/",
        "file:///etc/passwd",
        "ftp://clips.example/a.mp4",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://2130706433/",
        "//clips.example/a.mp4",
        "http://",
        "http://clips.example:port/",
    ],
)
def test_any_other_address_is_refused_before_anybody_is_asked(url: str, tmp_path: Path):
    def resolve(name: str, port: int):
        raise AssertionError("it was looked up")

    with pytest.raises(VideoError):
        Addresses([NAME], 1000, 5.0, resolve).fetch(url, tmp_path)


@pytest.mark.parametrize(
    "inside",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "198.18.0.1", "192.0.2.1"),
    ],
)
def test_a_name_that_stands_for_an_address_inside_is_refused(inside: str, tmp_path: Path):
    assert not is_public(inside)
    resolve = lambda name, port: ["93.184.216.34", inside]  # noqa: E731
    with pytest.raises(VideoError, match="not public"):
        Addresses([NAME], 1000, 5.0, resolve).fetch(f"https://{NAME}/a.mp4", tmp_path)


def test_public_addresses_are_public():
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")


def test_a_redirect_is_checked_as_the_first_address(web: Web, addresses, tmp_path: Path):
    web.holds("/here.mp4")
    there = web.holds("/there.mp4", status=302, location="/here.mp4")
    assert addresses().fetch(there, tmp_path).read_bytes() == b"clip"
    inside = web.holds("/inside.mp4", status=302, location="http://169.254.169.254/latest")
    with pytest.raises(VideoError, match="these hosts only"):
        addresses().fetch(inside, tmp_path)
    web.holds("/round.mp4", status=302, location="/round.mp4")
    with pytest.raises(VideoError, match="more than 3 times"):
        addresses().fetch(f"http://{NAME}:{web.server_port}/round.mp4", tmp_path)


def test_the_name_is_looked_up_once_and_the_connection_goes_where_it_was_checked(
    web: Web, addresses, tmp_path: Path
):
    """The second answer of a name that changes its mind would be another machine."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    fetching = addresses(resolve=lambda name, port: next(answers))
    assert fetching.fetch(web.holds("/a.mp4"), tmp_path).read_bytes() == b"clip"


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ({"body": b"x" * 2000}, "more than"),
        ({"content_length": "2000"}, "more than"),
        ({"content_type": "text/html"}, "neither a video"),
        ({"content_encoding": "gzip"}, "compressed"),
        ({"status": 404}, "answers 404"),
        ({"status": 300}, "answers 300"),
    ],
)
def test_what_is_no_clip_or_too_large_is_refused(web: Web, addresses, tmp_path: Path, page, reason: str):
    with pytest.raises(VideoError, match=reason):
        addresses().fetch(web.holds("/a.mp4", **page), tmp_path)


def test_a_host_that_dawdles_is_left(web: Web, addresses, tmp_path: Path):
    url = web.holds("/slow.mp4")
    with pytest.raises(VideoError, match="too long"):
        addresses(seconds=0.0).fetch(url, tmp_path)


def test_tls_checks_the_certificate_against_the_name_and_not_the_address(tmp_path: Path):
    key, pem = tmp_path / "key", tmp_path / "pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "1",
            "-keyout",
            key,
            "-out",
            pem,
            *("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"),
        ],
        check=True,
        capture_output=True,
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem, key)
    site = Web(tls)
    try:
        url = site.holds("/a.mp4").replace("http:", "https:")
        for name, works in ((NAME, True), ("other.example", False)):
            fetching = Addresses(
                [f"{name}:{site.server_port}"],
                *(1000, 5.0, lambda name, port: ["127.0.0.1"], lambda address: True, str(pem)),
            )
            if works:
                assert fetching.fetch(url, tmp_path).read_bytes() == b"clip"
            else:
                with pytest.raises(VideoError, match="could not be reached"):
                    fetching.fetch(url.replace(NAME, name), tmp_path)
    finally:
        site.shutdown()


def test_a_file_is_called_what_its_address_ends_with_and_every_disk_takes_that():
    assert name_at("https://clips.example/a%20cat.mp4?x=1") == "a cat.mp4"
    assert name_at("https://clips.example/%2e%2e%2fetc%2fpasswd") == "passwd"
    assert name_at("https://clips.example/") == name_at("https://[") == "clip"
    long = name_at(f"https://clips.example/{'%E7%8C%AB' * 300}.mp4")
    assert long.endswith("猫.mp4")
    assert len(long.encode()) <= 200


def test_how_far_it_is_is_told_and_room_is_asked_for_before_it_is_written(
    web: Web, addresses, tmp_path: Path
):
    told: list[float] = []
    asked: list[int] = []

    @contextmanager
    def room(size: int) -> Iterator[None]:
        assert not list(tmp_path.iterdir())
        asked.append(size)
        yield

    fetch = addresses().fetch
    fetch(web.holds("/a.mp4", content_length="4"), tmp_path, lambda key, done: told.append(done), room)
    assert (told[0], told[-1]) == (0.0, 1.0)
    fetch(web.holds("/b.mp4"), tmp_path / "..", room=lambda size: asked.append(size) or nullcontext())
    assert asked == [4, 1000]


def test_whoever_does_not_want_it_any_more_ends_it(web: Web, addresses, tmp_path: Path):
    class UnwantedError(Exception):
        pass

    def progress(key: str, done: float) -> None:
        if done:
            raise UnwantedError

    with pytest.raises(UnwantedError):
        addresses().fetch(web.holds("/a.mp4", content_length="4"), tmp_path, progress)
