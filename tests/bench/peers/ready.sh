#!/bin/sh
# SPDX-License-Identifier: MIT
# The first and only service of a peer: says on the console that it runs, in the words of Rampart's
# own READY line. /init of the busybox image, a unit of the mkosi images.
[ -r /proc/meminfo ] || mount -t proc proc /proc
read -r up _ </proc/uptime
while read -r key value _; do
	[ "$key" != MemAvailable: ] || break
done </proc/meminfo
echo "peer: READY uptime_ms=${up%.*}${up#*.}0 available_kib=$value" >/dev/console
[ $$ -ne 1 ] || while :; do sleep 1000000; done
