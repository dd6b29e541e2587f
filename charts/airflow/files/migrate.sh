# Brings the database to this version, and makes the administrator and the pools. Safe to run again.
set -eu

airflow db migrate

airflow users create --role Admin --username "$ADMIN_USERNAME" --password "$ADMIN_PASSWORD" \
  --firstname Medley --lastname Administrator --email "$ADMIN_USERNAME@medley.invalid"
# `create` leaves an account that is there as it is, with its old password.
airflow users reset-password --username "$ADMIN_USERNAME" --password "$ADMIN_PASSWORD"

PYTHONPATH=/opt/airflow/dags python -m launching.pools >/tmp/pools.json
airflow pools import /tmp/pools.json
