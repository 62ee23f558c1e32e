"""Timetables: read GTFS, search connections with on-demand rides as access and egress legs.

A pure engine: values in, values out. Times are ``int`` seconds since the start of the service day (noon minus 12
hours), coordinates are ``lon, lat``.
"""
