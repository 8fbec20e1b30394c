// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

/** What was tried. For one thread; tallies of several are added. */
final class Tally {
  private long cuts;
  private long states;
  private long nested;
  private long images;
  private long sequences;
  private long violations;
  private long falselyFull;
  private long resized;
  private long stacks;
  private long placedEarly;
  private long rewritten;
  private Coverage coverage = Coverage.NOTHING;

  void cut() {
    cuts++;
  }

  void state() {
    states++;
  }

  void nested() {
    nested++;
  }

  void image() {
    images++;
  }

  void sequence() {
    sequences++;
  }

  void violation() {
    violations++;
  }

  void refused(long requests) {
    falselyFull += requests;
  }

  long sequences() {
    return sequences;
  }

  void stack() {
    stacks++;
  }

  void resized(long times) {
    resized += times;
  }

  void rewritten(long bytes) {
    rewritten += bytes;
  }

  void placedEarly(long bytes) {
    placedEarly += bytes;
  }

  void covered(Coverage more) {
    coverage = coverage.plus(more);
  }

  void add(Tally other) {
    cuts += other.cuts;
    states += other.states;
    nested += other.nested;
    images += other.images;
    sequences += other.sequences;
    violations += other.violations;
    falselyFull += other.falselyFull;
    resized += other.resized;
    stacks += other.stacks;
    placedEarly += other.placedEarly;
    rewritten += other.rewritten;
    coverage = coverage.plus(other.coverage);
  }

  /** Adds all of it to another one, and begins anew. */
  void moveTo(Tally other) {
    other.add(this);
    cuts = 0;
    states = 0;
    nested = 0;
    images = 0;
    sequences = 0;
    violations = 0;
    falselyFull = 0;
    resized = 0;
    stacks = 0;
    placedEarly = 0;
    rewritten = 0;
    coverage = Coverage.NOTHING;
  }

  /** Points of time at which the power was cut. */
  long cuts() {
    return cuts;
  }

  /** How often a filesystem was given another number of zones. */
  long resizes() {
    return resized;
  }

  /** Bytes of scattered files that were rewritten in their order. */
  long rewrittenBytes() {
    return rewritten;
  }

  /** Bytes of file data that were written before their batch was sealed. */
  long placedEarlyBytes() {
    return placedEarly;
  }

  /** Drives that were mounted after one cut. */
  long states() {
    return states;
  }

  /** Drives that were mounted after a cut within the recovery from another. */
  long nestedStates() {
    return nested;
  }

  /** Of the states, those on an image file and with an index of RocksDB. */
  long imageStates() {
    return images;
  }

  /** Of the states, those of a drive that stands on others. */
  long stackStates() {
    return stacks;
  }

  long violations() {
    return violations;
  }

  Coverage coverage() {
    return coverage;
  }

  /** All of it in words. */
  String words(long nanos) {
    return String.format(
        "%d cut points, %d states (%d of them on an image with RocksDB, %d on a stack of drives),"
            + " %d nested states apart, %d resizes, %d bytes placed before their commit, %d bytes of files rewritten in order, %d enumerated sequences, %d states an hour, %d violations, %d requests refused for"
            + " space; %s",
        cuts,
        states,
        images,
        stacks,
        nested,
        resized,
        placedEarly,
        rewritten,
        sequences,
        (long) (states * 3.6e12 / Math.max(1, nanos)),
        violations,
        falselyFull,
        coverage);
  }
}
