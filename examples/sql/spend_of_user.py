"""What one user cost this month, by feature: a line of JSON each, dearest first.

Reads the views of spendledger as user `reader`, over HTTP (clickhouse-connect) or the native protocol (clickhouse-driver).
Money arrives as decimal.Decimal and stays one; a float would round it.
"""

import argparse
import json
from pathlib import Path

QUERY = """
SELECT feature, sum(v.cost_usd) AS usd, sum(v.calls) AS n, sum(v.unpriced_calls) AS without_price
FROM v_user_costs_hourly AS v
WHERE user_id = {user} AND hour >= toStartOfMonth(now('UTC'))
GROUP BY feature ORDER BY usd DESC, feature
"""


def over_http(host: str, port: int, password: str, user: str) -> list[tuple]:
    import clickhouse_connect

    client = clickhouse_connect.get_client(
        host=host, port=port, username="reader", password=password, database="spendledger"
    )
    with client:
        # The server puts the value in: nothing that a name holds can become SQL.
        return client.query(QUERY.replace("{user}", "{user:String}"), parameters={"user": user}).result_rows


def over_native(host: str, port: int, password: str, user: str) -> list[tuple]:
    from clickhouse_driver import Client

    with Client(host=host, port=port, user="reader", password=password, database="spendledger") as client:
        # The driver escapes the value.
        return client.execute(QUERY.replace("{user}", "%(user)s"), {"user": user})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("user", help="a user_id")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, help="default: 18123, with --native 9000")
    parser.add_argument("--native", action="store_true", help="the native protocol instead of HTTP")
    parser.add_argument("--password-file", type=Path, default=Path("data/reader.password"))
    given = parser.parse_args()

    password = given.password_file.read_text().strip()
    ask, port = (over_native, given.port or 9000) if given.native else (over_http, given.port or 18123)
    for feature, usd, calls, unpriced in ask(given.host, port, password, given.user):
        print(json.dumps({"feature": feature, "usd": f"{usd:.12f}", "calls": calls, "without_price": unpriced}))


if __name__ == "__main__":
    main()
