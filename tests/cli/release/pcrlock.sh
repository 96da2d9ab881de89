# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# systemd-pcrlock itself, against a TPM that was extended with all golden events.

# pcrlock_start GOLDEN WORK: writes WORK/firmware, WORK/userspace (logs of these events) and starts a TPM that had
# them. The TPM is process $swtpm.
pcrlock_start()
{
	pcrlock_work=$2
	python3 -I tests/cli/release/eventlog.py "$1" "$2/firmware" "$2/userspace" "$2/extends"
	mkdir "$2/tpm"
	swtpm socket --tpm2 --tpmstate dir="$2/tpm" --server type=unixio,path="$2/tpm.sock" \
		--ctrl type=unixio,path="$2/tpm.sock.ctrl" --flags startup-clear,not-need-init >/dev/null 2>&1 &
	# shellcheck disable=SC2034 # the caller ends it
	swtpm=$!
	pcrlock_n=0
	until [ -S "$2/tpm.sock.ctrl" ] || [ "$pcrlock_n" -ge 100 ]; do
		pcrlock_n=$((pcrlock_n + 1))
		sleep 0.1
	done
	# shellcheck disable=SC2046 # one word each
	TPM2TOOLS_TCTI=swtpm:path=$2/tpm.sock tpm2_pcrextend $(cat "$2/extends")
}

# pcrlock_predict COMPONENTS: what it predicts for PCR 0 to 14, a line each: "PCR VALUE[,VALUE...]". Only PCRs are told
# whose value the log explains, and whose events are all in components, and the other way round.
pcrlock_predict()
{
	SYSTEMD_TPM2_DEVICE=swtpm:path=$pcrlock_work/tpm.sock SYSTEMD_TPM2_HASH_ALGORITHMS=sha256 \
		SYSTEMD_MEASURE_LOG_FIRMWARE=$pcrlock_work/firmware SYSTEMD_MEASURE_LOG_USERSPACE=$pcrlock_work/userspace \
		/usr/lib/systemd/systemd-pcrlock --components="$1" predict --json=short --pcr=0 --pcr=1 --pcr=2 --pcr=3 \
		--pcr=4 --pcr=5 --pcr=6 --pcr=7 --pcr=8 --pcr=9 --pcr=10 --pcr=11 --pcr=12 --pcr=13 --pcr=14 \
		2>"$pcrlock_work/pcrlock.err" | jq -r '.sha256[]? | "\(.pcr) \(.values | join(","))"' | sort -n
}

# pcrlock_golden GOLDEN: the golden values in the same form.
pcrlock_golden()
{
	jq -r '.pcrs.sha256 | to_entries[] | select(.value.value) | "\(.key) \(.value.value)"' "$1" | sort -n
}
