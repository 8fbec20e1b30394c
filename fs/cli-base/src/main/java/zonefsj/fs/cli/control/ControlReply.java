// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

/** A line of a daemon's answer. An answer ends with one {@link Done} or one {@link Failed}. */
public sealed interface ControlReply {

  /** The work goes on, although there is nothing new to say. */
  record Alive() implements ControlReply {}

  /**
   * How far the work has come, see {@link zonefsj.fs.ProgressListener}.
   *
   * @param what the work
   * @param done units done
   * @param total units in all, or -1
   */
  record Progress(String what, long done, long total) implements ControlReply {}

  /** One of the things asked for. */
  record Item(Json.JsonObject value) implements ControlReply {}

  /** The end of an answer. */
  record Done(Json.JsonObject value) implements ControlReply {}

  /** The end of an answer that failed, with one line for the user. */
  record Failed(String message) implements ControlReply {}
}
