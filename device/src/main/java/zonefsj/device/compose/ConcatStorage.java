// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneJudge;
import zonefsj.device.software.SoftwareZoneState;

/** The zones of drives one after the other. */
final class ConcatStorage extends ZonesOfParts {
  /** First zone of each part, and the number of all zones. */
  private final int[] firstZones;

  ConcatStorage(ComposedParts parts, int[] firstZones) {
    super(parts);
    this.firstZones = firstZones;
  }

  private int partOf(int zone) {
    int found = Arrays.binarySearch(firstZones, zone);
    return found >= 0 ? lastWithZones(found) : -found - 2;
  }

  /** Of parts without a whole zone, which begin at the same zone, the last one has it. */
  private int lastWithZones(int part) {
    int last = part;
    while (last + 1 < firstZones.length - 1 && firstZones[last + 1] == firstZones[last]) {
      last++;
    }
    return last;
  }

  @Override
  public void read(int zone, long offsetBytes, ByteBuffer destination) throws IOException {
    int part = partOf(zone);
    parts.get(part).read(zone - firstZones[part], offsetBytes, destination);
  }

  @Override
  public void readCopy(int copy, int zone, long offsetBytes, ByteBuffer destination)
      throws IOException {
    int part = partOf(zone);
    parts.get(part).readCopy(copy, zone - firstZones[part], offsetBytes, destination);
  }

  @Override
  public void noteWrong(int copy, int zone, long offsetBytes) {
    int part = partOf(zone);
    parts.get(part).noteWrong(copy, zone - firstZones[part], offsetBytes);
  }

  @Override
  public void judgeBy(ZoneJudge judge) {
    for (int part = 0; part < parts.count(); part++) {
      int first = firstZones[part];
      parts
          .get(part)
          .judgeBy(
              (zone, lengthBytes, copy, other) ->
                  judge.isNeeded(first + zone, lengthBytes, copy, other));
    }
  }

  @Override
  public List<Integer> failedZones(int from, int count) {
    List<Integer> failed = new ArrayList<>();
    for (int part = 0; part < parts.count(); part++) {
      int first = firstZones[part];
      int begin = Math.max(from, first);
      int end = Math.min(from + count, firstZones[part + 1]);
      if (begin < end) {
        for (int zone : parts.get(part).knownFailedZones(begin - first, end - begin)) {
          failed.add(first + zone);
        }
      }
    }
    return failed;
  }

  @Override
  public void write(int zone, long offsetBytes, ByteBuffer[] sources) throws IOException {
    int part = partOf(zone);
    parts.get(part).write(zone - firstZones[part], offsetBytes, sources);
  }

  @Override
  public void finish(int zone) throws IOException {
    int part = partOf(zone);
    parts.get(part).finish(zone - firstZones[part]);
  }

  @Override
  void resetParts(int zone) throws IOException {
    int part = partOf(zone);
    parts.get(part).reset(zone - firstZones[part]);
  }

  @Override
  public SoftwareZoneState settle(int zone, SoftwareZoneState known) throws IOException {
    int part = partOf(zone);
    SoftwareZoneState found = SoftwareZoneState.of(parts.get(part).report(zone - firstZones[part]));
    boolean staysOpen = found.condition() == ZoneCondition.CLOSED && known.condition().isActive();
    return staysOpen ? found.as(known.condition()) : found;
  }
}
