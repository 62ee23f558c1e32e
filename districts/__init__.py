"""Districts as folders of data, and the generators of those that are made up."""
