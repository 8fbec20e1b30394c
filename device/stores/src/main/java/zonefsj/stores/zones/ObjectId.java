// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

/**
 * An object that holds bytes of zones.
 *
 * @param epoch number of the entry by which its writer became the owner; 0 if the object is an
 *     entry of the log
 * @param number number within the epoch, or of the entry
 */
record ObjectId(long epoch, long number) {
  /** What all objects of data begin with. */
  static final String DATA = "data/";

  /** Objects of one directory, for stores that have such. */
  private static final long GROUP = 1000;

  static ObjectId ofLog(long number) {
    return new ObjectId(0, number);
  }

  boolean isLog() {
    return epoch == 0;
  }

  String name() {
    return isLog()
        ? StoreLog.entryName(number)
        : DATA + epoch + "/" + number / GROUP + "/" + number;
  }

  /** The object of a name; one of epoch -1 if no object of data has it. */
  static ObjectId ofDataName(String name) {
    ObjectId none = new ObjectId(-1, 0);
    String[] words = name.split("/", -1);
    if (words.length != 4) {
      return none;
    }
    try {
      ObjectId id = new ObjectId(Long.parseLong(words[1]), Long.parseLong(words[3]));
      return id.epoch > 0 && id.name().equals(name) ? id : none;
    } catch (NumberFormatException notOurs) {
      return none;
    }
  }
}
