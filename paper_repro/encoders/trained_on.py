"""What an encoder was trained on, which its checkpoint knows: side, colour and normalisation of its input."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from paper_repro.base.files import parse_json
from paper_repro.base.run import EncoderInput
from paper_repro.encoders.resnet import normalisation

KEY = "input"  # in the header of a checkpoint


@dataclass(frozen=True)
class Input:
    """Side of an encoder's input in px, colour or gray, means and standard deviations of the normalisation."""

    side: int
    colour: bool
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def metadata(self) -> dict[str, str]:
        """As a checkpoint has it in its header."""
        return {KEY: json.dumps(asdict(self), sort_keys=True)}

    def __str__(self) -> str:
        return f"{'colour' if self.colour else 'gray'} images of {self.side} px"

    def misfit(self, used: "Input") -> str:
        """What is to be said of an encoder that is used with another input; "" where it is the same."""
        if used == self:
            return ""
        other = "" if str(used) != str(self) else ", normalised otherwise"
        return f"was trained on {self} and is used on {used}{other}: its features may tell them apart less well"


def input_of(side: int, colour: bool, kind: EncoderInput = "imagenet") -> Input:
    """The input of an encoder of images that are resized to `side` px."""
    mean, std = normalisation(colour, kind)
    return Input(side, colour, tuple(map(float, mean)), tuple(map(float, std)))


def read_input(path: Path) -> Input | None:
    """What the encoder in a checkpoint was trained on; None where the file doesn't say (the authors', older ones)."""
    try:
        with safe_open(path, framework="pt") as file:
            found = parse_json((file.metadata() or {})[KEY])
        return Input(found["side"], found["colour"], tuple(found["mean"]), tuple(found["std"]))
    except (SafetensorError, KeyError, TypeError, ValueError, OSError):  # who reads the tensors says what is wrong
        return None
