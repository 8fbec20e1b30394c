package zonefsj.device.emulated;

/** Where to look up what a zone's state is now. Thread-safe. */
@FunctionalInterface
interface ZoneStates {
  /** The latest state of a zone. */
  ZoneState state(int zone);
}
