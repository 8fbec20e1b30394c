// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.util.Locale;

/**
 * One part of a round of the load; {@code load.c} says what each does. In the order of the table.
 */
enum Phase {
  WRITE("write, 1 MiB"),
  READ("read, 1 MiB"),
  WRITE_DIRECT("write, 1 MiB, O_DIRECT"),
  READ_DIRECT("read, 1 MiB, O_DIRECT"),
  RANDOM_1("random read, 4 KiB, O_DIRECT"),
  RANDOM_4("the same by 4 threads"),
  CREATE("create, write 4 KiB, close"),
  STAT("stat, cold"),
  UNLINK("unlink"),
  LIST("ls -l of 20000, cold, an entry"),
  BURST("burst of 32 writers, a write");

  private final String title;

  Phase(String title) {
    this.title = title;
  }

  /** What one operation is, for people. */
  String title() {
    return title;
  }

  /** From its name in the words of the load. */
  static Phase of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
