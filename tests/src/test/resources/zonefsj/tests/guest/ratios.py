"""Reads lines FILESYSTEM MEASURE RATE, and prints a table of them and of the first one's ratio to the others."""
import sys

rows = {}
for line in sys.stdin:
    name, what, rate = line.split()
    rows.setdefault(what, {})[name] = float(rate)
names = list(next(iter(rows.values())))
print(f"{'':20}" + "".join(f"{name:>12}" for name in names) + f"   {names[0]} / " + ", / ".join(names[1:]))
for what, rates in rows.items():
    ratios = ", ".join(f"{rates[names[0]] / rates[name]:.2f}" for name in names[1:])
    print(f"{what:20}" + "".join(f"{rates[name]:12.1f}" for name in names) + f"   {ratios}")
