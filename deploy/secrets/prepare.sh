#!/bin/sh
# Makes the secrets that the folder lacks, then gives each to those who may read it and to nobody else.
#
# Safe to run again. It runs as root, once, before anything else: the containers run as users of their own (10001
# campaign, 10002 notifier, 10003 gateway, 10004 the S3 server, 999 PostgreSQL; group 10000 the three services), who
# see one folder and can open only what is theirs.
set -eu
folder=${1:?names the folder of the secrets}
campaign=10001 notifier=10002 gateway=10003 s3=10004 postgres=999 services=10000

give() { # OWNER:GROUP MODE PATH...
  who=$1 mode=$2
  shift 2
  chown "$who" "$@"
  chmod "$mode" "$@"
}

umask 077
chorus secrets "$folder"
cp -f "$folder/campaign/pepper" "$folder/gateway/pepper" # gateway hashes addresses as campaign does

give 0:0 0711 "$folder" "$folder/postgres" "$folder/s3"
give 0:$services 0440 "$folder/internal"
give $campaign:$campaign 0700 "$folder/campaign"
give $campaign:$campaign 0400 "$folder"/campaign/*
give $notifier:$notifier 0700 "$folder/notifier"
give $notifier:$notifier 0400 "$folder"/notifier/*
give $gateway:$gateway 0700 "$folder/gateway"
give $gateway:$gateway 0400 "$folder"/gateway/*
give $postgres:$postgres 0400 "$folder/postgres/superuser"
give $campaign:$postgres 0440 "$folder/postgres/campaign"
give $notifier:$postgres 0440 "$folder/postgres/notifier"
give $gateway:$postgres 0440 "$folder/postgres/gateway"
give $campaign:$s3 0440 "$folder"/s3/*
[ ! -e "$folder/kafka" ] || give 0:$services 0440 "$folder/kafka"
