// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceAccess;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.StripedZonedDevice;
import zonefsj.device.crypt.CryptZonedDevice;
import zonefsj.device.crypt.XtsKey;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.layer.DiffLayer;
import zonefsj.device.mirror.MemberSource;
import zonefsj.device.mirror.MirrorZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.tests.HostTrees;

/**
 * Crashes of a filesystem on a drive that stands on others: the power of all single drives goes at
 * once, at a random access. A member of a mirror may die before, and may be back afterwards. Over a
 * layer in a file, the process ends.
 */
final class StackCrashes {
  private static final int STEPS = 70;
  private static final int CUTS = 6;
  private static final int ZONES = CrashDrives.ZONES + 4;
  private static final int DEATH_ONE_IN = 3;

  private enum Kind {
    MIRROR,
    STRIPED,
    CRYPT,
    DIFF
  }

  private final Tally tally;
  private final Reporter reporter;
  private final long number;
  private final Kind kind;
  private final Path directory;

  StackCrashes(Tally tally, Reporter reporter, long number, Path directory) {
    this.tally = tally;
    this.reporter = reporter;
    this.number = number;
    this.kind = Kind.values()[(int) Math.floorMod(number, (long) Kind.values().length)];
    this.directory = directory;
  }

  /** Verifies some states. */
  static void run(Tally tally, Reporter reporter, long number) throws Exception {
    Path directory = Files.createTempDirectory("crash");
    try {
      new StackCrashes(tally, reporter, number, directory).run();
    } finally {
      HostTrees.delete(directory);
    }
  }

  private void run() throws Exception {
    int accesses = new Life(Integer.MAX_VALUE, Integer.MAX_VALUE).play().used();
    SplittableRandom random = new SplittableRandom(number + 3);
    for (int cut = 0; cut < CUTS && !reporter.isFull(); cut++) {
      int at = random.nextInt(accesses);
      boolean dies = kind == Kind.MIRROR && random.nextInt(DEATH_ONE_IN) == 0;
      int death = dies ? random.nextInt(accesses / 2) : Integer.MAX_VALUE;
      tally.state();
      tally.stack();
      Life life = new Life(at, death);
      life.play();
      String wrong = life.verify(random.split());
      if (wrong != null) {
        reporter.violation(
            kind + ", power for " + at + " accesses" + (dies ? ", one dies at " + death : ""),
            wrong);
      }
    }
  }

  /** The drives of a host, from mkfs to the end of the power and beyond. */
  private final class Life {
    private final PowerSupply power;
    private final List<ZonedDevice> drives = new ArrayList<>();
    private final List<PowerSupply> lives = new ArrayList<>();
    private final Path layer;
    private final CrashClock clock = new CrashClock();
    private final MemoryMetadataStores stores = new MemoryMetadataStores();
    private @Nullable StepPlayer player;

    /** Whether a drive stays dead, which the user says: the mirror may not have noticed it. */
    private boolean degraded;

    Life(int mostAccesses, int death) throws IOException {
      power = new PowerSupply(mostAccesses);
      int count = kind == Kind.MIRROR || kind == Kind.STRIPED ? 2 : 1;
      for (int drive = 0; drive < count; drive++) {
        drives.add(new CuttableDrive(RamZonedDevice.create(shape())));
        lives.add(new PowerSupply(drive == 1 ? death : Integer.MAX_VALUE));
      }
      layer = Files.createTempFile(directory, "layer", "");
      Files.delete(layer);
    }

    private EmulatedGeometry shape() {
      return EmulatedGeometry.builder(((long) ZONES * 128) << 10)
          .zoneSizeBytes(128 << 10)
          .zoneCapacityBytes(96 << 10)
          .blockSizeBytes(4096)
          .maxOpenZones(10)
          .maxActiveZones(12)
          .build();
    }

    /** Makes a filesystem and uses it while there is power; returns the power. */
    PowerSupply play() throws Exception {
      SplittableRandom random = new SplittableRandom(number);
      format(random.split());
      SplittableRandom nonces = random.split();
      ZonedDevice device;
      try {
        device = open(power, Creation.NONE);
      } catch (IOException failed) {
        if (!power.hasEnded()) {
          throw failed;
        }
        return power;
      }
      try {
        List<Step> steps = new StepGenerator(random.split(), false).steps(STEPS);
        StepPlayer played =
            new StepPlayer(
                clock,
                List.of(),
                () -> CrashDrives.mount(device, clock, nonces.split(), stores),
                UnaryOperator.identity(),
                power::used);
        player = played;
        played.play(steps, power::hasEnded);
      } catch (IOException failed) {
        if (!power.hasEnded()) {
          throw failed;
        }
      } finally {
        end(device);
      }
      return power;
    }

    private void format(SplittableRandom random) throws IOException {
      if (kind == Kind.DIFF) {
        // The drive below the layer has the filesystem already.
        CrashDrives.format(new Lasting(drives.get(0)), 1, new CrashClock(), random);
        DiffLayer.create(layer, new Lasting(drives.get(0)));
        return;
      }
      try (ZonedDevice device = open(PowerSupply.endless(), Creation.IF_EMPTY)) {
        CrashDrives.format(device, 1, new CrashClock(), random);
      }
    }

    private ZonedDevice open(PowerSupply supply, Creation creation) throws IOException {
      List<ZonedDevice> below = new ArrayList<>();
      for (int drive = 0; drive < drives.size(); drive++) {
        PowerSupply life = creation == Creation.IF_EMPTY ? PowerSupply.endless() : lives.get(drive);
        below.add(new PoweredDrive(drives.get(drive), supply, life, false));
      }
      return switch (kind) {
        case MIRROR ->
            MirrorZonedDevice.open(
                below.stream().map(StackCrashes::member).toList(),
                false,
                degraded,
                creation,
                false);
        case STRIPED -> StripedZonedDevice.of(below, 0, false, creation);
        case CRYPT -> new CryptZonedDevice(below.get(0), key());
        case DIFF ->
            new PoweredDrive(
                DiffLayer.open(layer, new Lasting(drives.get(0)), DeviceAccess.READ_WRITE),
                supply,
                PowerSupply.endless(),
                true);
      };
    }

    private void end(ZonedDevice device) {
      try {
        device.close();
      } catch (IOException withoutPower) {
        if (!power.hasEnded()) {
          throw new IllegalStateException("closed with power", withoutPower);
        }
      }
    }

    /** Cuts the power of all drives, and verifies what is left; null if nothing is wrong. */
    @Nullable String verify(SplittableRandom random) throws IOException {
      StepPlayer played = player;
      if (played == null) {
        // The first mount had no power: it has changed nothing that anybody knows of.
        return null;
      }
      for (int drive = 0; drive < drives.size(); drive++) {
        if (kind != Kind.DIFF) {
          drives.set(drive, ((CuttableDrive) drives.get(drive)).cut(random.nextLong()));
        }
        boolean isBack = !lives.get(drive).hasEnded() || random.nextBoolean();
        degraded |= !isBack;
        lives.set(drive, isBack ? PowerSupply.endless() : new PowerSupply(0));
      }
      int at = power.used();
      try (ZonedDevice device = open(PowerSupply.endless(), Creation.NONE)) {
        return new CrashVerifier(random.split(), 1, played.history().size())
            .verify(
                new Lasting(device),
                random.nextBoolean() ? new MemoryMetadataStores() : stores.copyOfDurable(),
                Expected.of(played.history(), at),
                RecoveryObserver.UNWATCHED);
      }
    }
  }

  private static XtsKey key() {
    byte[] bytes = new byte[XtsKey.BYTES];
    new SplittableRandom(1).nextBytes(bytes);
    return new XtsKey(new UUID(0, 1), bytes);
  }

  private static MemberSource member(ZonedDevice drive) {
    return new MemberSource() {
      @Override
      public String name() {
        return "drive";
      }

      @Override
      public ZonedDevice open(Creation creation) throws IOException {
        // A dead drive cannot be opened.
        drive.report(0, 1);
        return drive;
      }
    };
  }

  /** Stays open. */
  private static final class Lasting extends FilterZonedDevice {
    Lasting(ZonedDevice delegate) {
      super(delegate);
    }

    @Override
    public void close() {}
  }
}
