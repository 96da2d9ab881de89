# SPDX-License-Identifier: MIT
# Reads lines "KEY VALUE", several of a KEY, and prints the table of `make bench` from the medians.
# Exit code 1 when a figure has no sample.
{ sample[$1, ++count[$1]] = $2 }

function median(key,   i, j, n, v, sorted) {
	n = count[key]
	if (!n) {
		lost = lost " " key
		return 1
	}
	for (i = 1; i <= n; i++) {
		v = sample[key, i] + 0
		for (j = i; j > 1 && sorted[j - 1] > v; j--)
			sorted[j] = sorted[j - 1]
		sorted[j] = v
	}
	return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

# The median of what each round says for itself: what else ran then ran beside both.
function paired(above, below,   i, n) {
	n = count[above] < count[below] ? count[above] : count[below]
	for (i = 1; i <= n; i++)
		sample["paired", i] = sample[above, i] / sample[below, i]
	count["paired"] = n
	return median("paired")
}

# limit 0: nothing is asked of this one.
function row(what, value, unit, limit, beside) {
	printf "%-40s %12s   %-10s %-4s  %s\n", what, sprintf("%.2f %-3s", value, unit),
		limit ? "<= " limit " " unit : "", limit ? (value <= limit ? "ok" : "MISS") : "", beside
}

# The same figure of everything else that was booted.
function others(what, form, scale,   i, n, text, name) {
	n = split("bare busybox trimmed mkosi", name, " ")
	for (i = 1; i <= n; i++)
		if (count[name[i] "." what])
			text = text (text ? ", " : "") name[i] " " sprintf(form, median(name[i] "." what) / scale)
	return text
}

function ratio(what, above, below, limit, unit,   a, b) {
	a = median(above)
	b = median(below)
	if (!count[above] || !count[below]) {
		printf "%-40s no sample\n", what
		return
	}
	row(what, a / b, "x", limit, sprintf("%.1f / %.1f %s", a, b, unit))
}

# value: as a part of what the processor could do.
function part(what, value, limit, beside) {
	printf "%-40s %12s   %-10s %-4s  %s\n", what, sprintf("%.2f x  ", value), ">= " limit " x",
		(value >= limit ? "ok" : "MISS"), beside
}

function load_rows(   one, cores) {
	one = median("load.openssl")
	cores = median("load.cores")
	part("model load, fs-verity : all cores", median("load.fsverity") / (cores * one), 0.85,
		sprintf("%.0f / %d x %.0f MB/s; fsverity digest %.0f", median("load.fsverity"), cores, one,
			median("load.fsverity-tool")))
	part("model load, 4 files : all cores", median("load.several") / (cores * one), 0.85,
		sprintf("%.0f / %d x %.0f MB/s", median("load.several"), cores, one))
	part("model load, one sha256 file : one core", median("load.sha256") / one, 0.9,
		sprintf("%.0f / %.0f MB/s; sha256sum %.0f", median("load.sha256"), one, median("load.sha256sum")))
}

function verify_rows(   ours, tools) {
	ours = median("verify.ours")
	tools = median("verify.tools")
	printf "%-40s %12s   %-10s %-4s  %s\n", "verifications a second and core", sprintf("%.0f", ours), ">= 2000",
		(ours >= 2000 ? "ok" : "MISS"), ""
	printf "%-40s %12s   %-10s %-4s  %s\n", "verify, checkquote + eventlog : library",
		sprintf("%.0f x  ", tools * ours / 1000), ">= 40 x", (tools * ours >= 40000 ? "ok" : "MISS"),
		sprintf("%.1f / %.2f ms", tools, 1000 / ours)
}

function feed_rows() {
	row("feed, signatures and proof, CPU", median("feed.check"), "ms", 2,
		sprintf("%.2f ms with keys of ML-DSA-65 as well", median("feed.check-pq")))
	row("a look at a feed with nothing new", median("feed.refresh"), "ms", 50, "on loopback, over http")
	row("what the server sends for it", median("feed.bytes") / 1000, "KB", 8, "")
}

# For the same processor time of the one that serves: the clients and the server need more of it, so what comes
# through in a second is mostly theirs. name: the gateway's, or that of one that judges requests, as nginx does then.
function gateway_row(what, key, unit, name,   peer, ours, nginx) {
	peer = name == "ours" ? "nginx" : "nginx-" name
	ours = "gateway." key "-cpu." name
	nginx = "gateway." key "-cpu." peer
	part("gateway : nginx, " what, paired(ours, nginx), 1.0,
		sprintf("%.0f / %.0f%s a CPU second; %.0f / %.0f (%.2f x) a second", median(ours), median(nginx), unit,
		median("gateway." key "." name), median("gateway." key "." peer),
		paired("gateway." key "." name, "gateway." key "." peer)))
}

# What an event of a stream gains on its way, in ms.
function gained(name) {
	return (median("gateway.token." name) - median("gateway.token.plain")) / 1000
}

function gateway_rows() {
	gateway_row("requests", "requests", "", "ours")
	gateway_row("full handshakes", "handshakes", "", "ours")
	gateway_row("answers of 1 MiB", "megabytes", " MB", "ours")
	gateway_row("requests by rules", "requests", "", "ruled")
	gateway_row("1 MiB by rules", "megabytes", " MB", "ruled")
	row("gateway's memory, 10,000 idle connections", median("gateway.peak") / 1024 / 1.2, "MiB", 320,
		sprintf("%.0f with 12,000", median("gateway.peak") / 1024))
	row("latency that a streamed token gains", gained("ours"), "ms", 0.3,
		sprintf("%.0f bytes each; nginx %.2f", median("gateway.bytes.ours"), gained("nginx")))
	row("the same by rules", gained("ruled"), "ms", 0.3, sprintf("nginx %.2f", gained("nginx-ruled")))
	row("the same, padding = 512", gained("padded"), "ms", 0.3,
		sprintf("%.0f bytes each", median("gateway.bytes.padded")))
	row("the same, pace = 50ms, padding = 512", gained("paced"), "ms", 0,
		sprintf("%.0f bytes each, of one every 5 ms", median("gateway.bytes.paced")))
}

function attest_rows(   many) {
	many = median("attest.many")
	printf "%-40s %12s   %-10s %-4s  %s\n", "attestations a second", sprintf("%.0f", many), ">= 500",
		(many >= 500 ? "ok" : "MISS"), sprintf("%.0f quotes; one client after the other %.0f",
		median("attest.many-quotes"), median("attest.one"))
}

function pool_rows(   rate) {
	rate = median("pool.rate.own")
	printf "%-40s %12s   %-10s %-4s  %s\n", "connections a second, each its container", sprintf("%.0f", rate), ">= 100",
		(rate >= 100 ? "ok" : "MISS"), sprintf("%.1f ms of a processor for each", median("pool.cpu.own"))
	row("first byte of those : of a shared one", (median("pool.us.own") - median("pool.us.shared")) / 1000, "ms", 2,
		sprintf("%.2f - %.2f; %.1f MiB for each that waits", median("pool.us.own") / 1000,
		median("pool.us.shared") / 1000, median("pool.dirty.own") / 1024))
	if (count["pool-llm.rate.own"])
		row("the same, images/llm", (median("pool-llm.us.own") - median("pool-llm.us.shared")) / 1000, "ms", 0,
			sprintf("%.1f connections a second, %.0f ms of a processor and %.1f MiB for each",
			median("pool-llm.rate.own"), median("pool-llm.cpu.own"), median("pool-llm.dirty.own") / 1024))
}

function gpu_rows() {
	if (count["gpu.gpu"])
		row("llama.cpp, a word : on the processor", median("gpu.processor") / median("gpu.gpu"), "x", 0,
			sprintf("the same text; %.1f / %.1f a second; the GPU is lavapipe behind virtio", median("gpu.gpu"),
			median("gpu.processor")))
	else
		printf "%-40s %12s\n", "llama.cpp on a GPU", "not measured"
}

END {
	printf "%-40s %-12s   %-10s %-4s  %s\n", "figure", "    measured", "asked", "", "beside"
	row("UKI of images/test", median("rampart.uki") / 1e6, "MB", 8, others("uki", "%.1f", 1e6))
	row("RAM not available at READY", median("rampart.taken") / 1024, "MiB", 72, others("taken", "%.0f", 1024))
	ratio("kernel entry to READY : bare init", "rampart.uptime", "bare.uptime", 1.5, "ms")
	n = split("bare busybox trimmed mkosi", peer, " ")
	for (i = 1; i <= n; i++)
		if (count[peer[i] ".cpu"])
			ratio("CPU to READY, " peer[i] " : rampart", peer[i] ".cpu", "rampart.cpu", 0, "s")
	if (count["status.first"])
		row("network to the first status answered", median("status.first") / 1000, "s", 0.2,
			sprintf("one more answer %.2f", median("status.again") / 1000))
	n = split("test llm", image, " ")
	for (i = 1; i <= n; i++)
		if (count["predict." image[i] ".bytes"]) {
			key = "predict." image[i] "."
			ratio("predict " image[i] " : openssl dgst, wall", key "wall", key "openssl-wall", 1.2, "ms")
			ratio("predict " image[i] " : openssl dgst, CPU", key "cpu", key "openssl-cpu", 1.2, "ms")
		}
	if (count["import.peers"]) {
		ratio(sprintf("import of %.1f GB : umoci + mkfs.erofs", median("import.bytes") / 1e9), "import.layout",
			"import.peers", 1.2, "s")
		ratio("the same, of a docker-archive", "import.archive", "import.peers", 1.2, "s")
	}
	if (count["load.cores"])
		load_rows()
	if (count["verify.ours"])
		verify_rows()
	if (count["feed.check"])
		feed_rows()
	if (count["gateway.requests.ours"])
		gateway_rows()
	if (count["attest.many"])
		attest_rows()
	if (count["pool.rate.own"])
		pool_rows()
	gpu_rows()
	ratio("container start : crun run", "start.ours", "start.crun", 1.0, "ms")
	rebuild = median("rebuild")
	if (count["rebuild"])
		row("make image golden, one init file touched", rebuild, "s", 5, "")
	if (count["cold"])
		row("both images from an empty cache", median("cold") / 60, "min", 30, "")
	else
		print "both images from an empty cache          not measured   <= 30 min        COLD=1 measures it"
	if (lost) {
		print "bench: no sample of" lost >"/dev/stderr"
		exit 1
	}
}
