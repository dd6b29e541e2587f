{{/*
A probe that asks PostgreSQL. FerretDB's own /debug/readyz says yes as soon as its port is open;
`ferretdb ping` makes it connect, and asks again as long as there is a database of documents. It
goes through the socket, where no login is asked for, and pings only if it is told of a first
database and user, of which nothing is made.
*/}}
{{- define "ferretdb.ping" -}}
exec:
  command:
    - ferretdb
    - ping
    - --listen-addr=
    - --setup-database=admin
    - --setup-username=probe
    - --setup-timeout=8s
    - --test-enable-new-auth
timeoutSeconds: 10
{{- end -}}
