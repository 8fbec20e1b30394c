// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import ch.qos.logback.classic.Level;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import zonefsj.fs.cli.Main;
import zonefsj.fs.cli.logging.LogTarget;

/**
 * A process that runs one command after the other: the start of a virtual machine takes more time
 * than most commands do. Requests come from standard input, answers go to standard output.
 *
 * <p>A request is a byte with the number of words, and each word; an answer is the exit code (32
 * bits, big-endian), and what the command wrote to standard output and to standard error. Texts are
 * UTF-8, each behind its length in bytes (32 bits, big-endian).
 */
public final class CommandServer {
  private CommandServer() {}

  /** Answers requests until standard input ends. */
  public static void main(String[] arguments) throws IOException {
    DataInputStream requests = new DataInputStream(new FileInputStream(FileDescriptor.in));
    DataOutputStream answers = new DataOutputStream(new FileOutputStream(FileDescriptor.out));
    // A command reads nothing of the requests, and prints nothing among the answers.
    System.setIn(InputStream.nullInputStream());
    System.setOut(System.err);
    new LogTarget(null, Level.OFF).use();
    int count;
    while ((count = requests.read()) >= 0) {
      String[] words = new String[count];
      for (int index = 0; index < count; index++) {
        words[index] = new String(readBytes(requests), StandardCharsets.UTF_8);
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      int exitCode = Main.run(stream(out), stream(err), words);
      answers.writeInt(exitCode);
      writeBytes(answers, out.toByteArray());
      writeBytes(answers, err.toByteArray());
      answers.flush();
    }
  }

  private static PrintStream stream(OutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private static byte[] readBytes(DataInputStream from) throws IOException {
    byte[] bytes = new byte[from.readInt()];
    from.readFully(bytes);
    return bytes;
  }

  private static void writeBytes(DataOutputStream to, byte[] bytes) throws IOException {
    to.writeInt(bytes.length);
    to.write(bytes);
  }

  /** Sends a request to a server. */
  static void send(OutputStream server, List<String> words) throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.write(words.size());
    DataOutputStream data = new DataOutputStream(request);
    for (String word : words) {
      writeBytes(data, word.getBytes(StandardCharsets.UTF_8));
    }
    server.write(request.toByteArray());
    server.flush();
  }

  /** Waits for the answer of a server. */
  static CommandFixture.Outcome receive(InputStream server) throws IOException {
    DataInputStream answer = new DataInputStream(server);
    int exitCode = answer.readInt();
    List<String> texts = new ArrayList<>();
    for (int text = 0; text < 2; text++) {
      texts.add(new String(readBytes(answer), StandardCharsets.UTF_8));
    }
    return new CommandFixture.Outcome(exitCode, texts.get(0), texts.get(1));
  }
}
