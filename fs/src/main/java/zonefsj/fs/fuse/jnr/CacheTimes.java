package zonefsj.fs.fuse.jnr;

/**
 * How long the kernel may trust what it was told.
 *
 * <p>Names: long. They change only through this mount, and the kernel follows those changes itself;
 * also "there is no such name" is such knowledge.
 *
 * <p>Attributes: not at all. Each hard link is a node of its own to the kernel, so a change through
 * one name would not be seen through the others.
 */
final class CacheTimes {
  static final int ENTRY_SECONDS = 3600;
  static final int ATTRIBUTE_SECONDS = 0;

  private CacheTimes() {}
}
