"""What a client gets of answers whose replicas are lost, with streams in the place of Ray's."""

from collections.abc import AsyncIterator, Iterator

import pytest

pytest.importorskip("ray", reason="the extra `ray` is not installed")

from ray.exceptions import RayActorError

from core.serve.clips.sources import Source
from core.serve.cluster.workers import RemoteJob, clip_of
from core.serve.errors import ApiError
from tests.event_loop import run_apart


class Stream:
    """What one replica sends; it is lost after that unless it has an end."""

    def __init__(self, *items: object, ends: bool = False) -> None:
        self.items, self.ends, self.cancelled = items, ends, False

    async def __aiter__(self) -> AsyncIterator[object]:
        for item in self.items:
            yield item
        if not self.ends:
            raise RayActorError()

    def cancel(self) -> None:
        self.cancelled = True


def taken(*streams: Stream) -> tuple[list[object], Exception | None, int]:
    """The items that come out, what is raised at the end, and how often the place is left."""
    left, items = 0, []
    coming: Iterator[Stream] = iter(streams)

    def leave() -> None:
        nonlocal left
        left += 1

    async def take() -> Exception | None:
        try:
            async for item in RemoteJob(lambda: next(coming), leave):
                items.append(item)
        except Exception as error:
            return error
        return None

    return items, run_apart(take()), left


def test_another_replica_goes_on_where_the_first_has_ended():
    items, error, left = taken(Stream("a red", " squ"), Stream("a", " red square", " moves", ends=True))
    assert "".join(items) == "a red square moves"
    assert error is None
    assert left == 1


def test_what_is_lost_before_its_first_word_is_answered_by_another():
    assert taken(Stream(), Stream("whole", ends=True))[0] == ["whole"]


@pytest.mark.parametrize("second", [("a blue",), ("a",), ("a", ("no text",))])
def test_where_another_would_say_something_else_the_client_is_told(second: tuple[object, ...]):
    items, error, left = taken(Stream("a red"), Stream(*second, ends=second != ("a",)))
    assert items == ["a red"]
    assert isinstance(error, ApiError | StopIteration | RuntimeError)
    assert left == 1


def test_after_three_replicas_the_client_is_told_in_openais_form():
    _, error, _ = taken(Stream("a"), Stream("a"), Stream("a", " b"))
    assert isinstance(error, ApiError)
    assert error.status == 503
    assert error.body["error"]["code"] == "replica_lost"


def test_an_error_of_the_engine_is_raised_as_it_is_and_nobody_else_is_asked():
    wrong = ApiError("This is no video.", 400, "not_a_video")
    items, error, left = taken(Stream("a", wrong), Stream("never"))
    assert (items, error, left) == (["a"], wrong, 1)


def test_who_cancels_leaves_the_place_and_stops_the_replica():
    stream, left = Stream("a", "b", ends=True), []

    async def take_one() -> None:
        job = RemoteJob(lambda: stream, lambda: left.append(True))
        await anext(job)
        job.cancel()

    run_apart(take_one())
    assert stream.cancelled
    assert left


def test_requests_about_one_clip_have_one_name():
    assert clip_of(Source(data="AAAA", name="a.mp4")) == clip_of(Source(data="AAAA", name="b.mp4"))
    assert clip_of(Source(data="AAAA")) != clip_of(Source(data="AAAB"))
    assert clip_of(Source(file_id="file-1")) == "file-1"
