"""Compiled: the nearest place on a street, by a grid of squares that know which pieces of streets touch them."""

from typing import NamedTuple

import numpy as np

from routing.compiled import compiled
from routing.graph import EARTH_RADIUS_M, Floats, Ints, LongInts
from routing.whole_kernel import whole

_DEGREE_M = float(np.radians(1.0)) * EARTH_RADIUS_M

END_M = 1.0
"""A place so near to the end of an edge is the node."""


class Grid(NamedTuple):
    """Straight pieces of streets on a plane, and the squares they touch.

    Parameters
    ----------
    frame
        Middle of the plane (``lon, lat``), metres in a degree eastwards, then of the squares: least x and y, side, and
        how many there are in a row and in a column.
    x, y, dx, dy
        Where a piece begins, and how it goes.
    before_m
        Length of its edge up to the piece.
    street
        The number of its street. Streets are numbered in the order of their edges.
    edge, length_m, detour_m
        Of each street: its edge, its length on the plane, and how much farther away it is taken to be than it is.
    square_offset, pieces
        Pieces of square ``s`` at ``square_offset[s]`` up to ``square_offset[s + 1]``.
    """

    frame: Floats
    x: Floats
    y: Floats
    dx: Floats
    dy: Floats
    before_m: Floats
    street: Ints
    edge: Ints
    length_m: Floats
    detour_m: Floats
    square_offset: Ints
    pieces: Ints


@compiled
def cut(
    edges: Ints, geometry_offset: LongInts, lon: Floats, lat: Floats, lon_0: float, lat_0: float
) -> tuple[Floats, Floats, Floats, Floats, Floats, Ints, Floats, float]:
    """The pieces of streets (x, y, dx, dy, before_m, street), the length of each street, metres in a degree east."""
    east_m = np.cos(np.radians(lat_0)) * _DEGREE_M
    size = 0
    for edge in edges:
        size += geometry_offset[edge + 1] - geometry_offset[edge] - 1
    x, y, dx, dy, before_m = np.empty(size), np.empty(size), np.empty(size), np.empty(size), np.empty(size)
    street, length_m = np.empty(size, np.int32), np.zeros(edges.size)
    size = 0
    for number in range(edges.size):
        edge = edges[number]
        for point in range(geometry_offset[edge], geometry_offset[edge + 1] - 1):
            x[size], y[size] = (lon[point] - lon_0) * east_m, (lat[point] - lat_0) * _DEGREE_M
            dx[size], dy[size] = (lon[point + 1] - lon[point]) * east_m, (lat[point + 1] - lat[point]) * _DEGREE_M
            before_m[size] = length_m[number]
            length_m[number] += np.hypot(dx[size], dy[size])
            street[size] = number
            size += 1
    return x, y, dx, dy, before_m, street, length_m, east_m


@compiled
def sort_into_squares(frame: Floats, x: Floats, y: Floats, dx: Floats, dy: Floats) -> tuple[Ints, Ints]:
    """Offsets and pieces of the squares. A piece lies in every square that its bounding box touches."""
    side, columns, rows = frame[5], int(frame[6]), int(frame[7])
    offset = np.zeros(columns * rows + 1, np.int32)
    pieces = np.empty(0, np.int32)
    filled = np.zeros(0, np.int32)
    for turn in range(2):
        for piece in range(x.size):
            first_column = int((min(x[piece], x[piece] + dx[piece]) - frame[3]) / side)
            last_column = min(int((max(x[piece], x[piece] + dx[piece]) - frame[3]) / side), columns - 1)
            first_row = int((min(y[piece], y[piece] + dy[piece]) - frame[4]) / side)
            last_row = min(int((max(y[piece], y[piece] + dy[piece]) - frame[4]) / side), rows - 1)
            for row in range(max(first_row, 0), last_row + 1):
                for column in range(max(first_column, 0), last_column + 1):
                    square = row * columns + column
                    if turn == 0:
                        offset[square + 1] += 1
                    else:
                        pieces[filled[square]] = piece
                        filled[square] += 1
        if turn == 0:
            for square in range(columns * rows):
                offset[square + 1] += offset[square]
            pieces = np.empty(offset[columns * rows], np.int32)
            filled = offset[:-1].copy()
    return offset, pieces


@compiled
def nearest(grid: Grid, lon: float, lat: float) -> tuple[int, float, float, float, float]:
    """The place on the street that is meant by a point: edge, fraction, distance in metres, ``lon, lat``.

    Squares are searched in rings around the point, until none in a further ring can be nearer. Of streets equally far
    the first is taken.
    """
    frame = grid.frame
    px, py = (lon - frame[0]) * frame[2], (lat - frame[1]) * _DEGREE_M
    side, columns, rows = frame[5], int(frame[6]), int(frame[7])
    # The point on the grid that is nearest to the point; whatever is in the grid is farther from the point.
    gx = min(max(px - frame[3], 0.0), columns * side)
    gy = min(max(py - frame[4], 0.0), rows * side)
    outside = (px - frame[3] - gx) ** 2 + (py - frame[4] - gy) ** 2
    column, row = min(int(gx / side), columns - 1), min(int(gy / side), rows - 1)
    # Distance from there to the nearest side of its square.
    margin = max(min(gx - column * side, (column + 1) * side - gx, gy - row * side, (row + 1) * side - gy), 0.0)
    best_seen = np.inf
    best_piece = -1
    best_share = 0.0
    for ring in range(max(columns, rows) + 1):
        if ring > 0 and np.sqrt(outside + (margin + (ring - 1) * side) ** 2) > best_seen:
            break
        for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
            step = 1 if abs(r - row) == ring else max(2 * ring, 1)
            for c in range(column - ring, column + ring + 1, step):
                if c < 0 or c >= columns:
                    continue
                for position in range(grid.square_offset[r * columns + c], grid.square_offset[r * columns + c + 1]):
                    piece = grid.pieces[position]
                    ax, ay = px - grid.x[piece], py - grid.y[piece]
                    dx, dy = grid.dx[piece], grid.dy[piece]
                    square = dx * dx + dy * dy
                    share = min(max((ax * dx + ay * dy) / square, 0.0), 1.0) if square > 0 else 0.0
                    street = grid.street[piece]
                    seen = np.hypot(ax - share * dx, ay - share * dy) + grid.detour_m[street]
                    if seen < best_seen or (seen == best_seen and piece < best_piece):
                        best_seen, best_piece, best_share = seen, piece, share
    street = grid.street[best_piece]
    dx, dy = grid.dx[best_piece], grid.dy[best_piece]
    length_m = grid.length_m[street]
    along_m = grid.before_m[best_piece] + best_share * np.hypot(dx, dy)
    x, y = grid.x[best_piece] + best_share * dx, grid.y[best_piece] + best_share * dy
    fraction = min(along_m / length_m, 1.0) if length_m > 0 else 0.0
    if along_m <= END_M:
        fraction = 0.0
    elif along_m >= length_m - END_M:
        fraction = 1.0
    distance_m = np.hypot(px - x, py - y)
    return whole(grid.edge[street]), fraction, distance_m, frame[0] + x / frame[2], frame[1] + y / _DEGREE_M


@compiled
def nearest_of_all(grid: Grid, lons: Floats, lats: Floats) -> tuple[Ints, Floats, Floats, Floats, Floats]:
    """The same for many points."""
    count = lons.size
    edge = np.empty(count, np.int32)
    fraction, distance_m, lon, lat = np.empty(count), np.empty(count), np.empty(count), np.empty(count)
    for i in range(count):
        edge[i], fraction[i], distance_m[i], lon[i], lat[i] = nearest(grid, lons[i], lats[i])
    return edge, fraction, distance_m, lon, lat
