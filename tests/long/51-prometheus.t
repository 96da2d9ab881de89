#!/bin/sh
# SPDX-License-Identifier: MIT
# Prometheus itself reads a machine's metrics, over TLS and by its own parser of OpenMetrics. Needs the root of
# scripts/clients.lock.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/clients/lib.sh
. tests/clients/lib.sh
echo 'gateway.metrics 1' >>"$work/rules"
machine a
own=$(free_port)
cat >"$work/prometheus.yml" <<CFG
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: rampart
    scheme: https
    metrics_path: /.well-known/rampart/metrics
    scrape_protocols: [OpenMetricsText1.0.0]
    # Whose key it is, rampart verify asks.
    tls_config:
      insecure_skip_verify: true
    static_configs:
      - targets: ["127.0.0.1:$port"]
CFG
in_box clients promtool check config "$work/prometheus.yml" >"$work/check" 2>&1
is "$?" 0 "a configuration that Prometheus takes"
in_box clients prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
	--web.listen-address="127.0.0.1:$own" >"$work/log" 2>&1 &
prometheus=$!
running="$running $prometheus"

# The answer to a query, as VALUE lines, as soon as there is one.
query() # QUERY
{
	i=0
	until curl -sS -G --data-urlencode "query=$1" "http://127.0.0.1:$own/api/v1/query" 2>/dev/null |
		jq -er '.data.result[].value[1]' 2>/dev/null; do
		i=$((i + 1))
		[ $i -lt 600 ] && kill -0 $prometheus || { tail -n 20 "$work/log" | sed 's/^/# /' >&2; return 1; }
		sleep 0.1
	done
}
is "$(query 'up == 1')" 1 "it scrapes the machine"
curl -sk "https://127.0.0.1:$port/.well-known/rampart/metrics" >"$work/metrics"
is "$(tail -n 1 "$work/metrics")" "# EOF" "whose text has its end"
wanted=$(grep -c '^# TYPE ' "$work/metrics")
at_least "$wanted" 8 "and a number of families"
# One series for each line that is none of a comment, beside the five that Prometheus adds for itself.
is "$(query 'count({job="rampart"})')" "$(($(grep -vc '^#' "$work/metrics") + 5))" "each of its samples has become a series"
finish
