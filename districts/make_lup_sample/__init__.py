"""Generator of the sample district ``districts/lup-sample``: real places, everything else invented.

``python -m districts.make_lup_sample`` writes the folder. The same seed gives the same bytes, each time and everywhere;
nothing is read but the tables in ``facts/`` and the texts in ``texts/``.
"""
