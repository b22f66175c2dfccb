"""Pixels and what they mean: samples, color spaces, sizes, gamut."""
