// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.check.VolumeChecker.Finding;
import zonefsj.fs.volume.repair.VolumeRepair;
import zonefsj.fs.volume.stored.VolumeFormatException;
import zonefsj.tests.fault.FuzzModel.Node;

/** One drive, one damage: what check, mount and repair make of it. */
final class FuzzCase {
  private static final UUID FILESYSTEM = new UUID(0xf022, 2);
  private static final int OPERATIONS = 40;

  private final SplittableRandom random;
  private final EmulatedGeometry geometry;
  private final FuzzModel model = new FuzzModel();
  private final MemoryMetadataStores stores = new MemoryMetadataStores();
  private @Nullable FuzzChecksums granules;
  private boolean clean;
  private boolean salvaged;
  private FuzzDamage.@Nullable Damage damage;
  private String mountRefused = "";
  private String repairRefused = "";

  FuzzCase(long seed) {
    random = new SplittableRandom(seed);
    geometry = geometry(random.nextInt(3));
  }

  private static EmulatedGeometry geometry(int shape) {
    return switch (shape) {
      case 0 -> FaultyVolume.small();
      case 1 -> FaultyVolume.geometry(70);
      default ->
          EmulatedGeometry.builder(48L << 18)
              .zoneSizeBytes(256 << 10)
              .zoneCapacityBytes(256 << 10)
              .conventionalZones(3)
              .maxOpenZones(8)
              .maxActiveZones(8)
              .build();
    };
  }

  /** Why a mount with the index was not possible before the repair; empty if it was. */
  String mountRefused() {
    return mountRefused;
  }

  /** Why nothing could be mended; empty if it could. */
  String repairRefused() {
    return repairRefused;
  }

  /** Runs; null if all is well. */
  @Nullable String run() throws Exception {
    DriveSurgery surgery = build();
    FuzzDamage.Damage done = damage;
    if (done == null) {
      throw new IllegalStateException("no damage was done");
    }
    String wrong = check(surgery);
    wrong = wrong == null ? mount(surgery, false) : wrong;
    wrong = wrong == null ? mount(surgery, true) : wrong;
    wrong = wrong == null ? repair(surgery, done) : wrong;
    return wrong == null
        ? null
        : done.what() + (clean ? ", unmounted: " : ", not unmounted: ") + wrong;
  }

  private Volume mount(RamZonedDevice drive, MemoryMetadataStores index) throws IOException {
    return FaultyVolume.mounting(random.split(), index).on(drive);
  }

  DriveSurgery build() throws IOException, ErrnoException {
    try (RamZonedDevice drive = RamZonedDevice.create(geometry)) {
      FaultyVolume.format(drive, FILESYSTEM, random.split());
      Volume volume = mount(drive, stores);
      FuzzWorkload workload = new FuzzWorkload(random, model, volume, 0);
      workload.run(random.nextInt(OPERATIONS));
      final DriveSurgery older = new DriveSurgery(drive, geometry);
      if (random.nextInt(3) == 0) {
        volume.close();
        volume = mount(drive, stores);
      }
      FuzzWorkload more = new FuzzWorkload(random, model, volume, workload.names());
      more.run(random.nextInt(OPERATIONS));
      if (random.nextInt(8) == 0) {
        more.fill();
      }
      clean = random.nextInt(5) < 3;
      if (clean) {
        volume.checkpoint();
        volume.close();
        granules = new FuzzChecksums(stores.copyOfDurable());
      } else {
        if (random.nextBoolean()) {
          volume.fileSystem().sync();
        }
        volume.abandon();
        stores.crash();
      }
      DriveSurgery surgery = new DriveSurgery(drive, geometry);
      damage = new FuzzDamage(random, surgery, older).damage();
      return surgery;
    }
  }

  private boolean mayFail(long inode, long offset, int length) {
    FuzzDamage.Damage done = damage;
    return !clean
        || (done != null
            && granules != null
            && granules.anyOf(inode, offset, length, done::touches));
  }

  private static @Nullable String words(IOException refused) {
    String message = refused.getMessage();
    return message == null || message.isEmpty() ? "refused without words: " + refused : null;
  }

  private static @Nullable String check(DriveSurgery surgery) throws IOException {
    try (RamZonedDevice drive = surgery.drive()) {
      for (Finding finding : VolumeChecker.check(drive, true, ProgressListener.NONE).findings()) {
        if (finding.what().isEmpty() || finding.consequence().isEmpty()) {
          return "a finding without words: " + finding;
        }
      }
      return null;
    } catch (IOException refused) {
      return words(refused);
    }
  }

  private @Nullable String mount(DriveSurgery surgery, boolean withIndex) throws Exception {
    try (RamZonedDevice drive = surgery.drive()) {
      Volume volume;
      try {
        volume = mount(drive, withIndex ? stores.copyOfDurable() : new MemoryMetadataStores());
      } catch (IOException refused) {
        mountRefused = withIndex ? String.valueOf(refused.getMessage()) : "";
        return words(refused);
      }
      String wrong = verify(volume, false);
      return wrong == null
          ? null
          : "mounted " + (withIndex ? "with" : "without") + " the index: " + wrong;
    }
  }

  /** Looks at everything twice: before and after the collector has moved it. */
  private @Nullable String verify(Volume volume, boolean gapped) throws Exception {
    try {
      String wrong = compare(volume, gapped);
      if (wrong == null) {
        volume.runGc(ProgressListener.NONE);
        wrong = compare(volume, gapped);
        wrong = wrong == null ? null : "after a collection: " + wrong;
      }
      return wrong;
    } catch (IOException failed) {
      return volume.status().readOnly() ? null : "in use: " + failed;
    } finally {
      volume.abandon();
    }
  }

  /** What has a right checksum cannot be told from the truth: but it is shown, or refused. */
  private static @Nullable String showsAnything(Volume volume) {
    try {
      new FuzzVerifier(volume.fileSystem());
      return null;
    } catch (IOException | ErrnoException refused) {
      return refused.getMessage() == null ? "refused without words: " + refused : null;
    }
  }

  private @Nullable String compare(Volume volume, boolean gapped) throws Exception {
    FuzzDamage.Damage done = damage;
    if (done != null && done.forged()) {
      return showsAnything(volume);
    }
    FuzzVerifier seen = new FuzzVerifier(volume.fileSystem());
    if (gapped && (salvaged || !clean)) {
      return seen.showsWhatNeverWas(model);
    }
    List<Map<String, Node>> states = model.states();
    String newest = null;
    for (int state = states.size() - 1; state >= (clean ? states.size() - 1 : 0); state--) {
      String wrong = seen.differsFrom(states.get(state), this::mayFail);
      if (wrong == null) {
        return null;
      }
      newest = newest == null ? wrong : newest;
    }
    return newest;
  }

  private @Nullable String repair(DriveSurgery surgery, FuzzDamage.Damage done) throws Exception {
    try (RamZonedDevice drive = surgery.drive()) {
      VolumeRepair.Result result;
      try {
        result = repair(drive, random.nextBoolean(), false);
      } catch (VolumeFormatException | VolumeRepair.NotRepairedException refused) {
        repairRefused = String.valueOf(refused.getMessage());
        // Two damages at once may hit what brings the index back and what would do without it.
        boolean alone = !done.forged() && done.ranges().size() == 1;
        return !alone || mountRefused.isEmpty()
            ? salvage(surgery)
            : "neither index nor repair brings it back: " + refused;
      } catch (IOException failed) {
        repairRefused = String.valueOf(failed.getMessage());
        return done.forged() ? words(failed) : "the repair failed: " + stack(failed);
      }
      return repaired(drive, result, isGapped(result));
    }
  }

  /** The last resort: data without names, of any time, but never other bytes. */
  private @Nullable String salvage(DriveSurgery surgery) throws Exception {
    try (RamZonedDevice drive = surgery.drive()) {
      VolumeRepair.Result result = repair(drive, true, true);
      salvaged = true;
      return repaired(drive, result, true);
    } catch (VolumeFormatException | VolumeRepair.NotRepairedException refused) {
      return words(refused);
    }
  }

  VolumeRepair.Result repair(ZonedDevice drive, boolean data, boolean salvage) throws IOException {
    return VolumeRepair.repair(
        drive,
        new VolumeRepair.Plan(
            data, salvage, Scratch.ofSystem(), "pairs-1", FaultyVolume.CLOCK, random.split()),
        ProgressListener.NONE);
  }

  /** What a drive shows. */
  FuzzVerifier seen(RamZonedDevice drive) throws IOException, ErrnoException {
    Volume volume = mount(drive, new MemoryMetadataStores());
    try {
      return new FuzzVerifier(volume.fileSystem());
    } finally {
      volume.abandon();
    }
  }

  /** Whether changes of the journal are lost, so that no state is there as a whole. */
  static boolean isGapped(VolumeRepair.Result result) {
    return result.done().stream().anyMatch(line -> line.contains("journal is damaged"));
  }

  /** What is wrong with a drive that was repaired. */
  @Nullable String repaired(RamZonedDevice drive, VolumeRepair.Result result, boolean gapped)
      throws Exception {
    for (Finding left : result.after().findings()) {
      if (!left.what().contains("superblock log lies in a zone that is")) {
        return "not repaired: " + left + " after " + result.done();
      }
    }
    String wrong;
    try {
      wrong = verify(mount(drive, new MemoryMetadataStores()), gapped);
    } catch (IOException refused) {
      FuzzDamage.Damage done = damage;
      boolean forged = done != null && done.forged();
      wrong = forged ? words(refused) : "not mounted: " + stack(refused);
    }
    return wrong == null ? null : "after the repair " + result.done() + ": " + wrong;
  }

  private static String stack(Throwable failed) {
    StringBuilder words = new StringBuilder(failed.toString());
    for (int frame = 0; frame < Math.min(10, failed.getStackTrace().length); frame++) {
      words.append("\n    ").append(failed.getStackTrace()[frame]);
    }
    return words.toString();
  }
}
