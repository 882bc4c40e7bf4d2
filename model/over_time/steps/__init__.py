"""Steps of the world, each written once, by the part of the kernel that they stand for."""
