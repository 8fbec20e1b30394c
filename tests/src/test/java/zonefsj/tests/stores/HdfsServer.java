// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import zonefsj.tests.HostTrees;

/** A namenode and datanodes of HDFS on the loopback, in this process. */
public final class HdfsServer implements StoreTrouble, Closeable {
  private final Path directory;
  private final MiniDFSCluster cluster;

  private HdfsServer(Path directory, MiniDFSCluster cluster) {
    this.directory = directory;
    this.cluster = cluster;
  }

  /**
   * Starts them.
   *
   * @param datanodes how many; each object is on all of them, but on three at most
   */
  public static HdfsServer start(int datanodes) throws IOException {
    Path directory = Files.createTempDirectory("hdfs");
    Configuration configuration = new Configuration();
    configuration.setInt("dfs.replication", Math.min(3, datanodes));
    // Much of what it waits for by default is for a large cluster.
    configuration.setInt("dfs.namenode.replication.min", 1);
    configuration.setInt("dfs.heartbeat.interval", 1);
    configuration.setInt("dfs.namenode.heartbeat.recheck-interval", 1000);
    MiniDFSCluster cluster =
        new MiniDFSCluster.Builder(configuration, directory.toFile())
            .numDataNodes(datanodes)
            .build();
    cluster.waitActive();
    return new HdfsServer(directory, cluster);
  }

  /**
   * Runs tests on three datanodes.
   *
   * @return how many failed
   */
  public static long prove(PrintStream out, Class<?>... tests) throws IOException {
    try (HdfsServer server = start(3)) {
      return ServerProof.prove("hdfs", server::address, server, out, tests);
    }
  }

  /** The address of a directory, which is made. */
  public String directory(String name) throws IOException {
    files().mkdirs(new org.apache.hadoop.fs.Path("/" + name));
    return address(name);
  }

  /** The address of a directory. */
  public String address(String name) {
    return "hdfs://127.0.0.1:" + cluster.getNameNodePort() + "/" + name;
  }

  private FileSystem files() throws IOException {
    return cluster.getFileSystem();
  }

  /** Deletes what has this name, with all that is in it. */
  void lose(String name) throws IOException {
    files().delete(new org.apache.hadoop.fs.Path("/" + name), true);
  }

  /** A datanode. */
  @Override
  public void loseOne() {
    cluster.stopDataNode(0);
  }

  /** The namenode. */
  @Override
  public void setRunning(boolean running) throws IOException {
    if (running) {
      cluster.restartNameNode(true);
    } else {
      cluster.shutdownNameNode(0);
    }
  }

  @Override
  public void close() throws IOException {
    cluster.shutdown(true);
    HostTrees.delete(directory);
  }
}
