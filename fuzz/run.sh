#!/usr/bin/env bash
# run.sh TARGET [SECONDS] [OPTIONS OF LIBFUZZER...]: looks for what breaks a target, and says how much was tried.
set -euo pipefail
cd "$(dirname "$0")"
target=$1 seconds=${2:-300}
shift $(($# < 2 ? $# : 2))
case $target in
    check_* | fmt_convert | assist) seeds=(../specs ../tests/specs ../tests/diagnostics) options=(-dict=words.dict -max_len=1024) ;;
    expand) seeds=() options=(-max_len=512) ;;
    *) seeds=() options=(-max_len=4096) ;;
esac
mkdir -p "corpus/$target"
# The crates hold no unsafe code, so no sanitizer is needed, and without one twice as much is tried.
exec cargo +nightly fuzz run -s none "$target" "corpus/$target" "${seeds[@]}" -- \
    "${options[@]}" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 "$@"
