"""Measurements of the walls beside their peers: latency, life and death, big output, the toolbox.

Everything is measured in turn within one run (this side, that side, again), for machines are shared and only ratios
hold. Run ``python -m benchmarks.walls [latency] [life] [output] [toolbox] [--json]``.
"""
