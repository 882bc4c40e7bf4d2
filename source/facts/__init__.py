"""Which C places and names mean which facts of the model, by subject; places.py joins them."""
