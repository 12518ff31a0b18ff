"""Claims about what makes more of the same clips."""

import torch

from core.lab.training.augmentation import with_noise


def test_noise_is_one_draw_for_all_frames_of_a_clip():
    frames = torch.randn(3, 5, 8)
    moved = with_noise(frames, 0.5) - frames
    torch.testing.assert_close(moved, moved[:, :1].expand(3, 5, 8), atol=1e-5, rtol=0)
    assert not torch.allclose(moved[0], moved[1])
    assert torch.equal(with_noise(frames, 0.0), frames)
