// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.fault;

import java.util.Optional;
import java.util.SplittableRandom;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.filter.DeviceOperation;

/**
 * Random faults, the same for the same seed: the fault of the n-th access of a kind depends only on
 * the seed, the kind and n, not on threads or time. Immutable and thread-safe.
 *
 * @param seed repeats the faults
 * @param failuresPerMillion accesses in a million that fail without being performed
 * @param bitFlipsPerMillion reads in a million that return a wrong bit
 * @param tornPerMillion writes and appends in a million that stop half-way
 * @param wearPerMillion writes, appends and resets in a million before which the zone becomes
 *     read-only, or in a quarter of the cases offline
 */
public record SeededFaults(
    long seed,
    int failuresPerMillion,
    int bitFlipsPerMillion,
    int tornPerMillion,
    int wearPerMillion)
    implements FaultPlan {

  private static final int MILLION = 1_000_000;
  private static final int MAX_TORN_BLOCKS = 64;

  @Override
  public Optional<Fault> faultFor(DeviceOperation operation, int zone, long ordinal) {
    SplittableRandom random =
        new SplittableRandom(
            (seed * 31 + operation.name().hashCode()) * 0x9E3779B97F4A7C15L + ordinal);
    int dice = random.nextInt(MILLION);
    if (dice < failuresPerMillion) {
      return Optional.of(
          new Fault.Fail(operation == DeviceOperation.FLUSH ? Reason.FLUSH_FAILED : Reason.MEDIA));
    }
    dice = random.nextInt(MILLION);
    return switch (operation) {
      case READ ->
          dice < bitFlipsPerMillion
              ? Optional.of(new Fault.FlipBit(random.nextLong(Long.MAX_VALUE)))
              : Optional.empty();
      case WRITE, APPEND ->
          dice < tornPerMillion
              ? Optional.of(new Fault.Tear(random.nextInt(MAX_TORN_BLOCKS)))
              : wear(random);
      case RESET -> wear(random);
      case REPORT, FLUSH, OPEN, CLOSE, FINISH -> Optional.empty();
    };
  }

  private Optional<Fault> wear(SplittableRandom random) {
    if (random.nextInt(MILLION) >= wearPerMillion) {
      return Optional.empty();
    }
    return Optional.of(random.nextInt(4) == 0 ? new Fault.WearOffline() : new Fault.WearReadOnly());
  }
}
