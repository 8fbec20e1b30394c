// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import zonefsj.tests.bench.Numbers;

/**
 * What each kind of composed drive costs a mount: all are mounted at the same time, over image
 * files, do the same work in turn, and are compared with a mount of a plain image in the same
 * round.
 */
public final class WrapperMountBench {
  /** Rounds when nobody says how many. */
  public static final long ROUNDS_BY_DEFAULT = 20;

  /** Until the JVM of a daemon has compiled what the load needs. */
  private static final int WARM_UPS = 4;

  /** Most that a kind that only forwards may add. */
  private static final double MOST = 1.03;

  private static final int FILE_BYTES = 256 << 20;

  /** What a mount does, by the names that the program prints. */
  private enum Step {
    WRITE("write 256 MiB, fsync"),
    READ("read 256 MiB, cold"),
    RANDOM("read 4000 blocks of 4 KiB at random, cold");

    private final String title;

    Step(String title) {
      this.title = title;
    }
  }

  /** What is mounted; A and B are images, KEY is a key file. */
  private enum Kind {
    PLAIN("A"),
    CONCAT("concat(A,B)"),
    DELAY("delay(0,A)"),
    MIRROR("mirror(A,B)"),
    CACHE("cache(64M,A)"),
    CRYPT("crypt(KEY,A)");

    private final String title;

    Kind(String title) {
      this.title = title;
    }

    boolean onlyForwards(Step step) {
      return switch (this) {
        case CONCAT, DELAY -> true;
        case MIRROR -> step != Step.WRITE;
        case PLAIN, CACHE, CRYPT -> false;
      };
    }

    String spec(Path home) {
      return title
          .replace("KEY", home.resolve("key").toString())
          .replaceFirst("\\bA\\b", home.resolve("d.img").toString())
          .replaceFirst("\\bB\\b", home.resolve("e.img").toString());
    }
  }

  private final Map<Kind, Sandbox> mounts = new EnumMap<>(Kind.class);
  private final Map<Step, Map<Kind, List<Double>>> seconds = new EnumMap<>(Step.class);
  private final PrintStream out;
  private long bounds;
  private long missed;

  private WrapperMountBench(PrintStream out) {
    this.out = out;
  }

  /**
   * Measures and prints a table.
   *
   * @param seed of the places, and of who begins
   * @param rounds at most so many, after some to warm up
   * @param limit no round begins later; null for none
   * @return how many bounds are missed
   */
  public static long run(long seed, long rounds, @Nullable Duration limit, PrintStream out)
      throws Exception {
    WrapperMountBench bench = new WrapperMountBench(out);
    try {
      bench.mount();
      bench.measure(seed, rounds, limit);
    } finally {
      for (Sandbox mount : bench.mounts.values()) {
        mount.close();
      }
    }
    bench.print();
    out.printf("wrappers-mount: tried=%d failed=%d seed=%d%n", bench.bounds, bench.missed, seed);
    return bench.missed;
  }

  private void mount() throws IOException, InterruptedException {
    for (Kind kind : Kind.values()) {
      Sandbox sandbox = new Sandbox(false);
      sandbox.open();
      mounts.put(kind, sandbox);
      for (String image : List.of("d.img", "e.img")) {
        String path = sandbox.home().resolve(image).toString();
        sandbox.zonefsj("create", path, "--size=1G", "--zone-size=16M").orFail();
      }
      sandbox.zonefsj("key", "create", sandbox.home().resolve("key").toString()).orFail();
      String spec = kind.spec(sandbox.home());
      sandbox.zonefsj("mkfs", spec).orFail();
      sandbox.tryMount(Path.of(spec), sandbox.mountPoint(), sandbox.index()).orFail();
    }
  }

  private void measure(long seed, long rounds, @Nullable Duration limit)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    out.println("warming up");
    for (int round = 0; round < WARM_UPS; round++) {
      for (Kind kind : Kind.values()) {
        load(kind, seed);
      }
    }
    for (long round = 0; round < rounds; round++) {
      if (round > 0 && limit != null && System.nanoTime() - begin > limit.toNanos()) {
        break;
      }
      for (int turn = 0; turn < Kind.values().length; turn++) {
        Kind kind = Kind.values()[Math.floorMod(seed + round + turn, Kind.values().length)];
        for (String line : load(kind, seed + round).lines().toList()) {
          String[] words = line.split(" ", -1);
          seconds
              .computeIfAbsent(
                  Step.valueOf(words[0].toUpperCase(Locale.ROOT)),
                  step -> new EnumMap<>(Kind.class))
              .computeIfAbsent(kind, key -> new ArrayList<>())
              .add(Double.parseDouble(words[1]));
        }
      }
    }
  }

  private String load(Kind kind, long seed) throws IOException, InterruptedException {
    Sandbox mount = mounts.get(kind);
    if (mount == null) {
      throw new IllegalStateException(kind + " is not mounted");
    }
    String file = mount.mountPoint().resolve("file").toString();
    return mount
        .run(
            mount.pythonCommand(
                "wrappers.py", file, Integer.toString(FILE_BYTES), Long.toString(seed)))
        .orFail();
  }

  private void print() {
    out.println();
    out.println("Seconds: medians of all rounds; in brackets the least and the largest. The bound");
    out.println("is 3 per cent for kinds that only forward; it is missed if no round keeps it.");
    out.println();
    out.println("| step | drive | seconds | more than A | bound |");
    out.println("|---|---|---:|---:|---|");
    seconds.forEach(
        (step, byKind) -> byKind.forEach((kind, all) -> out.println(row(step, kind, byKind))));
    out.println();
  }

  private String row(Step step, Kind kind, Map<Kind, List<Double>> byKind) {
    List<Double> all = byKind.getOrDefault(kind, List.of());
    List<Double> plain = byKind.getOrDefault(Kind.PLAIN, List.of());
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < all.size(); round++) {
      ratios.add(all.get(round) / plain.get(round));
    }
    Numbers ratio = new Numbers(ratios);
    String verdict = "";
    if (kind.onlyForwards(step)) {
      bounds++;
      verdict = ratio.least() > MOST ? " MISSED" : " kept";
      missed += ratio.least() > MOST ? 1 : 0;
    }
    return String.format(
        Locale.ROOT,
        "| %s | `%s` | %.3f | %s |%s |",
        step.title,
        kind.title,
        new Numbers(all).median(),
        ratio.percentAboveOne(),
        verdict);
  }
}
