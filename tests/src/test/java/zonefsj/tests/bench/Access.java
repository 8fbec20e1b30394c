// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

/** What is done with a drive, by the name of the method of {@link WrapperBench}. */
enum Access {
  READ("read"),
  APPEND("append");

  private final String word;

  Access(String word) {
    this.word = word;
  }

  /** Name of the method, and of the access for people. */
  String word() {
    return word;
  }
}
