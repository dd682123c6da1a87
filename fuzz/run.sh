#!/usr/bin/env bash
# run.sh TARGET [SECONDS] [OPTIONS OF LIBFUZZER...]: looks for what breaks a target, and says how much was tried.
set -euo pipefail
cd "$(dirname "$0")"
target=$1 seconds=${2:-300}
shift $(($# < 2 ? $# : 2))
case $target in
    check_* | fmt_convert | assist) seeds=(../specs ../tests/specs ../tests/diagnostics) options=(-dict=words.dict -max_len=1024) ;;
    expand) seeds=() options=(-max_len=512) ;;
    import_h5 | import_keras) seeds=(../tests/fixtures/import) options=(-max_len=49152) ;;
    import_*) seeds=(../tests/fixtures/import) options=(-max_len=16384) ;;
    *) seeds=() options=(-max_len=4096) ;;
esac
mkdir -p "corpus/$target"
# What lies in archives, without the archive.
case $target in
    import_pth) unzip -p ../tests/fixtures/import/torch.pth '*/data.pkl' >corpus/import_pth/pickle ;;
    import_keras)
        for model in ../tests/fixtures/import/*.keras; do
            { unzip -p "$model" config.json && printf '\0' && unzip -p "$model" model.weights.h5; } \
                >"corpus/import_keras/$(basename "$model" .keras)"
        done
        ;;
esac
# The crates hold no unsafe code, for which sanitizers look; without one, more is tried.
exec cargo +nightly fuzz run -s none "$target" "corpus/$target" "${seeds[@]}" -- \
    "${options[@]}" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 "$@"
