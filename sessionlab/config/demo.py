"""The config of ``sl.demo()``: small enough to be there at once."""

DEMO = {
    "session_name": "Demo",
    "exchange_group": "US_EQUITY",
    "asset_class": "EQUITY",
    "mode": "backtest",
    "backtest_config": {"start_date": "2025-07-02", "end_date": "2025-07-07", "speed_multiplier": 360.0},
    "session_data_config": {
        "symbols": ["RIVN", "AAPL"],
        "streams": ["1m", "5m", "10m", "quotes"],
        "historical": {"data": [{"trailing_days": 3, "intervals": ["1m"], "apply_to": "all"}]},
    },
    "trading_config": {
        "max_buying_power": 100000.0,
        "max_per_trade": 10000.0,
        "max_per_symbol": 20000.0,
        "max_open_positions": 5,
    },
    "api_config": {"data_api": "synthetic"},
}
