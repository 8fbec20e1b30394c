/**
 * The FUSE protocol as bytes, without a kernel: golden bytes of requests and replies by
 * linux/fuse.h, requests that no kernel would send, and references that are counted.
 */
@NullMarked
package zonefsj.tests.protocol;

import org.jspecify.annotations.NullMarked;
