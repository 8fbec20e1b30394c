package zonefsj.tests.model;

/** The one place that says which filesystem the model test is about. */
public final class ModelSubjects {
  private ModelSubjects() {}

  /** Makes the filesystem under test. */
  public static ModelSubject create(ModelClock clock) throws java.io.IOException {
    return new VolumeSubject(clock);
  }
}
