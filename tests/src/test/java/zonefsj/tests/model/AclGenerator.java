// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;
import zonefsj.tests.model.ReferenceAcl.Entry;

/** Random values of ACL attributes: most are lists, some are not. */
final class AclGenerator {
  private final RandomGenerator random;

  AclGenerator(RandomGenerator random) {
    this.random = random;
  }

  /** A value in hexadecimal digits. */
  String value() {
    List<Entry> entries = list();
    int dice = random.nextInt(20);
    if (dice == 0) {
      return "";
    } else if (dice == 1) {
      entries.remove(random.nextInt(entries.size()));
    } else if (dice == 2) {
      entries.add(random.nextInt(entries.size()), entries.get(random.nextInt(entries.size())));
    } else if (dice == 3) {
      entries.clear();
    }
    byte[] bytes = new ReferenceAcl(entries).bytes();
    if (dice == 4) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    String digits = HexFormat.of().formatHex(bytes);
    return dice == 5 ? digits.substring(0, 2 * random.nextInt(bytes.length)) : digits;
  }

  private List<Entry> list() {
    int users = random.nextInt(3);
    int groups = random.nextInt(3);
    List<Entry> entries = new ArrayList<>();
    entries.add(entry('U', -1));
    for (int number = 0; number < users; number++) {
      entries.add(entry('u', 1001 - number));
    }
    entries.add(entry('G', -1));
    for (int number = 0; number < groups; number++) {
      entries.add(entry('g', 50 + number));
    }
    if (users + groups > 0 || random.nextInt(4) == 0) {
      entries.add(entry('M', -1));
    }
    entries.add(entry('O', -1));
    return entries;
  }

  private Entry entry(char tag, int id) {
    return new Entry(tag, random.nextInt(8), id);
  }
}
