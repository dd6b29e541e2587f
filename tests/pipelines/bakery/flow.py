"""A bakery that learns what it sells: the smallest flow with a model."""

from jobs.lakehouse.declare.table import Bronze, Gold, Model, Rule, Served, Silver, Source

sales_files = Source(
    "bakery.sales", doc="What was sold.", format="csv", columns=["day", "bread", "sold"]
)

raw_sales = Bronze("bakery.raw_sales", doc="Sales as they came.", source=sales_files)

sales = Silver(
    "bakery.sales",
    doc="One row per day and kind of bread.",
    reads=[raw_sales],
    schema="sold_date DATE NOT NULL, bread STRING NOT NULL, sold INT NOT NULL",
    key=["sold_date", "bread"],
    rules=[Rule("sold_not_negative", "sold >= 0", on_fail="quarantine")],
)

sales_by_bread = Gold(
    "bakery.sales_by_bread",
    doc="One row per kind of bread.",
    reads=[sales],
    schema="bread STRING NOT NULL, day_count BIGINT NOT NULL, sold BIGINT NOT NULL",
    key=["bread"],
)

demand = Model(
    "bakery.demand",
    doc="How much of each bread sells on a day.",
    reads=[sales],
    metric="mae",
    better="lower",
    retrain_after=0.5,
)

forecast = Served(
    "bakery.forecast",
    doc="One row per kind of bread.",
    reads=[sales_by_bread, demand],
    schema="bread STRING NOT NULL, expected DOUBLE NOT NULL",
    key=["bread"],
)
