"""What `core.video` promises of photographs and of pictures that move, on real files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageDraw, features

from core.errors import SettingError, VideoError
from core.video.clip import Clip, Frames
from core.video.read_video import hash_file, read_video
from core.video.sampling import SamplingPlan
from tests.video_files import number_of, picture, write_clip


def key_of(path: Path, plan: SamplingPlan = SamplingPlan()) -> str:
    with pytest.raises((VideoError, SettingError)) as caught:
        read_video(path, plan)
    return caught.value.key


def still(path: Path, mode: str = "RGB", **options) -> Path:
    Image.fromarray(picture(3, 160, 96)).convert(mode).save(path, **options)
    return path


def moving(path: Path, stays: list[int], **options) -> Path:
    """Pictures 0, 1, ...; stays: milliseconds of each."""
    first, *others = [Image.fromarray(picture(number, 160, 96)) for number in range(len(stays))]
    first.save(path, save_all=True, append_images=others, duration=stays, **options)
    return path


def numbers(frames: Frames) -> list[int]:
    return [number_of(image) for image in frames.images]


def difference(image: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(image.astype(float) - other).mean())


# A single picture


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.bmp", "a.gif"])
def test_a_picture_is_a_clip_of_one_frame_that_lasts_no_time(tmp_path: Path, name: str) -> None:
    path = still(tmp_path / name)
    clip, frames = read_video(path)
    assert clip == Clip(
        path=path,
        sha256=hash_file(path),
        duration=0.0,
        fps=0.0,
        width=160,
        height=96,
        rotation=0,
        codec=name[2:].replace("jpg", "jpeg"),
        reader="pillow",
        damaged=False,
    )
    assert frames.seconds.tolist() == [0.0]
    assert difference(frames.images[0], picture(3, 160, 96)) < 8
    assert frames.thumbnails.shape == (1, 112, 187, 3)


@pytest.mark.skipif(not features.check("avif"), reason="Pillow was built without AVIF")
def test_an_avif_is_a_picture_where_pillow_knows_it(tmp_path: Path) -> None:
    _, frames = read_video(still(tmp_path / "a.avif"))
    assert numbers(frames) == [3]


STORED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: np.rot90(upright),
    7: lambda upright: upright[::-1, ::-1].transpose(1, 0, 2),
    8: lambda upright: np.rot90(upright, -1),
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_a_photograph_is_turned_upright(tmp_path: Path, orientation: int, name: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](picture(3, 160, 96))))
    stored.save(tmp_path / name, exif=exif, quality=95)
    clip, frames = read_video(tmp_path / name)
    assert (clip.width, clip.height) == (160, 96)
    assert clip.rotation == {3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}.get(orientation, 0)
    assert difference(frames.images[0], picture(3, 160, 96)) < 8


def test_exif_that_is_rubbish_does_no_harm(tmp_path: Path) -> None:
    path = still(tmp_path / "a.jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12rubbish")
    assert numbers(read_video(path)[1]) == [3]


@pytest.mark.parametrize("name", ["a.png", "a.webp", "p.png", "a.gif"])
def test_what_is_transparent_is_white(tmp_path: Path, name: str) -> None:
    image = Image.fromarray(picture(3, 160, 96)).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 48, 160, 96))
    if name == "p.png":
        image = image.quantize(16)
    image.save(tmp_path / name, **({"lossless": True} if name == "a.webp" else {}))
    _, frames = read_video(tmp_path / name)
    assert frames.images[0, 60:].min() > 250
    assert difference(frames.images[0, 5:20, 5:40], np.array([250, 10, 10])) < 5


@pytest.mark.parametrize(
    ("name", "mode"), [("p.png", "P"), ("cmyk.jpg", "CMYK"), ("1.png", "1"), ("la.png", "LA")]
)
def test_pictures_of_any_kind_of_colours_are_read(tmp_path: Path, name: str, mode: str) -> None:
    expected = np.asarray(Image.fromarray(picture(3, 160, 96)).convert(mode).convert("RGB"))
    _, frames = read_video(still(tmp_path / name, mode))
    assert difference(frames.images[0], expected) < 12


def test_sixteen_bits_are_not_cut_off_at_white(tmp_path: Path) -> None:
    grey = np.tile(np.linspace(0, 65535, 160, dtype=np.uint16), (96, 1))
    Image.fromarray(grey).save(tmp_path / "deep.png")
    _, frames = read_video(tmp_path / "deep.png")
    assert difference(frames.images[0, :, :, 0], grey >> 8) < 2


def test_a_large_photograph_is_made_as_small_as_a_video(tmp_path: Path) -> None:
    Image.fromarray(picture(3, 4000, 3000)).save(tmp_path / "large.jpg")
    clip, frames = read_video(tmp_path / "large.jpg", SamplingPlan(area=260 * 260))
    assert (clip.width, clip.height) == (4000, 3000)
    assert frames.images.shape == (1, 225, 300, 3)
    assert difference(frames.images[0], picture(3, 300, 225)) < 4


def test_a_picture_has_no_range(tmp_path: Path) -> None:
    path = still(tmp_path / "a.jpg")
    assert key_of(path, SamplingPlan(start=1.0)) == "bad_range"
    assert len(read_video(path, SamplingPlan(fps=2.0))[1].images) == 1


# What a file is


def test_a_file_is_what_it_holds_and_not_what_it_is_called(tmp_path: Path) -> None:
    video = write_clip(tmp_path / "video.jpg.mp4").rename(tmp_path / "video.jpg")
    clip, frames = read_video(video, SamplingPlan(frames=4))
    assert clip.duration == pytest.approx(2.4, abs=0.01)
    assert len(frames.images) == 4
    for name in ("a.jpg", "a.png", "a.webp", "a.bmp"):
        path = still(tmp_path / name).rename(tmp_path / f"{name}.mp4")
        clip, frames = read_video(path)
        assert (clip.duration, numbers(frames)) == (0.0, [3])


def test_a_name_that_means_many_pictures_opens_no_other(tmp_path: Path) -> None:
    Image.fromarray(picture(3, 160, 96)).save(tmp_path / "a1.jpg")
    path = still(tmp_path / "a%d.jpg", "L")
    assert read_video(path)[0].sha256 == hash_file(path)
    assert key_of(write_clip(tmp_path / "a.mp4").rename(path)) == "not_a_video"


@pytest.mark.parametrize(
    "beginning",
    [
        b"\xff\xd8\xff\xe0\0\x10JFIF\0",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"BM\0\0\0\0",
        b"GIF89a\0\0\0",
        b"RIFF\0\x10\0\0WEBPVP8X",
        b"RIFF\0\x10\0\0WEBPVP8 ",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"\0\0\0\x18ftypavif\0\0\0\0mif1avif",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 20,
        b"II*\0",
    ],
)
def test_what_only_begins_like_a_picture_is_refused(tmp_path: Path, beginning: bytes) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(beginning + np.random.default_rng(0).integers(1, 256, 5000, np.uint8).tobytes())
    assert key_of(path) in ("not_a_video", "no_frames", "video_too_big")


def test_the_readable_part_of_a_cut_photograph_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cut.jpg"
    Image.fromarray(picture(3, 640, 384)).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    clip, frames = read_video(path)
    assert clip.damaged
    assert difference(frames.images[0, 10:40, 10:60], np.array([250, 10, 10])) < 8


# Pictures that move


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_pictures_that_move_are_sampled_by_their_times(tmp_path: Path, name: str) -> None:
    path = moving(tmp_path / name, [500, 1500, 1000, 1000])
    clip, frames = read_video(path, SamplingPlan(frames=4))  # at 0.5, 1.5, 2.5 and 3.5 s
    assert clip.duration == pytest.approx(4.0)
    assert numbers(frames) == [1, 2, 3]
    assert frames.seconds.tolist() == pytest.approx([0.5, 2.0, 3.0])
    assert not clip.damaged
    _, later = read_video(path, SamplingPlan(frames=2, start=2.0, end=4.0))
    assert numbers(later) == [2, 3]


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_pictures_in_a_hurry_stay_as_long_as_browsers_let_them(tmp_path: Path, name: str) -> None:
    clip, _ = read_video(moving(tmp_path / name, [10] * 20))
    assert clip.duration == pytest.approx(2.0)


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_transparent_pictures_that_move_are_on_white(tmp_path: Path, name: str) -> None:
    images = []
    for number in range(3):
        image = Image.new("RGBA", (160, 96), (0, 0, 0, 0))
        ImageDraw.Draw(image).ellipse((number * 40, 0, number * 40 + 40, 40), (200, 0, 0, 255))
        images.append(image)
    images[0].save(
        tmp_path / name, save_all=True, append_images=images[1:], duration=500, disposal=2, lossless=True
    )
    _, frames = read_video(tmp_path / name, SamplingPlan(frames=3))
    assert len(frames.images) == 3
    for number, image in enumerate(frames.images):
        assert image[60:].min() > 250
        assert difference(image[10:30, number * 40 + 10 : number * 40 + 30], np.array([200, 0, 0])) < 8
        assert image[5:35, (number * 40 + 85) % 160].min() > 250, "what was there before has gone"


def test_a_picture_for_old_programs_is_no_part_of_what_moves(tmp_path: Path) -> None:
    path = moving(tmp_path / "a.png", [500, 500, 500], default_image=True)
    clip, frames = read_video(path)
    assert clip.duration == pytest.approx(1.0)
    assert numbers(frames) == [1, 2]


def test_a_cut_animation_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = moving(tmp_path / "a.png", [500] * 8)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    clip, frames = read_video(path)
    assert clip.damaged
    assert 1.0 < clip.duration < 4.0
    assert numbers(frames) == list(range(len(frames.images)))


# Out of bounds


def test_pictures_out_of_shape_are_refused(tmp_path: Path) -> None:
    for name, size, key in (
        ("dot.png", (4, 4), "video_too_small"),
        ("line.png", (900, 20), "video_too_narrow"),
    ):
        Image.new("RGB", size).save(tmp_path / name)
        assert key_of(tmp_path / name) == key
    path = moving(tmp_path / "long.webp", [9_000_000, 9_000_000])
    assert key_of(path) == "video_too_long"
