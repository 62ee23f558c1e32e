"""Roads and runs: travel times on a road graph, and vehicles' runs over them.

A pure engine: values in, values out. Times are ``int`` seconds since the start of the service day, places are
numbered locations of a :class:`~routing.travel_times.TravelTimes`, coordinates are ``lon, lat``.
"""
