"""The JSON API: the same door as the pages', for integrators."""
