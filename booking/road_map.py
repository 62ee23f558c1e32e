"""Features of a road graph, for districts whose roads come by place name and so without a file to draw from."""

import json
from collections.abc import Iterator

from routing.graph import RoadGraph
from routing.osm_features import MapFeature, NamedFeature, NamedKind


def iter_graph_features(graph: RoadGraph) -> Iterator[NamedFeature | MapFeature]:
    """Each road once, as a line on the map and (if it has a name) as a street."""
    seen: set[tuple[int, int, int]] = set()
    for edge in range(len(graph.edge_from)):
        one, other = sorted((int(graph.edge_from[edge]), int(graph.edge_to[edge])))
        way = (one, other, int(graph.edge_way_id[edge]))
        if way in seen:  # the same road the other way round
            continue
        seen.add(way)
        part = slice(int(graph.geometry_offset[edge]), int(graph.geometry_offset[edge + 1]))
        line = [
            [round(float(x), 7), round(float(y), 7)]
            for x, y in zip(graph.geometry_lon[part], graph.geometry_lat[part], strict=True)
        ]
        name = graph.names[int(graph.edge_name[edge])] if graph.edge_name[edge] >= 0 else ""
        yield MapFeature("road", "unclassified", name, "", json.dumps({"type": "LineString", "coordinates": line}))
        if name:
            lon, lat = line[len(line) // 2]
            yield NamedFeature(NamedKind.STREET, "road", name, lon, lat)
