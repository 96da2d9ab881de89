# SPDX-License-Identifier: MIT
# awk -f recommended.awk CONFIG LIST: of each check of LIST (its format is in its head) that CONFIG, a .config,
# fails, the option's name, a line each; then "OK n of m".
function term(t,   i) {
	gsub(/^ +| +$/, "", t)
	if (t ~ /^!/) return have[substr(t, 2)] == ""
	if (t ~ /^\?/) return substr(t, 2) in known
	if ((i = index(t, "~"))) return index(have[substr(t, 1, i - 1)], substr(t, i + 1)) > 0
	i = index(t, "=")
	return have[substr(t, 1, i - 1)] == substr(t, i + 1)
}
function all(terms,   part, i, n) {
	n = split(terms, part, "&")
	for (i = 1; i <= n; i++)
		if (!term(part[i]))
			return 0
	return 1
}
FILENAME == ARGV[1] {
	if (/^CONFIG_/) {
		i = index($0, "=")
		name = substr($0, 8, i - 8)
		have[name] = substr($0, i + 1)
		known[name]
	} else if (/^# CONFIG_[A-Za-z0-9_]+ is not set$/)
		known[substr($2, 8)]
	next
}
/^(#|$)/ { next }
{
	n++
	held = $1 == "always"
	m = split($0, any, "|")
	for (i = 1; i <= m && !held; i++)
		held = all(any[i])
	ok += held
	name = $1
	sub(/^[!?]/, "", name)
	sub(/[=~].*/, "", name)
	if (!held)
		print name
}
END { print "OK " ok " of " n }
