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
        line = [[round(lon, 7), round(lat, 7)] for lon, lat in graph.edge_points(edge)]
        name = graph.edge_street(edge)
        shape = json.dumps({"type": "LineString", "coordinates": line})
        yield MapFeature("road", graph.highway(edge), name, "", shape)
        if name:
            lon, lat = line[len(line) // 2]
            yield NamedFeature(NamedKind.STREET, "road", name, lon, lat)
