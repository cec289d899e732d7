"""Table 2: parameters that SimCLR is trained with, the paper's beside those of this run."""

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from paper_repro import paper
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.recipe import departures, recipe_of
from paper_repro.base.run import Run
from paper_repro.tables.layout import NOT_USED, Block, store

CAPTION = "Parameters used for training the encoder model with SimCLR and the LARS optimizer."
NAMES = {
    "batch_size": "Batch size",
    "max_epochs": "Max. epochs",
    "loss_temperature": "Loss temperature",
    "base_learning_rate": "Base learning rate",
    "lars_coefficient": "LARS coefficient",
    "lars_momentum": "LARS momentum",
    "lars_weight_decay": "LARS weight decay",
}


def write(run: Run, origin: Origin) -> Made:
    """Write `table2.csv`, `.md`, `.tex`: the paper's values beside those of the run's profile and recipe.

    Raises UserError for a switch that the recipe doesn't have.
    """
    encoders = run.profile.encoders
    recipe = recipe_of(run.profile)
    used = dataclasses.replace(run.profile.training, max_epochs=encoders.epochs, lars_weight_decay=recipe.weight_decay)
    trained = "simclr" in encoders.models and run.checkpoints == "own"
    rows = [(name, NAMES[name], plain(theirs), plain(getattr(used, name)) if trained else NOT_USED)
            for name, theirs in dataclasses.asdict(paper.TABLE2).items()]
    notes = [f"Recipe {recipe_words(encoders.recipe, encoders.switches)}; images of {encoders.side} x {encoders.side} "
             f"px (paper: {paper.INPUT_SIDE_PX} x {paper.INPUT_SIDE_PX})."]
    if not trained:
        instead = ", it has the authors'" if run.checkpoints == "authors" else ""
        notes = [f"This run trains no SimCLR encoder{instead}."]
    elif not recipe.keep_momentum:
        notes.append("As in the authors' code on a GPU, the momentum is lost after each step.")
    notes += departures(run.profile, "simclr" if trained else "autoencoder")
    block = Block(["Parameter", "Paper", "Used"], "lrr", [row[1:] for row in rows])
    made = store(run, 2, CAPTION, ["key", "parameter", "paper", "used"], rows, [block], origin, notes=notes)
    return dataclasses.replace(made, extra={"used": dataclasses.asdict(used) if trained else {}})


def recipe_words(recipe: str, switches: Mapping[str, Any]) -> str:
    """`paper, precision = bfloat16`: the recipe's name, and each switch set otherwise."""
    return recipe + "".join(f", {name} = {value}" for name, value in switches.items())


def plain(value: float) -> str:
    """A number as the paper writes it: no exponent, no trailing zeros."""
    return f"{Decimal(str(value)).normalize():f}"
