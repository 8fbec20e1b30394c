package zonefsj.zonemgr;

import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.zonemgr.ZoneState.Use;

/** What the allocator keeps of a zone; guarded by its lock. */
final class ManagedZone {
  final int index;
  final long startBytes;
  final long capacityBytes;
  Use use;
  @Nullable ZoneStream stream;
  long writtenBytes;
  boolean active;

  /** What the drive made of it while it had a handle: its use once the handle is gone. */
  @Nullable Use fate;

  ManagedZone(ZoneDescriptor descriptor) {
    index = descriptor.index();
    startBytes = descriptor.startBytes();
    capacityBytes = descriptor.capacityBytes();
    writtenBytes = descriptor.writtenBytes();
    use = useOf(descriptor);
  }

  static Use useOf(ZoneDescriptor descriptor) {
    if (descriptor.type() == ZoneType.CONVENTIONAL) {
      return Use.CONVENTIONAL;
    }
    return switch (descriptor.condition()) {
      case EMPTY -> Use.FREE;
      case IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED -> Use.PARTIAL;
      case FULL -> Use.SEALED;
      case READ_ONLY -> Use.READ_ONLY;
      case OFFLINE -> Use.OFFLINE;
      case NOT_WRITE_POINTER -> Use.CONVENTIONAL;
    };
  }

  /** Whether hot and cold data may go on in it. */
  boolean takesData() {
    return use == Use.PARTIAL && (stream == ZoneStream.HOT || stream == ZoneStream.COLD);
  }

  ZoneState state() {
    return new ZoneState(index, use, stream, capacityBytes, writtenBytes);
  }
}
