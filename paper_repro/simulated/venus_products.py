"""Files of the simulated Venus in the archives' own formats: UVI l2b and l3bx (FITS), VMC .IMG and .GEO (PDS3).

Headers have the keywords of the real products with consistent values; only HISTORY, NOTE and TASK say SIMULATED.
"""

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.files import write_bytes
from paper_repro.simulated.mark import NO_SPACECRAFT
from paper_repro.simulated.venus_camera import Planes, View

Array = NDArray[np.float64]
MISSING = -3.4e38  # UVI
OUTSIDE = -1  # VMC: outside the round field of view
NOT_APPLICABLE = -1e32  # VMC geometry off the disc
VICAR_BYTES = 6144
LONG_HEADERS = {"LIR": 780}  # cards that make a header as long as an archive file's label says: 23 blocks
IMG_RECORD, GEO_RECORD = 1024, 2048


def iso(time_utc: str, seconds: float = 0.0) -> str:
    """The time `seconds` later, with milliseconds."""
    return (datetime.fromisoformat(time_utc) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def write_uvi(image_path: Path, geometry_path: Path | None, image: NDArray[np.float32], planes: Planes, view: View,
              window: tuple[int, int], binning: int, orbit: int) -> None:
    """Write the l2b file of an image [H, W] and, unless its path is None, the l3bx file of its geometry.

    Camera and filter are those of the file's name. window: 0-based (row, column) of the first pixel in the 1024 x 1024
    detector.
    """
    camera, kind = image_path.name.upper().split("_")[::3][:2]
    header = uvi_header(image, view, window, binning, orbit)
    header.update({"INSTRUME": camera, "FILTER": f"{kind}nm" if camera == "UVI" else kind, "P_ID": f"{camera}_{kind}"})
    header["P_L0NAME"] = image_path.name.replace("l2b", "l0").replace(".fit", ".raw")
    for number in range(LONG_HEADERS.get(camera, 0)):
        header.add_comment(f"simulated keyword {number} of a long header")
    write_fits(image_path, [(f"{camera}_LEVEL2B_IMAGE", image, "K" if camera == "LIR" else "W/m2/sr/m", header)])
    if geometry_path is None:
        return
    pointing = fits.Header({"FIT_STAT": 1, "D_RMSAR": 1e-4, "D_SSCPX": header["S_SSCPX"], "D_SSCPY": header["S_SSCPY"],
                            "D_IFOV": view.ifov, "D_NPVAZM": header["S_NPVAZM"], "D_LVANG": 0.0,
                            "D_EAPRAD": view.radius_km})
    names = ("Latitude", "Longitude", "Local time", "Phase angle", "Incidence angle", "Emission angle",
             "Azimuthal angle")
    values = (planes.latitude, planes.longitude, planes.local_time, planes.phase, planes.incidence, planes.emission,
              planes.azimuth)
    write_fits(geometry_path, [(name, value, "hour" if name == "Local time" else "degree", pointing)
                               for name, value in zip(names, values, strict=True)])


def uvi_header(image: NDArray[np.float32], view: View, window: tuple[int, int], binning: int,
               orbit: int) -> fits.Header:
    """Keywords of the image's header unit. S_IFOV is that of a pixel of the file, so binning is in it."""
    good = image[image > MISSING / 2]
    height, width = image.shape
    row, column = view.boresight
    sun_longitude, sun_latitude = view.sun
    local = ((sun_longitude - view.longitude + 180) % 360) / 15
    cosine = np.cos(np.radians(view.latitude - sun_latitude)) * np.cos(np.radians((local - 12) * 15))
    nadir = view.aim is None
    return fits.Header({
        "TELESCOP": "AKATSUKI", "SPCECRFT": "VCO", "INSTRUME": "", "OBJECT": "VENUS", "FILTER": "", "P_ID": "",
        "DATE-BEG": iso(view.time_utc, -0.125), "DATE-OBS": iso(view.time_utc),
        "DATE-END": iso(view.time_utc, 0.125), "DATE": "2017-03-31T00:00:00", "EXPOSURE": 0.25,
        "P_CMPSTY": "LOSSLESS", "P_CMPTYP": "HIREW", "P_DVER": "0.5", "P_FLPROT": 270,
        "P_POSLLX": window[1] + 1, "P_POSLLY": window[0] + 1, "P_POSURX": window[1] + width * binning,
        "P_POSURY": window[0] + height * binning, "P_BINN": binning,
        "DATAMAX": float(good.max()), "DATAMIN": float(good.min()), "P_MPIXV": MISSING,
        "P_MPIXN": int(image.size - good.size), "P_DPIXV": MISSING, "P_DPIXN": 0, "P_SPIXV": -MISSING, "P_SPIXN": 0,
        "S_ORBITN": orbit, "S_PERLON": 242.04, "S_PERLAT": 4.66, "S_PERALT": 540.83, "S_INCANG": 173.15,
        "S_ECCENT": 0.9665, "S_LONNOD": 200.18, "S_ARGPER": 137.08, "S_SEMIAX": 197000.0,
        "S_DISTAV": view.distance_km, "S_DISTVS": 107496000.0, "S_IFOV": view.ifov,
        "S_APPDIA": float(2 * np.degrees(np.arcsin(view.radius_km / view.distance_km))),
        "S_SOLLON": sun_longitude, "S_SOLLAT": sun_latitude, "S_SSCLON": view.longitude % 360,
        "S_SSCLAT": view.latitude, "S_SSCLT": local, "S_SSCPHA": float(np.degrees(np.arccos(cosine))),
        "S_SSCPX": column + 1 if nadir else MISSING, "S_SSCPY": row + 1 if nadir else MISSING, "S_NPVAZM": view.roll,
        "S_CLDALT": view.radius_km - paper.VENUS_RADIUS_KM, "S_TGRADI": view.radius_km,
    })


def write_fits(path: Path, units: Sequence[tuple[str, NDArray[np.floating], str, fits.Header]]) -> None:
    """Write a primary header without data and one float32 image extension a unit (name, data, unit of data, header)."""
    primary = fits.PrimaryHDU()
    primary.header["HISTORY"] = NO_SPACECRAFT
    extensions = []
    for name, data, unit, header in units:
        extension = fits.ImageHDU(data.astype(np.float32), header=header, name=name)
        extension.header["EXTNAME"] = name  # astropy would put it in capitals
        extension.header["BUNIT"] = unit
        extension.header["HISTORY"] = NO_SPACECRAFT
        extensions.append(extension)
    buffer = io.BytesIO()
    fits.HDUList([primary, *extensions]).writeto(buffer, output_verify="exception")
    write_bytes(path, buffer.getvalue())


def write_vmc(image_path: Path, geometry_path: Path | None, image: NDArray[np.int16], planes: Planes, view: View,
              orbit: int, periapsis: tuple[str, float]) -> None:
    """Write the .IMG file of an image [512, 512] and, unless its path is None, the .GEO file of its geometry.

    periapsis: (time, altitude in km). Statistics by the archive's rule: -1 is left out of MINIMUM, counted as 0 in
    MEAN and STANDARD_DEVIATION (ddof 0), cut to 0.001.
    """
    filled = np.maximum(image, 0)
    statistics = {"MAXIMUM": int(image.max()), "MEAN": np.floor(filled.mean() * 1e3) / 1e3,
                  "MINIMUM": int(image[image != OUTSIDE].min()),
                  "STANDARD_DEVIATION": np.floor(filled.std() * 1e3) / 1e3}
    shape = {"INTERCHANGE_FORMAT": "BINARY", "LINES": image.shape[0], "LINE_SAMPLES": image.shape[1]}
    order = {"BAND_STORAGE_TYPE": "BAND_SEQUENTIAL"}
    pds3(image_path, image.astype(">i2"), view, orbit, periapsis, IMG_RECORD,
         {**shape, "SAMPLE_TYPE": "MSB_INTEGER", "SAMPLE_BITS": 16, "BANDS": 1, **order, **statistics})
    if geometry_path is None:
        return
    longitude = (planes.longitude + 180) % 360 - 180  # unlike the labels' 0 to 360
    cube = np.stack([planes.incidence, planes.emission, planes.phase, planes.latitude, longitude])
    cube = np.where(np.isfinite(cube), cube, NOT_APPLICABLE).astype(">f4")
    pds3(geometry_path, cube, view, orbit, periapsis, GEO_RECORD,
         {**shape, "SAMPLE_TYPE": "IEEE_REAL", "SAMPLE_BITS": 32, "BANDS": 5, **order})


def pds3(path: Path, data: NDArray[np.generic], view: View, orbit: int, periapsis: tuple[str, float], record: int,
         image_object: dict[str, object]) -> None:
    """Write PDS3 label, VICAR header and data: each starts at a record, the label is padded with spaces."""
    blocks = -(-data.nbytes // record)
    vicar_records = VICAR_BYTES // record
    label, records = "", 5
    for _ in range(3):  # the number of label records stands in the label
        label = pds3_label(path.name, view, orbit, periapsis, record, records, records + vicar_records + blocks,
                           records + vicar_records + 1, image_object)
        records = max(5, -(-len(label) // record))
    head = label.encode("ascii").ljust(records * record)
    vicar = vicar_header(path.name, data, view, orbit, periapsis).encode("ascii").ljust(VICAR_BYTES, b"\0")
    write_bytes(path, head + vicar + data.tobytes().ljust(blocks * record, b"\0"))


def pds3_label(name: str, view: View, orbit: int, periapsis: tuple[str, float], record: int, records: int, total: int,
               pointer: int, image_object: dict[str, object]) -> str:
    """Text of the label, lines ending in CR LF."""
    time = iso(view.time_utc)
    is_geometry = name.endswith(".GEO")
    rows: list[tuple[str, object]] = [
        ("PDS_VERSION_ID", "PDS3"), ("", "/* FILE DATA ELEMENTS */"), ("RECORD_TYPE", "FIXED_LENGTH"),
        ("RECORD_BYTES", record), ("FILE_RECORDS", total), ("LABEL_RECORDS", records),
        ("", "/* POINTERS TO DATA OBJECTS */"), ("^IMAGE_HEADER", records + 1), ("^IMAGE", pointer),
        *([("^GEOMETRY_DESC", '"GEOMETRY_CUBE_DESC.TXT"')] if is_geometry else []),
        ("", "/* PRODUCER IDENTIFICATION */"), ("PRODUCT_CREATION_TIME", "2015-07-12T04:24:38.000Z"),
        ("PRODUCER_ID", "DLR"), ("NOTE", f'"{NO_SPACECRAFT}"'),
        ("", "/* DATA DESCRIPTION AND IDENTIFICATION */"), ("DATA_SET_ID", '"VEX-V-VMC-3-RDR-V3.0"'),
        ("DATA_SET_NAME", '"VENUS EXPRESS VENUS VMC 3 \r\n' + " " * 37 + 'V3.0"'),
        ("DETECTOR_ID", f"VEX_VMC_{name[11:13]}"), ("FILE_NAME", f'"{name}"'), ("INSTRUMENT_HOST_ID", "VEX"),
        ("INSTRUMENT_HOST_NAME", '"VENUS EXPRESS"'),
        ("INSTRUMENT_ID", "VMC"), ("INSTRUMENT_NAME", '"VENUS MONITORING CAMERA"'),
        ("INSTRUMENT_TYPE", '"FRAMING CAMERA"'), ("MISSION_ID", "VEX"), ("MISSION_NAME", '"VENUS EXPRESS"'),
        ("PROCESSING_LEVEL_ID", 3), ("PRODUCT_ID", f'"{name}"'), ("PRODUCT_TYPE", "RDR"), ("RELEASE_ID", "0005"),
        ("REVISION_ID", "0000"), ("", "/* TIME RELATED INFORMATION */"), ("IMAGE_TIME", f"{time}Z"),
        ("START_TIME", f"{iso(view.time_utc, -0.008)}Z"), ("STOP_TIME", f"{iso(view.time_utc, 0.007)}Z"),
        ("", "/* ORBITAL INFORMATION */"), ("ORBIT_NUMBER", orbit), ("ORBITAL_ECCENTRICITY", 0.842),
        ("ORBITAL_INCLINATION", 90.01), ("PERIAPSIS_ALTITUDE", f"{periapsis[1]:.1f}"),
        ("PERIAPSIS_TIME", f"{periapsis[0]}Z"), ("MAXIMUM_RESOLUTION", f"{resolution_m(view):.6g} <m/pixel>"),
        ("FOOTPRINT_POINT_LATITUDE", footprint(view.latitude)),
        ("FOOTPRINT_POINT_LONGITUDE", footprint(view.longitude % 360)), ("SPACECRAFT_POINTING_MODE", "NADIR"),
        ("", "/* TARGET IDENTIFICATION */"), ("TARGET_TYPE", "PLANET"), ("TARGET_NAME", "VENUS"),
        ("RIGHT_ASCENSION", "-1e+32"), ("DECLINATION", "-1e+32"), ("SPACECRAFT_SOLAR_DISTANCE", "1.08858e+08"),
        ("", "/* SCIENCE OPERATIONS INFORMATION */"), ("VEX:SCIENCE_CASE_ID", '"3"'), ("OBSERVATION_TYPE", "AD002A"),
        ("", "/* INSTRUMENT INFORMATION */"), ("EXPOSURE_DURATION", "15.12 <ms>"),
        ("DETECTOR_TEMPERATURE", "20.6667 <degC>"), ("", "/* RADIOMETRIC DATA INFORMATION */"),
        ("RADIANCE_OFFSET", "0.0 <W*m**-3*sr**-1>"), ("RADIANCE_SCALING_FACTOR", "89136.3 <W*m**-3*sr**-1>"),
        ("", "/* DATA OBJECT DEFINITIONS */"), ("OBJECT", "IMAGE"),
        *((f"  {key}", value) for key, value in image_object.items()), ("END_OBJECT", "IMAGE"),
        ("OBJECT", "IMAGE_HEADER"), ("  HEADER_TYPE", "VICAR2"), ("  INTERCHANGE_FORMAT", "ASCII"),
        ("  BYTES", VICAR_BYTES), ("  ^DESCRIPTION", '"VICAR2.TXT"'), ("END_OBJECT", "IMAGE_HEADER"),
    ]
    lines = [f"{key:<33} = {value}" if key else f"\r\n{value}\r\n" for key, value in rows]
    return "\r\n".join([*lines, "END", ""])


def footprint(value: float) -> str:
    """The label's hundred footprint points, all at one place: a list broken over lines, as the archive does it."""
    lines = [",".join([f"{value:.6g}"] * 5) for _ in range(20)]
    return "(" + (",\r\n" + " " * 37).join(lines) + ")"


def resolution_m(view: View) -> float:
    """Best ground sampling distance in m/px, counted from the altitude above the solid planet as the labels do."""
    return view.ifov * (view.distance_km - paper.VENUS_RADIUS_KM) * 1000


def vicar_header(name: str, data: NDArray[np.generic], view: View, orbit: int, periapsis: tuple[str, float]) -> str:
    """Text of the VICAR header: items separated by two blanks."""
    bands, lines, samples = (1, *data.shape) if data.ndim == 2 else data.shape
    hour_angle = (view.sun[0] - view.longitude + 180) % 360  # 15 x local time
    items = [
        f"LBLSIZE={VICAR_BYTES}", f"FORMAT='{'HALF' if data.ndim == 2 else 'REAL'}'", "TYPE='IMAGE'", "BUFSIZ=1024",
        "DIM=3", "EOL=0", f"RECSIZE={samples * data.itemsize}", "ORG='BSQ'", f"NL={lines}", f"NS={samples}",
        f"NB={bands}", f"N1={samples}", f"N2={lines}", f"N3={bands}", "N4=0", "NBB=0", "NLB=0", "HOST='JAVA'",
        "INTFMT='HIGH'", "REALFMT='RIEEE'", "COMPRESS='NONE'", "PROPERTY='VEX_ORBIT'", f"ORBIT_NUMBER={orbit}",
        f"PERIAPSIS_TIME='{periapsis[0]}Z'", f"PERIAPSIS_ALTITUDE={periapsis[1]:.1f}",
        f"IMAGE_TIME='{iso(view.time_utc)}Z'", "PROPERTY='FILE'", f"FILE_NAME='{name.lower()}'",
        "PROPERTY='VEX_INSTRUMENT'", f"DETECTOR_ID='VEX_VMC_{name[11:13]}'", "TASK='SIMULATED'",
        "INVALID_PIXEL_COUNT=-1",
        f"BEST_GROUND_SAMPLING_DISTANCE={resolution_m(view) / 1000:.6g}",
        f"CENTRIC_LATITUDE_AT_CENTER={view.latitude:.6g}", f"EASTERN_LONGITUDE_AT_CENTER={view.longitude % 360:.6g}",
        f"LOCAL_HOUR_ANGLE={hour_angle:.6g}", f"SPACECRAFT_ALTITUDE={view.distance_km - paper.VENUS_RADIUS_KM:.6g}",
        f"MAXIMUM_RESOLUTION={resolution_m(view):.6g}",
    ]
    return "  ".join(items)
