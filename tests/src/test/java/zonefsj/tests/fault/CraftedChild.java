// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.tests.crash.LogSilencer;

/**
 * Runs cases that native code reads, in a process of their own, for it may end it. Each line of the
 * standard input is a case, "index SEED" or "drive SEED"; each is answered by "done", or by "failed
 * WORDS", with which the process ends: what hangs would go on beside the next case.
 */
public final class CraftedChild {
  static final String INDEX = "index";
  static final String DRIVE = "drive";
  static final String DONE = "done";
  static final String FAILED = "failed ";

  private static final int IMAGES = 4;

  /** Of the whole process, by one case; blocks and indexes are a few MiB. */
  private static final long MAX_GROWTH_BYTES = 768L << 20;

  private final List<CraftedIndex> images = new ArrayList<>();

  private CraftedChild() {}

  /** Runs until the standard input ends. */
  public static void main(String[] arguments) throws Exception {
    LogSilencer quiet = new LogSilencer();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    CraftedChild child = new CraftedChild();
    boolean goOn = true;
    try (quiet;
        WatchedCases cases = new WatchedCases("crafted")) {
      for (String line = in.readLine(); goOn && line != null; line = in.readLine()) {
        int space = line.indexOf(' ');
        String kind = line.substring(0, space);
        long seed = Long.parseLong(line.substring(space + 1));
        long before = peakBytes();
        String wrong = cases.run(() -> child.run(kind, seed));
        long growth = peakBytes() - before;
        if (wrong == null && growth > MAX_GROWTH_BYTES) {
          wrong = "takes " + (growth >> 20) + " MiB of memory";
        }
        System.out.println(wrong == null ? DONE : FAILED + wrong.replace("\n", "; "));
        goOn = wrong == null;
      }
    }
    System.out.flush();
    Runtime.getRuntime().halt(goOn ? 0 : 1);
  }

  private @Nullable String run(String kind, long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    return switch (kind) {
      case INDEX -> CraftedIndexCase.run(image(random).craft(random), random);
      case DRIVE -> CraftedRocksDrive.run(random);
      default -> throw new IllegalArgumentException(kind);
    };
  }

  private CraftedIndex image(SplittableRandom random) throws IOException {
    int kind = random.nextInt(IMAGES);
    while (images.size() < IMAGES) {
      images.add(CraftedIndexCase.good(images.size()));
    }
    return images.get(kind);
  }

  /** The most memory that this process ever had. */
  private static long peakBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
      }
    }
    throw new IOException("the kernel does not tell how much memory this process has had");
  }
}
