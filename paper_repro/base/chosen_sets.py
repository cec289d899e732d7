"""Which sets of patches of Venus a run has: by its profile, or by the folders, instruments and scales named."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from paper_repro.base.instruments import cameras, entry
from paper_repro.base.profile import Profile, VenusSet

InFolder = Callable[[str, Path], Sequence[str]]


def sets_of(profile: Profile, instruments: Sequence[str], scales: Sequence[float]) -> tuple[VenusSet, ...]:
    """The sets of instruments at scales (km), the profile's where none are named.

    Of an instrument that the profile has no set of, at all scales of its sets.
    """
    own = profile.venus.sets if profile.venus else ()
    if not instruments:
        return own
    made: list[VenusSet] = []
    for name in instruments:
        usual = [] if scales else [each for each in own if each.instrument == name]
        made += usual or [VenusSet(name, scale) for scale in scales or dict.fromkeys(each.scale_km for each in own)]
    return tuple(made)


def chosen_instruments(profile: Profile, named: Sequence[str], folders: Mapping[str, Path], scales: Sequence[float],
                       in_folder: InFolder | None = None) -> tuple[str, ...]:
    """The instruments that sets are made of: those named, else by the folders of cameras; none: those of the profile.

    Of a folder those that it has files of, as `in_folder` tells (default: the first of the camera). The profile's own
    sets stay beside those of cameras that it doesn't know, unless scales are named.
    """
    own = [each.instrument for each in profile.venus.sets] if profile.venus else []
    known = {entry(name).camera for name in own}
    looked = [name for name in cameras() if name in folders and (scales or name not in known)]
    if named or not looked:
        return tuple(named)
    look = in_folder or (lambda camera, _: (cameras()[camera].name,))
    found = [each for name in looked for each in look(name, folders[name])]
    return tuple(dict.fromkeys(found if scales else [*own, *found]))
