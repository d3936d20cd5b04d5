"""Buckets of latency, and percentiles of what lies in them."""

from datetime import timedelta

import pytest

from adnode.domain.tally import LATENCY_BOUNDS_MS, latency_bucket, latency_percentile


@pytest.mark.parametrize(
    ("milliseconds", "bucket"),
    [(-5000, 0), (0, 0), (50, 0), (51, 1), (100, 1), (999, 4), (1000, 4), (3_600_000, 12), (3_600_001, 13)],
)
def test_a_latency_lies_in_the_first_bucket_that_holds_it(milliseconds: int, bucket: int) -> None:
    assert latency_bucket(timedelta(milliseconds=milliseconds)) == bucket


def test_a_percentile_is_interpolated_within_its_bucket() -> None:
    counts = {0: 50, 1: 50}
    assert latency_percentile(counts, 0.5) == 50
    assert latency_percentile(counts, 0.25) == 25
    assert latency_percentile(counts, 0.75) == 75
    assert latency_percentile(counts, 1) == 100


def test_few_slow_ones_show_in_the_high_percentiles_only() -> None:
    counts = {1: 980, 5: 20}
    assert (latency_percentile(counts, 0.95) or 0) <= 100
    assert 1000 < (latency_percentile(counts, 0.99) or 0) <= 2000


def test_what_took_longest_is_given_as_the_last_bound() -> None:
    assert latency_percentile({13: 1}, 0.5) == LATENCY_BOUNDS_MS[-1]


def test_nothing_has_no_percentile() -> None:
    assert latency_percentile({}, 0.5) is None
    assert latency_percentile({3: 0}, 0.5) is None
