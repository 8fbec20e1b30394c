package zonefsj.tests.soak;

/** Something is wrong with the filesystem, in words. */
final class SoakFailure extends Exception {
  private static final long serialVersionUID = 1;

  SoakFailure(String words) {
    super(words);
  }

  SoakFailure(String words, Throwable cause) {
    super(words + ": " + cause, cause);
  }
}
