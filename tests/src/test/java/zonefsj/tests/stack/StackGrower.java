// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import zonefsj.device.emulated.EmulatedGeometry;

/** Makes random trees. Not thread-safe. */
final class StackGrower {
  private final EmulatedGeometry leaf;
  private final Power power;
  private final Path directory;
  private int layers;

  /**
   * @param leaf shape of the single drives
   * @param power of all drives and files
   * @param directory for the files of layers
   */
  StackGrower(EmulatedGeometry leaf, Power power, Path directory) {
    this.leaf = leaf;
    this.power = power;
    this.directory = directory;
  }

  /** A tree of at most so many levels above the single drives. */
  StackTree grow(SplittableRandom random, int levels) throws IOException {
    return grow(random, levels, true);
  }

  /**
   * @param mayForget whether changes may be gone when it is closed. A member of a mirror must not
   *     do that: if it alone is opened again, its label soon is so old that the mirror refuses it
   *     as one that was written without the other members.
   */
  private StackTree grow(SplittableRandom random, int levels, boolean mayForget)
      throws IOException {
    int kind = levels == 0 ? 0 : 1 + random.nextInt(8);
    return switch (kind) {
      case 0 -> new StackTree.Single(new DriveSlot(leaf, power));
      case 1 -> new StackTree.Concat(parts(random, levels, mayForget));
      case 2 -> new StackTree.Striped(parts(random, levels, mayForget));
      case 3 -> new StackTree.Mirror(onStores(parts(random, levels, false), random));
      case 4 -> new Wrapped.Cached(part(random, levels, mayForget), random.nextBoolean());
      case 5 -> new Wrapped.Encrypted(part(random, levels, mayForget));
      case 6 ->
          new Wrapped.Delayed(
              part(random, levels, mayForget), random.nextBoolean() ? "smr" : "zns");
      default -> layered(random, levels, mayForget);
    };
  }

  /** What is below a layer is never changed, so it forgets nothing. */
  private StackTree layered(SplittableRandom random, int levels, boolean mayForget)
      throws IOException {
    boolean inMemory = mayForget && random.nextInt(3) == 0;
    StackTree part = part(random, levels, true);
    if (inMemory) {
      return new Layered.InMemory(part, new AtomicBoolean());
    }
    String name = "layer" + layers++;
    return random.nextBoolean()
        ? new Layered.InFile(part, new LayerSlot(directory, name, power))
        : new Layered.OnDrive(part, new LayerDriveSlot(name, power, random.nextInt(3) == 0));
  }

  private StackTree part(SplittableRandom random, int levels, boolean mayForget)
      throws IOException {
    return grow(random, random.nextInt(levels), mayForget);
  }

  /** All parts are built alike: what follows a seed decides about all of them. */
  private List<StackTree> parts(SplittableRandom random, int levels, boolean mayForget)
      throws IOException {
    long seed = random.nextLong();
    int count = 2 + (random.nextInt(4) == 0 ? 1 : 0);
    List<StackTree> parts = new ArrayList<>();
    for (int part = 0; part < count; part++) {
      parts.add(part(new SplittableRandom(seed), levels, mayForget));
    }
    return parts;
  }

  /** Some single drives are on stores. */
  private List<StackTree> onStores(List<StackTree> parts, SplittableRandom random)
      throws IOException {
    List<StackTree> some = new ArrayList<>();
    for (StackTree part : parts) {
      boolean isOnStore = part instanceof StackTree.Single && random.nextBoolean();
      some.add(isOnStore ? new StackTree.Single(new StoreSlot(leaf, power)) : part);
    }
    return some;
  }
}
