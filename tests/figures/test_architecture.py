"""Fig. 11's stages come from the model; here they are compared with He et al. (2016), Table 1, and Sect. 3.2.2."""

import torch

from paper_repro.figures.architecture import stages


def test_shapes_at_224_px() -> None:
    assert [(stage.name, stage.shape) for stage in stages()] == [
        ("input", (3, 224, 224)), ("conv1", (64, 112, 112)), ("maxpool", (64, 56, 56)), ("layer1", (64, 56, 56)),
        ("layer2", (128, 28, 28)), ("layer3", (256, 14, 14)), ("layer4", (512, 7, 7)), ("avgpool", (512, 1, 1)),
        ("flatten", (512,)), ("head.0", (256,)), ("head.2", (64,)),
    ]


def test_words_say_what_a_stage_does() -> None:
    words = {stage.name: stage.words for stage in stages()}
    assert words["conv1"] == ("conv 7×7", "stride 2", "batch norm", "ReLU")
    assert words["maxpool"] == ("max 3×3", "stride 2")
    assert words["layer1"] == ("2 residual", "blocks:", "4 conv 3×3")
    assert words["layer4"] == ("2 residual", "blocks:", "4 conv 3×3", "stride 2")
    assert words["head.0"] == ("linear", "ReLU")
    assert words["head.2"] == ("linear",)
    assert [stage.name for stage in stages() if stage.head] == ["head.0", "head.2"]


def test_shapes_follow_the_size_of_the_image() -> None:
    assert {stage.name: stage.shape for stage in stages(64)}["layer4"] == (512, 2, 2)


def test_no_random_generator_is_moved() -> None:
    before = torch.get_rng_state()
    stages(64)
    assert torch.equal(torch.get_rng_state(), before)
