"""Steps of the world, each written once, by the C file that they stand for."""
