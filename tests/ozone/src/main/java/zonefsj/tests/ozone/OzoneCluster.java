// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.ozone;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.hdds.conf.OzoneConfiguration;
import org.apache.hadoop.hdds.protocol.proto.HddsProtos;
import org.apache.hadoop.ozone.MiniOzoneCluster;
import org.apache.hadoop.ozone.client.BucketArgs;
import org.apache.hadoop.ozone.client.ObjectStore;
import org.apache.hadoop.ozone.client.OzoneClient;
import org.apache.hadoop.ozone.om.helpers.BucketLayout;

/**
 * A manager of names, a manager of containers, and datanodes. Argument: how many datanodes. Prints
 * {@code ready ofs://HOST:PORT/volume/bucket}, then carries out a command of each line of standard
 * input and prints {@code done}: {@code lose N} ends a datanode, {@code stop} and {@code start} the
 * manager of names.
 */
public final class OzoneCluster {
  private static final String VOLUME = "volume";
  private static final String BUCKET = "bucket";

  private OzoneCluster() {}

  /** Runs until standard input ends. */
  public static void main(String[] arguments) throws Exception {
    int datanodes = Integer.parseInt(arguments[0]);
    PrintStream answers = System.out;
    // Whatever the servers print there would be taken for an answer, or fill the pipe.
    System.setOut(System.err);
    OzoneConfiguration configuration = new OzoneConfiguration();
    configuration.set("ozone.metastore.rocksdb.statistics", "OFF");
    // Much of what it waits for by default is for a large cluster.
    configuration.setTimeDuration("hdds.heartbeat.interval", 500, TimeUnit.MILLISECONDS);
    configuration.setTimeDuration(
        "ozone.scm.heartbeat.thread.interval", 500, TimeUnit.MILLISECONDS);
    try (MiniOzoneCluster cluster =
        MiniOzoneCluster.newBuilder(configuration).setNumDatanodes(datanodes).build()) {
      cluster.waitForClusterToBeReady();
      cluster.waitForPipelineTobeReady(HddsProtos.ReplicationFactor.THREE, 120_000);
      try (OzoneClient client = cluster.newClient()) {
        ObjectStore store = client.getObjectStore();
        store.createVolume(VOLUME);
        store
            .getVolume(VOLUME)
            .createBucket(
                BUCKET,
                BucketArgs.newBuilder()
                    .setBucketLayout(BucketLayout.FILE_SYSTEM_OPTIMIZED)
                    .build());
      }
      answers.println(
          "ready ofs://"
              + cluster.getOzoneManager().getOmRpcServerAddr().getHostString()
              + ":"
              + cluster.getOzoneManager().getOmRpcServerAddr().getPort()
              + "/"
              + VOLUME
              + "/"
              + BUCKET);
      obey(cluster, answers);
    }
    // Its threads are no daemons.
    System.exit(0);
  }

  private static void obey(MiniOzoneCluster cluster, PrintStream answers) throws Exception {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "lose" -> cluster.shutdownHddsDatanode(Integer.parseInt(words[1]));
        case "stop" -> cluster.getOzoneManager().stop();
        case "start" -> cluster.restartOzoneManager();
        default -> throw new IllegalArgumentException(line);
      }
      answers.println("done");
    }
  }
}
