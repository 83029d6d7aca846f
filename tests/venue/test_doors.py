"""The latency bench asserts that all ways in did the same; here only that it runs and reports."""

from hkperp.bench.doors import door_latencies


def test_the_ways_in_are_timed() -> None:
    rows = door_latencies(calls=20)
    assert [row.name for row in rows] == [
        "clock",
        "empty door",
        "door, row ready",
        "Venue.send",
        "Venue.send, event as tuple",
        "Venue.apply, structs",
    ]
    assert all(row.calls == 20 and 0 <= row.p50_ns <= row.p99_ns for row in rows)
