"""A service design tried out on a made-up day, by the very functions that answer residents."""
