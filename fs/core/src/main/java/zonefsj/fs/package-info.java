/** Files, directories, extents, the metadata store, FUSE, the command line. */
@NullMarked
package zonefsj.fs;

import org.jspecify.annotations.NullMarked;
