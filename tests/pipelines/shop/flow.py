"""A shop's orders: the smallest flow that uses everything the core offers."""

from jobs.lakehouse.declare.table import Bronze, Gold, Reference, Rule, Silver, Source

customers_files = Source(
    "shop.customers", doc="Who may order.", format="json", columns=["id", "name"]
)
orders_files = Source(
    "shop.orders",
    doc="What was ordered.",
    format="csv",
    columns=["order", "customer", "amount", "changed"],
    renames={"order": "order_id", "customer": "customer_id"},
)

raw_customers = Bronze("shop.raw_customers", doc="Customers.", source=customers_files)
raw_orders = Bronze("shop.raw_orders", doc="Orders.", source=orders_files)

customers = Silver(
    "shop.customers",
    doc="One row per customer.",
    reads=[raw_customers],
    schema="customer_id INT NOT NULL, name STRING COMMENT 'As they write it'",
    key=["customer_id"],
)

orders = Silver(
    "shop.orders",
    doc="One row per order; the latest change counts.",
    reads=[raw_orders],
    schema="""
        order_id INT NOT NULL,
        customer_id INT NOT NULL,
        amount DOUBLE NOT NULL,
        changed_at TIMESTAMP NOT NULL
    """,
    key=["order_id"],
    latest_by="changed_at",
    rules=[
        Rule("amount_not_negative", "amount >= 0", on_fail="quarantine"),
        Rule("amount_below_a_million", "amount < 1000000"),
        Rule("amount_usual", "amount < 1000", on_fail="warn"),
        Rule("changed_in_the_past", "changed_at <= _source.ingested_at", on_fail="quarantine"),
    ],
    references=[Reference("customer_id", customers)],
)

spending = Gold(
    "shop.spending",
    doc="One row per customer who has ordered.",
    reads=[orders, customers],
    schema="""
        customer_id INT NOT NULL,
        name STRING,
        order_count BIGINT NOT NULL,
        amount DOUBLE NOT NULL
    """,
    key=["customer_id"],
    rules=[Rule("has_orders", "order_count > 0")],
)
