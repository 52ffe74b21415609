#!/bin/sh
# Runs once, when the database server is new: a database for each service, and a role that can reach no other one.
set -eu

for name in auth video notify; do
  password=$(printenv "$(echo "$name" | tr '[:lower:]' '[:upper:]')_DATABASE_PASSWORD")
  psql --set ON_ERROR_STOP=1 --set name="$name" --set password="$password" \
    --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
