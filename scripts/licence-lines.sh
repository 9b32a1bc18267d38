#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Every source file says its licence within its first three lines.
set -eu

missing=0
for file in $(git ls-files '*.go' '*.c' '*.h' '*.sh' '*.yaml' 'Makefile' '.ci/run' ':!:**/testdata/**' ':!:bpf/*_bpfe?.go'); do
	if ! head -n 3 "$file" | grep -q 'SPDX-License-Identifier:'; then
		echo "$file: no SPDX-License-Identifier line" >&2
		missing=1
	fi
done
exit $missing
