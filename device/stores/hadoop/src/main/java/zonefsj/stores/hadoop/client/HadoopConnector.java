// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.hadoop.client;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.security.UserGroupInformation;
import org.jspecify.annotations.Nullable;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.hadoop.HadoopSettings;
import zonefsj.stores.module.StoreConnector;

/**
 * Reaches directories of HDFS and Ozone. The configuration is that of Hadoop's tools, from {@code
 * HADOOP_CONF_DIR}, else {@code /etc/hadoop/conf}; limits of time are our own.
 */
public final class HadoopConnector implements StoreConnector {
  private static final String CONFIGURATION_VARIABLE = "HADOOP_CONF_DIR";
  private static final String USUAL_CONFIGURATION = "/etc/hadoop/conf";
  private static final List<String> FILES =
      List.of("core-site.xml", "hdfs-site.xml", "ozone-site.xml");

  /**
   * A request that gets no answer fails within some minutes at most, and others repeat it; by
   * default the clients try for up to hours. Memory is bounded, too.
   */
  private static final Map<String, String> LIMITS =
      Map.ofEntries(
          Map.entry("ipc.client.connect.timeout", "5000"),
          Map.entry("ipc.client.connect.max.retries", "1"),
          Map.entry("ipc.client.connect.max.retries.on.timeouts", "1"),
          Map.entry("ipc.client.rpc-timeout.ms", "60000"),
          Map.entry("dfs.client.failover.max.attempts", "4"),
          Map.entry("dfs.client.failover.sleep.max.millis", "2000"),
          Map.entry("dfs.client.retry.max.attempts", "2"),
          Map.entry("dfs.client.max.block.acquire.failures", "1"),
          Map.entry("dfs.client.retry.window.base", "500"),
          Map.entry("dfs.client.block.write.retries", "2"),
          Map.entry("dfs.client.socket-timeout", "30000"),
          // The namenode hears of a block from the datanode, a moment after the client's close: by
          // default each put would wait for 400 ms.
          Map.entry("dfs.client.block.write.locateFollowingBlock.initial.delay.ms", "4"),
          Map.entry("dfs.client.block.write.locateFollowingBlock.max.delay.ms", "2000"),
          Map.entry("dfs.client.block.write.locateFollowingBlock.retries", "14"),
          Map.entry("dfs.client.write.max-packets-in-flight", "16"),
          Map.entry("ozone.om.client.rpc.timeout", "60s"),
          Map.entry("ozone.client.failover.max.attempts", "6"),
          Map.entry("ozone.client.wait.between.retries.millis", "0"),
          Map.entry("ozone.client.max.retries", "2"),
          Map.entry("ozone.client.stream.buffer.size", "1MB"),
          Map.entry("hdds.ratis.client.request.write.timeout", "60s"),
          Map.entry("hdds.ratis.client.request.watch.timeout", "30s"),
          Map.entry("hdds.ratis.raft.client.rpc.request.timeout", "30s"),
          Map.entry("hdds.ratis.raft.client.rpc.watch.request.timeout", "30s"),
          // An answer of a server that is behind is no answer.
          Map.entry("ozone.client.follower.read.enabled", "false"),
          // We close it, after what was written last.
          Map.entry("fs.automatic.close", "false"));

  /** With the name of the service after it: observers are asked for what is newest. */
  private static final String OBSERVERS = "dfs.client.failover.observer.auto-msync-period.";

  @Override
  public String module() {
    return "hadoop";
  }

  @Override
  public ObjectStore connect(Map<String, String> settings, boolean readOnly) throws IOException {
    String address = settings.getOrDefault(HadoopSettings.ADDRESS, "");
    return ModuleLoader.call(
        () -> {
          FileSystem files = open(URI.create(address), settings.get(HadoopSettings.USER));
          return new HadoopStore(files, new Path(address), address, readOnly);
        });
  }

  private static FileSystem open(URI address, @Nullable String user) throws IOException {
    try {
      Configuration configuration = configuration();
      if (address.getHost() != null) {
        configuration.set(OBSERVERS + address.getHost(), "0");
      }
      // Else it would look for a configuration on the class path, and know of no Kerberos.
      UserGroupInformation.setConfiguration(configuration);
      return user == null
          ? FileSystem.newInstance(address, configuration)
          : FileSystem.newInstance(address, configuration, user);
    } catch (UnsupportedFileSystemException e) {
      throw new StoreRefusedException(
          address + ": the module 'hadoop' has no client for " + address.getScheme(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(address + ": interrupted", e);
    } catch (IOException | RuntimeException e) {
      throw HadoopErrors.of(e, address.toString());
    }
  }

  private static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.setClassLoader(HadoopConnector.class.getClassLoader());
    String named = System.getenv(CONFIGURATION_VARIABLE);
    File directory = new File(named == null ? USUAL_CONFIGURATION : named);
    for (String name : FILES) {
      File file = new File(directory, name);
      if (file.isFile()) {
        configuration.addResource(new Path(file.toURI()));
      }
    }
    LIMITS.forEach(configuration::set);
    return configuration;
  }
}
