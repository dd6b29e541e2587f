"""What the tests write: deliveries of visits, and declarations to take the place of others."""

HEADER = "id,page,seconds,at\n"
AT = "2026-01-30 09:15:00"


def visit(number: int | str, page: str = "/", seconds: int | str = 10) -> str:
    """A line of a file of visits, all on 30 January 2026."""
    return f"{number},{page},{seconds},{AT}\n"


def visits(*lines: str) -> str:
    """A file of visits."""
    return HEADER + "".join(lines)


ONLY_SILVER = ("--only", "raw_visits", "--only", "visits")

RULES = "    rules=[\n"
"""Where the flow's one list of rules begins, for a rule more."""

SHORT_VISITS = '        Rule("is_short", "duration_s <= {most}", on_fail="quarantine"),\n'

ORDERS = """
order_files = Source(
    "web_shop.orders",
    doc="Orders.",
    format="csv",
    columns=["order_id", "customer_id"],
)
customer_files = Source(
    "web_shop.customers",
    doc="Customers.",
    format="csv",
    columns=["customer_id", "city"],
)

raw_orders = Bronze("web_shop.raw_orders", doc="Orders as they came.", source=order_files)
raw_customers = Bronze("web_shop.raw_customers", doc="As they came.", source=customer_files)

customers = Silver(
    "web_shop.customers",
    doc="One row per customer.",
    reads=[raw_customers],
    schema="customer_id STRING NOT NULL, city STRING",
    key=["customer_id"],
)
orders = Silver(
    "web_shop.orders",
    doc="One row per order.",
    reads=[raw_orders],
    schema="order_id STRING NOT NULL, customer_id STRING NOT NULL",
    key=["order_id"],
    references=[Reference("customer_id", customers)],
)
orders_by_city = Gold(
    "web_shop.orders_by_city",
    doc="One row per city.",
    reads=[orders, customers],
    schema="city STRING NOT NULL, order_count BIGINT NOT NULL",
    key=["city"],
)
"""
ORDERS_IMPORTS = "Bronze, Gold, Reference, Silver, Source"
ORDERS_SILVER = '''"""Types the raw rows."""

from pyspark.sql import DataFrame


def customers(raw_customers: DataFrame) -> DataFrame:
    """Take the customers as they are."""
    return raw_customers.select("customer_id", "city", "_source")


def orders(raw_orders: DataFrame) -> DataFrame:
    """Take the orders as they are."""
    return raw_orders.select("order_id", "customer_id", "_source")
'''
ORDERS_GOLD = '''"""Answers made from the orders."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def orders_by_city(orders: DataFrame, customers: DataFrame) -> DataFrame:
    """Count the orders of each city."""
    cities = orders.join(customers, "customer_id").groupBy("city")
    return cities.agg(F.count("*").alias("order_count"))
'''

PAGES = '''"""What a page's address tells."""

from pyspark.sql import Column
from pyspark.sql import functions as F


def path_of(page: str) -> Column:
    """What comes before a question mark."""
    return F.substring_index(page, "?", 1)
'''

VISITS_OF_PAGES = """

page_visits = Gold(
    "web_shop.page_visits",
    doc="One row per page.",
    reads=[visits],
    schema="page STRING NOT NULL, visit_count BIGINT NOT NULL",
    key=["page"],
)
"""
VISITS_OF_PAGES_CODE = '''

def page_visits(visits: DataFrame) -> DataFrame:
    """Count the visits to each page."""
    return visits.groupBy("page").agg(F.count("*").alias("visit_count"))
'''
