import base64
import re
from pathlib import Path

import pytest

from adnode.domain.errors import ConfigurationError
from adnode.domain.license_plan import UNLIMITED
from adnode.settings import read_settings

KEY = b"k" * 32
OLD_KEY = b"o" * 32


def encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


def test_nothing_set_is_a_private_node_on_embedded_files(tmp_path: Path) -> None:
    settings = read_settings({"ADNODE_DATA_DIR": str(tmp_path)})
    assert settings.url == ""
    assert settings.is_embedded
    assert settings.database_url == f"sqlite:///{tmp_path / 'adnode.db'}"
    assert (settings.listen_host, settings.listen_port) == ("127.0.0.1", 8080)
    assert not settings.allows_loopback_http
    assert settings.secret_keys == ()


def test_keys_keep_their_order_and_stay_out_of_the_repr() -> None:
    settings = read_settings({"ADNODE_SECRET_KEYS": f"{encoded(KEY)}, {encoded(OLD_KEY)}"})
    assert settings.secret_keys == (KEY, OLD_KEY)
    assert "kkkk" not in repr(settings)


def test_the_metrics_token_stays_out_of_the_repr() -> None:
    settings = read_settings({"ADNODE_METRICS_TOKEN": "a-token-of-the-metrics"})
    assert settings.metrics_token == "a-token-of-the-metrics"
    assert "a-token" not in repr(settings)


def test_database_password_stays_out_of_the_repr() -> None:
    settings = read_settings({"ADNODE_DATABASE_URL": "postgresql+psycopg://user:pass-word@host/name"})
    assert not settings.is_embedded
    assert "pass-word" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEYS", "short"),
        ("SECRET_KEYS", base64.b64encode(b"x" * 31).decode()),
        ("URL", "ftp://node.example"),
        ("URL", "https://node.example/?a=b"),
        ("LISTEN", "8080"),
        ("LISTEN", "host:99999"),
        ("ALLOW_LOOPBACK_HTTP", "perhaps"),
        ("ALLOWED_PEER_NETWORKS", "10.0.0.1/8"),
        ("FEED_INTERVAL_SECONDS", "0"),
        ("SWEEP_INTERVAL_SECONDS", "nan"),
        ("LEASE_SECONDS", "soon"),
        ("WORKERS", "-1"),
        ("LOG_FORMAT", "xml"),
        ("PLAN", "gold"),
        ("AUDIT_DAYS", "0"),
        ("AUDIT_DAYS", "9" * 5000),
        ("DEEP_COMPARISON_DAYS", "0"),
        ("DEEP_COMPARISON_DAYS", "29"),
        ("METRICS_TOKEN", "short-one"),
        ("METRICS_TOKEN", "long enough but with spaces"),
    ],
)
def test_a_wrong_value_is_named_and_a_secret_not_shown(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_settings({f"ADNODE_{name}": value})
    assert f"ADNODE_{name}" in caught.value.message
    assert name not in {"SECRET_KEYS", "METRICS_TOKEN"} or value not in caught.value.message


def test_the_audit_trail_goes_back_four_hundred_days_unless_the_operator_says_otherwise() -> None:
    assert read_settings({}).audit_days == 400
    assert read_settings({"ADNODE_AUDIT_DAYS": "3650"}).audit_days == 3650


def test_a_partner_may_have_two_thousand_work_items_made_an_hour_unless_the_operator_says_otherwise() -> None:
    assert read_settings({}).partner_work_items_an_hour == 2000
    wanted = read_settings({"ADNODE_PARTNER_WORK_ITEMS_AN_HOUR": "100000"})
    assert wanted.partner_work_items_an_hour == 100_000


def test_everything_is_compared_in_depth_once_a_week_unless_the_operator_says_otherwise() -> None:
    assert read_settings({}).deep_comparison_days == 7
    assert read_settings({"ADNODE_DEEP_COMPARISON_DAYS": "1"}).deep_comparison_days == 1


def test_no_plan_is_one_without_a_limit() -> None:
    assert read_settings({}).plan == UNLIMITED
    assert read_settings({"ADNODE_PLAN": "free"}).plan.pairs_per_month == 1000
    assert read_settings({"ADNODE_PLAN": "pairs:2"}).plan.pairs_per_month == 2


def test_lists_and_flags_are_read() -> None:
    settings = read_settings(
        {
            "ADNODE_ALLOWED_PEER_NETWORKS": "10.1.0.0/16, fd00::/8",
            "ADNODE_SERVER_URLS": "https://tfs.example/tfs/, https://other.example",
            "ADNODE_ALLOW_LOOPBACK_HTTP": "yes",
            "ADNODE_URL": "https://node.example/",
        }
    )
    assert [str(network) for network in settings.allowed_peer_networks] == ["10.1.0.0/16", "fd00::/8"]
    assert settings.server_urls == ("https://tfs.example/tfs", "https://other.example")
    assert settings.allows_loopback_http
    assert settings.url == "https://node.example"


def test_every_setting_of_the_example_is_read_and_the_other_way_round() -> None:
    root = Path(__file__).parents[3]
    example = {
        line.split("=")[0]
        for line in (root / ".env.example").read_text().splitlines()
        if "=" in line and line[0] != "#"
    }
    source = (root / "backend/adnode/settings.py").read_text()
    read = {f"ADNODE_{name}" for name in re.findall(r'reader\.\w+\("([A-Z_]+)"', source)}
    assert example == read


@pytest.mark.parametrize(("lease", "call"), [("300", 70.0), ("600", 70.0), ("6", 2.0)])
def test_a_call_is_given_up_long_before_the_lease_ends(lease: str, call: float) -> None:
    assert read_settings({"ADNODE_LEASE_SECONDS": lease}).call_seconds == call
