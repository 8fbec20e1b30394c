// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.hadoop.client;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.security.UserGroupInformation;
import org.jspecify.annotations.Nullable;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.hadoop.HadoopConfiguration;
import zonefsj.stores.hadoop.HadoopSettings;
import zonefsj.stores.module.StoreConnector;

/**
 * Reaches directories of HDFS and Ozone. The configuration is that of Hadoop's tools ({@link
 * HadoopConfiguration}); limits of time are our own.
 */
public final class HadoopConnector implements StoreConnector {
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
          // The datanodes of a pipeline wait a little shorter for each other: who is further behind
          // gives up first, so that the right one is blamed.
          Map.entry("dfs.client.socket-timeout", "60000"),
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
          // So long a put waits for the third copy; two are enough for it then.
          Map.entry("hdds.ratis.raft.client.rpc.watch.request.timeout", "3s"),
          Map.entry("hdds.ratis.raft.client.rpc.request.timeout", "30s"),
          Map.entry("hdds.ratis.client.exponential.backoff.base.sleep", "500ms"),
          Map.entry("hdds.ratis.client.exponential.backoff.max.sleep", "2s"),
          Map.entry("hdds.ratis.client.exponential.backoff.max.retries", "10"),
          Map.entry("hdds.ratis.client.multilinear.random.retry.policy", "500ms,5,2s,10"),
          // An answer of a server that is behind is no answer.
          Map.entry("ozone.client.follower.read.enabled", "false"),
          // We close it, after what was written last.
          Map.entry("fs.automatic.close", "false"));

  private static final String OZONE = "ofs";

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
          return new HadoopStore(
              files, new Path(address), bucket(URI.create(address)), address, readOnly);
        });
  }

  /** That of a directory of Ozone. */
  private static Optional<Path> bucket(URI address) {
    if (!address.getScheme().equals(OZONE)) {
      return Optional.empty();
    }
    String[] names = address.normalize().getPath().replaceFirst("^/+", "").split("/+", 3);
    return Optional.of(
        new Path(address.getScheme(), address.getAuthority(), "/" + names[0] + "/" + names[1]));
  }

  private static FileSystem open(URI address, @Nullable String user) throws IOException {
    try {
      Configuration configuration = configuration();
      String service = service(address, configuration);
      if (service != null) {
        configuration.set(OBSERVERS + service, "0");
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

  /** An address without a host is that of the configuration. */
  private static @Nullable String service(URI address, Configuration configuration) {
    return address.getHost() != null
        ? address.getHost()
        : FileSystem.getDefaultUri(configuration).getHost();
  }

  private static Configuration configuration() throws IOException {
    Configuration configuration = new Configuration();
    configuration.setClassLoader(HadoopConnector.class.getClassLoader());
    String named = System.getenv(HadoopConfiguration.VARIABLE);
    boolean isNamed = named != null && !named.isEmpty();
    File directory = HadoopConfiguration.directory(System.getenv()).toFile();
    if (isNamed && !(directory.isAbsolute() && directory.isDirectory())) {
      throw new StoreRefusedException(
          HadoopConfiguration.VARIABLE + "='" + named + "' is no absolute path of a directory",
          null);
    }
    for (java.nio.file.Path file : HadoopConfiguration.files(System.getenv())) {
      if (Files.isRegularFile(file)) {
        // As the kernel leads there, and not by a name that the client would shorten.
        configuration.addResource(new Path(file.toRealPath().toUri()));
      }
    }
    LIMITS.forEach(configuration::set);
    return configuration;
  }
}
