// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.hadoop;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Where the configuration of Hadoop's tools is, which can name programs and classes. */
public final class HadoopConfiguration {
  /** Names the directory. */
  public static final String VARIABLE = "HADOOP_CONF_DIR";

  private static final String USUAL = "/etc/hadoop/conf";
  private static final List<String> NAMES =
      List.of("core-site.xml", "hdfs-site.xml", "ozone-site.xml");

  private HadoopConfiguration() {}

  /**
   * The directory of the configuration.
   *
   * @param environment variables of the process
   */
  public static Path directory(Map<String, String> environment) {
    String named = environment.getOrDefault(VARIABLE, "");
    return Path.of(named.isEmpty() ? USUAL : named);
  }

  /** The files in it that the client reads, if they are there. */
  public static List<Path> files(Map<String, String> environment) {
    return NAMES.stream().map(directory(environment)::resolve).toList();
  }
}
