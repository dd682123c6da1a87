"""Results as text."""

import statistics

from harness.works import WORKS


def catalogue():
    """Prints works and their engines."""
    for work in WORKS.values():
        print(f"{work.name:14} {work.title}\n{'':14} {', '.join(work.engines)}")


def ratio(engine, ours):
    """How many times as long as ours an engine takes: the median over rounds of the medians in each."""
    pairs = zip(engine["rounds"], ours["rounds"])
    return statistics.median(statistics.median(theirs) / statistics.median(own) for theirs, own in pairs)


def tables(results, works):
    """A table for each work, as Markdown."""
    parts = []
    for name in works:
        if work := results["works"].get(name):
            parts.append(table(work))
    return "\n\n".join(parts) if parts else "nothing was measured yet"


def table(work):
    one = statistics.median(peak["one"] for peak in work["peaks"])
    all_ = statistics.median(peak["all"] for peak in work["peaks"])
    lines = [
        f"**{work['title']}** ({work['date']}, {work['threads']} threads; peak {one:.0f} GFLOP/s on one thread, "
        f"{all_:.0f} on all)",
        "",
        "| engine | ms | of ours | GFLOP/s | peak memory, MiB | error |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    ours = work["engines"].get("ours")
    for name, engine in sorted(work["engines"].items(), key=lambda item: item[1]["median"]):
        times = f"{ratio(engine, ours):.2f}" if ours else ""
        effective = 2 * work["gmacs"] / engine["median"]
        lines.append(
            f"| {engine['version']} ({name}) | {1e3 * engine['median']:.1f} | {times} | {effective:.0f} "
            f"| {engine['peak_kib'] / 1024:.0f} | {engine['error']:.1e} |"
        )
    return "\n".join(lines)
