"""ICC profiles put together byte by byte, for tests."""

import struct

D50 = (0.9642, 1.0, 0.8249)
SRGB_COLORANTS = (
    (0.43607, 0.22249, 0.01392),
    (0.38515, 0.71687, 0.09708),
    (0.14307, 0.06061, 0.7141),
)
ADOBE_COLORANTS = (
    (0.60974, 0.31111, 0.01947),
    (0.20528, 0.62567, 0.06087),
    (0.14919, 0.06322, 0.74457),
)


def fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(map(fixed, values))


def gamma_curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def table_curve(values: list[int]) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(f">I{len(values)}H", len(values), *values)


def identity_curve() -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">I", 0)


def parametric_curve(kind: int, *values: float) -> bytes:
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + b"".join(map(fixed, values))


def text(words: str) -> bytes:
    encoded = words.encode("ascii") + b"\0"
    return (
        b"desc\0\0\0\0" + struct.pack(">I", len(encoded)) + encoded + b"\0" * (4 + 4 + 2 + 1 + 67)
    )


def profile(space: bytes, tags: dict[bytes, bytes], pcs: bytes = b"XYZ ") -> bytes:
    tags = {b"desc": text("test"), b"wtpt": xyz(D50), **tags}
    offset = 132 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", offset + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    size = 132 + len(table) - 4 + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x02400000, b"mntr", space, pcs)
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    header += b"".join(map(fixed, D50))
    return header.ljust(128, b"\0") + table + body


def rgb_profile(curve: bytes, colorants: tuple[tuple[float, ...], ...] = SRGB_COLORANTS) -> bytes:
    return profile_of_channels((curve, curve, curve), colorants)


def profile_of_channels(
    curves: tuple[bytes, bytes, bytes], colorants: tuple[tuple[float, ...], ...] = SRGB_COLORANTS
) -> bytes:
    tags = {}
    for name, curve, colorant in zip((b"r", b"g", b"b"), curves, colorants, strict=True):
        tags |= {name + b"XYZ": xyz(colorant), name + b"TRC": curve}
    return profile(b"RGB ", tags)


def gray_profile(curve: bytes) -> bytes:
    return profile(b"GRAY", {b"kTRC": curve})


def gray_lab_profile(curve: bytes) -> bytes:
    return profile(b"GRAY", {b"kTRC": curve}, pcs=b"Lab ")


def table_profile(codes: list[int], entries: int, pcs: bytes) -> bytes:
    """A table from RGB to the connection space (`lut16Type`), as scanners have, and no way back."""
    straight = struct.pack(">2H", 0, 65535) * 3
    matrix = b"".join(map(fixed, (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    head = b"mft2\0\0\0\0" + bytes((3, 3, entries, 0)) + matrix + struct.pack(">HH", 2, 2)
    cube = struct.pack(f">{len(codes)}H", *codes)
    return profile(b"RGB ", {b"A2B0": head + straight + cube + straight}, pcs)


def cube(entries: int) -> list[tuple[float, ...]]:
    steps = [index / (entries - 1) for index in range(entries)]
    return [(red, green, blue) for red in steps for green in steps for blue in steps]


def scanner_profile() -> bytes:
    """Channels that leak into each other, and darks that are warm."""
    codes = []
    for red, green, blue in cube(9):
        light = 0.3 * red + 0.5 * green + 0.2 * blue - 0.15 * red * (1 - green)
        warm = 6 * light * (1 - light)
        a, b = 40 * (red - green) * (1 - blue / 2), 30 * (green - blue) + warm
        codes += [round(65280 * light**0.9), round((a + 128) * 256), round((b + 128) * 256)]
    return table_profile(codes, 9, b"Lab ")


def matrix_as_table(colorants: tuple[tuple[float, ...], ...]) -> bytes:
    """Linear light over primaries, which needs no table."""
    codes = [
        round(sum(share * value for share, value in zip(rgb, row, strict=True)) * 32768)
        for rgb in cube(2)
        for row in zip(*colorants, strict=True)
    ]
    return table_profile(codes, 2, b"XYZ ")
