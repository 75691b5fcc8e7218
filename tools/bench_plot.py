# SPDX-License-Identifier: GPL-3.0-or-later
"""Two pictures of a bench run, as SVG: time and peak memory against box size."""
import os

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 360, 70, 180, 30, 50
COLOURS = ["#0b5394", "#b45f06", "#38761d", "#741b47", "#444444"]


def scale(value, low, high, start, end):
    return start if high == low else start + (value - low) / (high - low) * (end - start)


def ticks(highest):
    step = 10 ** len(str(int(highest))) / 10 or 1
    while highest / step < 4:
        step /= 2
    return [step * i for i in range(int(highest / step) + 2)]


def picture(title, unit, lines):
    """`lines`: name -> list of (box, value)."""
    boxes = sorted({box for points in lines.values() for box, _ in points})
    marks = ticks(max(value for points in lines.values() for _, value in points))

    def x(box):
        return scale(boxes.index(box), 0, max(len(boxes) - 1, 1), LEFT, WIDTH - RIGHT)

    def y(value):
        return scale(value, 0, marks[-1], HEIGHT - BOTTOM, TOP)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
             f'<text x="{LEFT}" y="18" font-size="14">{title}</text>']
    for mark in marks:
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(mark):.1f}" y2="{y(mark):.1f}" stroke="#ddd"/>'
                     f'<text x="{LEFT - 8}" y="{y(mark) + 4:.1f}" text-anchor="end">{mark:g}</text>')
    for box in boxes:
        parts.append(f'<text x="{x(box):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{box}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">box (voxels an axis)</text>'
                 f'<text transform="translate(16 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{unit}</text>')
    for (name, points), colour in zip(lines.items(), COLOURS):
        places = " ".join(f"{x(box):.1f},{y(value):.1f}" for box, value in sorted(points))
        parts.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(box):.1f}" cy="{y(value):.1f}" r="3" fill="{colour}"/>' for box, value in points]
    ends = sorted((y(max(points)[1]), x(max(points)[0]), name, colour) for (name, points), colour in zip(lines.items(), COLOURS))
    lowest = 0
    for at, right, name, colour in ends:  # names do not cover each other
        lowest = max(at + 4, lowest + 14)
        parts.append(f'<text x="{right + 10:.1f}" y="{lowest:.1f}" fill="{colour}">{name}</text>')
    return "\n".join(parts + ["</svg>", ""])


def draw(rows, folder):
    os.makedirs(folder, exist_ok=True)
    plain = [row for row in rows if row["what"] == "estimate"]
    copies = [row for row in rows if row["what"] == "cp"]
    limited = [row for row in rows if row["what"].startswith("in ")]
    times = {"wall": [(row["box"], row["wall_ns_voxel"]) for row in plain],
             "CPU": [(row["box"], row["cpu_ns_voxel"]) for row in plain],
             "CPU without the kernel": [(row["box"], row["user_ns_voxel"]) for row in plain],
             "cp, wall": [(row["box"], row["wall_ns_voxel"]) for row in copies]}
    memory = {"default memory": [(row["box"], row["peak_mib"]) for row in plain],
              "least shown": [(row["box"], row["peak_mib"]) for row in limited]}
    for name, title, unit, lines in (("time", "Time a voxel against box size", "ns a voxel", times),
                                     ("memory", "Peak resident memory against box size", "MiB", memory)):
        lines = {label: points for label, points in lines.items() if points}
        with open(os.path.join(folder, f"bench-{name}.svg"), "w", encoding="utf-8") as file:
            file.write(picture(title, unit, lines))
